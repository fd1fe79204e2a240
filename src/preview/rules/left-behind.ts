/**
 * Whatever is left, or failed, and no other rule has told: the preview must never end in something that it does not
 * mention.
 */
import { describeId, parseId } from '../../objects/identity.ts';
import { shellWord } from '../../objects/shell-quote.ts';
import type { Left } from '../play/outcome.ts';
import { hasFailed, hookRuns } from './hook-runs.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { namesOf } from './words.ts';

export const leftBehind: Rule = {
  id: 'left-behind',
  name: 'Something stays, for a reason of its own',
  means:
    'The object is still there when nothing moves any more: its deletion was refused, or it waits for something that does not come, or the tool never asked for it. The evidence says what holds it.',
  fails: {
    says: 'The API server never deletes this namespace.',
    yaml: 'apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system}\n',
  },
  passes: { says: 'Nothing holds it.', yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n' },
  find(input, told) {
    // A hook that failed is the one reason why nothing was deleted after it.
    const stopped = hookRuns(input).some((run) => hasFailed(run) && told.has(endOf('hook', run.hook.id)));
    const all = [...input.left.values()].filter(
      (left) => unexplained(left, input, told) && !(stopped && left.why === 'not-deleted'),
    );
    const groups = Map.groupBy(all, ({ why, because, id }) => `${why} ${because.replaceAll(parseId(id).name, '')}`);
    return [...groups.values()].map((those) => findingOf(those, input));
  },
};

function unexplained({ id, why }: Left, input: RuleInput, told: ReadonlySet<string>): boolean {
  if (why !== 'stuck' && why !== 'refused' && why !== 'not-deleted') return false;
  if (told.has(endOf('left', id)) || told.has(endOf('pod', id))) return false;
  // What hangs with something that is told of already, or with something supposed, is not told a second time.
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
    title: `${namesOf(ids)} ${ids.length === 1 ? 'stays' : 'stay'}${first.why === 'stuck' ? ' Terminating' : ''}`,
    objects: ids,
    evidence: all.slice(0, 6).map(({ id, because }) => input.evidence(id, because)),
    consequence: `${first.because}.${failed || input.scenario.tool === 'namespace' ? '' : ' It depends on why the tool stopped before.'}`,
    remedy:
      input.scenario.tool === 'namespace' && !failed
        ? 'It is not in the namespace: delete it by hand, or uninstall with the tool that installed it.'
        : first.why === 'not-deleted'
          ? 'Mend what stopped the tool, and run it again.'
          : `\`bookend why ${shellWord(`${parseId(first.id).kind.toLowerCase()}/${parseId(first.id).name}`)}\` shows what ${describeId(first.id)} waits for.`,
    tells: ids.map((id) => endOf('left', id)),
  };
}
