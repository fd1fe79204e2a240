/**
 * Whatever is left, or failed, and no other rule reports: the preview must never end in something that it does not
 * mention.
 */
import { describeId, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { idOfStep } from '../../uninstall/step.ts';
import type { Left } from '../play/outcome.ts';
import { hasFailed, hookRuns } from './hook-runs.ts';
import { advise, bookendWhy, keepAll, kubectlDelete } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { unexplained } from './unexplained.ts';
import { agree, namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'left-behind',
  name: 'Something stays, for a reason of its own',
  means:
    'The object still exists at the end: its deletion was refused, or it waits for something that does not happen, or the tool never deleted it. The evidence shows what holds it.',
  severity: 'error',
  hiddenBy: ['namespace-hangs'],
  fails: {
    says: 'The API server never deletes this namespace.',
    yaml: 'apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system}\n',
  },
  passes: { says: 'Nothing holds it.', yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n' },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  // A hook that failed is the one reason why nothing was deleted after it.
  const stopped = hookRuns(input).some((run) => hasFailed(run) && isExplained('hook', run.hook.id));
  const all = unexplained(input, isExplained, 'stuck', 'refused', ...(stopped ? [] : (['not-deleted'] as const))).filter(
    ({ id }) => !isExplained('pod', id) && isNew(id, input),
  );
  const groups = Map.groupBy(all, ({ why, because, id }) => `${why} ${because.replaceAll(parseId(id).name, '')}`);
  return [...unendedHooks(input), ...[...groups.values()].map((those) => findingOf(those, input))];
}

/** Argo CD waits for its hooks without any end; those of Helm have rules of their own. */
function unendedHooks(input: RuleInput): Found[] {
  const { play, scenario, hooks, subject, world } = input;
  if (scenario.tool !== 'argocd' || play.outcome !== 'hangs') return [];
  const ofHook = (id: ObjectId) => play.steps.filter((step) => idOfStep(step) === id);
  const isWaitedFor = (id: ObjectId) =>
    ofHook(id).some(({ what }) => what === 'create-hook') && !ofHook(id).some(({ what }) => what === 'wait-hook');
  return hooks.flatMap(({ id, object, template }): Found[] => {
    if (template === undefined || !isWaitedFor(id)) return [];
    const account = makeId('', 'ServiceAccount', object.metadata.namespace ?? subject.namespace, template.serviceAccount);
    const isGone = world.has(account) && input.goneAt(account) !== undefined;
    const why = isGone ? `: ${describeId(account)} is gone, so it gets no Pod` : '';
    return [
      {
        severity: 'error',
        title: `Hook ${describeId(id)} does not end${why}`,
        objects: [id, ...(isGone ? [account] : [])],
        evidence: [
          input.evidence(id, 'Argo CD waits for it without a time-out'),
          ...(isGone ? [input.evidence(account, 'is deleted before the hook runs')] : []),
        ],
        consequence: 'The Application stays, and Argo CD waits for the hook.',
        remedies: [
          isGone
            ? {
                says: 'Give the hook an account of its own, which is a hook too.',
                steps: [advise('person-decides', `Make ${describeId(account)} and its role and binding hooks of the same type.`)],
              }
            : { says: 'See what it waits for.', steps: [bookendWhy('after', id, input)] },
        ],
        explains: ends('left', [id]),
      },
    ];
  });
}

/** What hangs with something that another finding is about, or with something supposed, is not reported twice. */
function isNew(id: Left['id'], input: RuleInput): boolean {
  if (parseId(id).kind === 'CustomResourceDefinition') return !heldByOthers(id, input);
  return input.isSeen(id) || input.given.has(id);
}

function heldByOthers(id: Left['id'], input: RuleInput): boolean {
  const crd = input.world.byId(id);
  return [...input.left.values()].some((each) => {
    const { group, kind } = parseId(each.id);
    return each.why === 'stuck' && crd !== undefined && input.world.crdOf(group, kind) === crd;
  });
}

function findingOf(all: readonly Left[], input: RuleInput): Found {
  const ids = all.map(({ id }) => id);
  const [first] = all as [Left, ...Left[]];
  const failed = all.some(({ why }) => why !== 'not-deleted');
  return {
    severity: failed && ids.some((id) => input.isSeen(id)) ? 'error' : input.scenario.tool === 'namespace' ? 'note' : 'warning',
    title: `${namesOf(ids)} ${agree(ids, 'stays', 'stay')}${first.why === 'stuck' ? ' Terminating' : ''}`,
    objects: ids,
    evidence: all.slice(0, 6).map(({ id, because }) => input.evidence(id, because)),
    consequence: `${first.because}.${failed || input.scenario.tool === 'namespace' ? '' : ' It depends on why the tool stopped earlier.'}`,
    remedies: remediesFor(all, failed, input),
    explains: ends('left', ids),
  };
}

function remediesFor(all: readonly Left[], failed: boolean, input: RuleInput): ProposedRemedy[] {
  const ids = all.map(({ id }) => id);
  const it = agree(ids, 'it', 'them');
  if (input.scenario.tool === 'namespace' && !failed && !ids.some((id) => parseId(id).kind === 'Namespace'))
    return [
      {
        says: `Delete ${it} after the namespace, which does not contain ${it}; or uninstall with the tool that installed ${it}.`,
        steps: kubectlDelete('after', ids, input),
        loses: namesOf(ids),
      },
    ];
  const why = {
    says: `See what ${agree(ids, 'it waits', 'they wait')} for.`,
    steps: ids.slice(0, 3).map((id) => bookendWhy('after', id, input)),
  };
  const isOurs = input.helm && all.every(({ id, why: reason }) => reason === 'refused' && input.given.has(id));
  return isOurs ? [{ says: `Leave ${it} out of the uninstall, if the refusal is right.`, steps: keepAll(ids) }, why] : [why];
}
