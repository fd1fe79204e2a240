/**
 * A hook that deletes what is not its chart's alone: CustomResourceDefinitions of others, or what the chart itself
 * promises to keep.
 */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { meansDefinitions } from '../../knowledge/kubectl-line.ts';
import { changes, isHousekeeping } from '../../knowledge/rights.ts';
import { describeId, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { isMeantBy, partsOfKindWord } from '../../objects/kind-names.ts';
import { helmResourcePolicyAnnotation } from '../../objects/names.ts';
import { isNamespaceDefault } from '../../objects/namespace-defaults.ts';
import { keepReason } from '../../objects/policies.ts';
import { isCrd } from '../../objects/scopes.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { builtInNamed } from './built-in-resources.ts';
import { anyOf, resourceOf, resourcesByCrd } from './finalizer-servers.ts';
import { hookExample } from './hook-examples.ts';
import { isReached, isWhole, reachesOf } from './hook-reach.ts';
import { type HookRun, hookRuns } from './hook-runs.ts';
import { changedScript } from './hook-script.ts';
import { advise, annotate, withoutHooks } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, count, kindsOf, listed, namesOf, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'hook-deletes-others',
  name: 'A hook deletes what others need',
  means: [
    'A clean-up script may delete more than the chart installed. Deleting a CustomResourceDefinition deletes all custom resources of its kind, those of others too. Where another chart defines it as well, or this chart keeps it, a hook that deletes it',
    'destroys what the uninstall would have left alone. It is an error when such custom resources were found, and go.',
    'A keep policy binds only Helm: a script deletes the object all the same. And `--all` of a kind that others use too includes their objects.',
  ].join(' '),
  severity: 'error',
  fails: {
    says: 'The chart keeps the definition, and its hook deletes it.',
    yaml: hookExample({
      script: 'kubectl delete crd widgets.example.com',
      rule: '{apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], verbs: [get, list, delete]}',
    }),
  },
  passes: { says: 'The hook deletes custom resources and leaves the definition.', yaml: hookExample({}) },
};

export function find(input: RuleInput): Found[] {
  return hookRuns(input).flatMap((run) => {
    const definitions = definitionsOf(run, input);
    const kept = keptOf(run, input);
    const whole = wholeKindsOf(run, input);
    return [
      ...(definitions.length > 0 ? [ofDefinitions(run, definitions, input)] : []),
      ...(kept.length > 0 ? [ofKept(run, kept, input)] : []),
      ...ofNamespaces(run, input),
      ...(whole.length > 0 ? [ofWholeKinds(run, whole, input)] : []),
    ];
  });
}

type Call = HookRun['calls'][number];
type Case = { id: ObjectId; call: Call; whose: string };

/** Definitions of others, and those that this chart promises to keep. */
function definitionsOf(run: HookRun, input: RuleInput): Case[] {
  return run.calls
    .filter(({ verb, types }) => verb === 'delete' && types.some(meansDefinitions))
    .flatMap((call) =>
      [...call.names, ...selectedDefinitions(call, run, input)].flatMap((name): Case[] => {
        const id = makeId('apiextensions.k8s.io', 'CustomResourceDefinition', undefined, name);
        const whose = /[$*{]/.test(name) ? undefined : whoseIs(id, input);
        return whose === undefined ? [] : [{ id, call, whose }];
      }),
    );
}

/** Those of the chart that a label selects. */
function selectedDefinitions(call: Call, run: HookRun, input: RuleInput): string[] {
  if (call.selector === undefined || call.selector.includes('$')) return [];
  return [...input.given.values()].flatMap(({ object }) => {
    if (!isCrd(object)) return [];
    const id = input.world.idOf(object);
    const reaches = reachesOf({ ...run, calls: [call], targets: [] }, resourceOf(id, input));
    return reaches.some((reach) => isReached(id, reach, input)) ? [object.metadata.name] : [];
  });
}

/** Namespaces by name that the release neither brings nor lives in. */
function ofNamespaces(run: HookRun, input: RuleInput): Found[] {
  const cases = run.calls.flatMap((call) => {
    if (call.verb !== 'delete' || !call.types.some((type) => builtInNamed(type)?.kind === 'Namespace')) return [];
    return call.names.flatMap((name) => {
      const id = makeId('', 'Namespace', undefined, name);
      const isOurs =
        name === run.namespace ||
        name === input.subject.namespace ||
        input.given.has(id) ||
        input.hooks.some((hook) => hook.id === id);
      return isOurs || /[$*{]/.test(name) ? [] : [{ id, call }];
    });
  });
  if (cases.length === 0) return [];
  const ids = sorted(cases.map(({ id }) => id));
  const calls = cases.map(({ call }) => call);
  return [
    {
      severity: 'warning',
      title: `Hook ${describeId(run.hook.id)} deletes ${namesOf(ids, 2)}, with everything in ${agree(ids, 'it', 'them')}`,
      objects: [run.hook.id, ...ids],
      evidence: callEvidence(run, calls, 'deletes a Namespace that the release did not install', input),
      consequence: `Whatever others have in ${namesOf(ids)} is deleted too. It depends on whether anything of others is there.`,
      remedies: withoutCalls(run, calls, 'Delete the objects of the release in it, and leave the Namespace.', input),
      bookend: 'same',
    },
  ];
}

/** Undefined: the release's own, which it deletes anyway. */
function whoseIs(id: ObjectId, input: RuleInput): string | undefined {
  const given = input.given.get(id);
  if (given === undefined) return 'not defined by this chart';
  const kept = keepReason(given.object);
  if (kept !== undefined) return `kept by its ${kept}`;
  return input.isDeleted(id) ? undefined : 'of the chart’s crds/ directory, which Helm never deletes';
}

/** Other objects of the chart that have a keep policy. Bookend's own program refuses to delete such. */
function keptOf(run: HookRun, input: RuleInput): Case[] {
  return input.subject.objects.flatMap(({ object }): Case[] => {
    const id = input.world.idOf(object);
    const kept = keepReason(object);
    // What Helm itself deletes, whatever other tools would do, the hook takes from nobody.
    if (kept === undefined || isCrd(object) || input.isDeleted(id)) return [];
    const resource = resourceOf(id, input);
    const call = run.calls.find(
      (each) =>
        isRead(each) && reachesOf({ ...run, calls: [each], targets: [] }, resource).some((reach) => isReached(id, reach, input)),
    );
    return call && !isLateAccess(id, call, run) ? [{ id, call, whose: `kept by its ${kept}` }] : [];
  });
}

/** Which objects it means stands in the script. */
function isRead({ namespace, names }: Call): boolean {
  return namespace !== '?' && !names.some((name) => name.includes('$'));
}

/** Access that is kept for the Pods that stop, and deleted by name when all else is gone: the policy is meant so. */
function isLateAccess(id: ObjectId, { names }: Call, { hook }: HookRun): boolean {
  const { group, kind } = parseId(id);
  const isAccess = group === 'rbac.authorization.k8s.io' || kind === 'ServiceAccount';
  return isAccess && names.length > 0 && !hook.events.includes('pre-delete');
}

/** Kinds of which a call deletes all objects, in a namespace or everywhere, although the chart does not define them. */
function wholeKindsOf(run: HookRun, input: RuleInput): WholeKind[] {
  return run.calls
    .filter(({ verb, names, selector }) => verb === 'delete' && names.length === 0 && selector === undefined)
    .filter(({ flags }) => flags.includes('--all') || flags.includes('--all=true'))
    .flatMap((call) => call.types.flatMap((type) => wholeKindOf(call, type, input) ?? []));
}

/** `isServed`: the operator of the kind is in the release, and its definition in another chart. */
type WholeKind = { call: Call; type: string; isServed: boolean };

function wholeKindOf(call: Call, type: string, input: RuleInput): WholeKind | undefined {
  const { name, group } = partsOfKindWord(type);
  if (isCategory(type)) return { call, type, isServed: false };
  if (builtInNamed(type)) return passing.has(name) ? undefined : { call, type, isServed: false };
  const isOurs = (id: ObjectId) => isMeantBy(resourceOf(id, input), type);
  const isDefined = [...input.given.values()].some(({ object }) => isCrd(object) && isOurs(anyOf(object)));
  if (isDefined || group === undefined) return undefined;
  return { call, type, isServed: hasOperatorOf(group, input) };
}

/** Made again by their controllers, or worth nothing to anybody. */
const passing = new Set(['pod', 'pods', 'po', 'event', 'events', 'ev', 'lease', 'leases']);

/** Whether a workload of the release may write to a group: it is the operator of its kinds. */
function hasOperatorOf(group: string, input: RuleInput): boolean {
  return input.world.workloads.some(
    ({ id, namespace, serviceAccount }) =>
      input.isDeleted(id) &&
      input
        .rightsOf(`${namespace}/${serviceAccount}`)
        .some((right) => right.apiGroups.includes(group) && changes(right) && !isHousekeeping(right)),
  );
}

function callEvidence(run: HookRun, calls: readonly Call[], says: string, input: RuleInput): FindingEvidence[] {
  return [...new Map(calls.map((call) => [call.text, call])).values()].map(({ field, text }) =>
    input.evidence(run.hook.id, says, field, text.slice(0, 160)),
  );
}

function ofDefinitions(run: HookRun, cases: readonly Case[], input: RuleInput): Found {
  const ids = sorted(cases.map(({ id }) => id));
  const instances = resourcesByCrd(input);
  const resources = ids.flatMap((id) => (instances.get(id) ?? []).map((object) => input.world.idOf(object)));
  const taken = sorted(resources.filter((id) => !input.given.has(id) && input.goneAt(id) !== undefined));
  const calls = cases.map(({ call }) => call);
  return {
    severity: taken.length > 0 ? 'error' : 'warning',
    title: `Hook ${describeId(run.hook.id)} deletes ${namesOf(ids, 2)}, ${cases[0]?.whose}`,
    objects: [run.hook.id, ...ids, ...taken],
    evidence: [
      ...callEvidence(run, calls, 'deletes it, with all custom resources of its kind', input),
      ...cases.slice(0, 5).map(({ id, whose }) => input.evidence(id, whose)),
    ],
    consequence: `All custom resources of ${count(ids.length, 'kind')} are deleted, in every namespace${taken.length > 0 ? `: ${namesOf(taken, 5)}.` : `. It depends on whether others use ${agree(ids, 'it', 'them')}.`}`,
    remedies: withoutCalls(
      run,
      calls,
      `Leave ${agree(ids, 'the definition', 'the definitions')} out of what the hook deletes.`,
      input,
    ),
  };
}

/** The script without these calls, where it can be shown; and the way out on the day. */
function withoutCalls(run: HookRun, calls: readonly Call[], says: string, input: RuleInput): ProposedRemedy[] {
  const step = changedScript(run, calls, () => ':');
  return [
    { says, steps: [step ?? advise('script-of-the-hook', `Change the script of ${describeId(run.hook.id)}.`)] },
    withoutHooks(input),
  ];
}

function ofKept(run: HookRun, cases: readonly Case[], input: RuleInput): Found {
  const ids = sorted(cases.map(({ id }) => id));
  const others = takenBy(run, ids, input);
  const beyond = cases.filter(({ id, call }) =>
    isWhole(reachesOf({ ...run, calls: [call], targets: [] }, resourceOf(id, input))[0]),
  );
  const all =
    beyond.length === 0 ? '' : ` So are all ${kindsOf(beyond.map(({ id }) => id))} objects of others, in every namespace.`;
  const calls = cases.map(({ call }) => call);
  return {
    severity: input.live && ids.some((id) => input.goneAt(id) !== undefined) ? 'error' : 'warning',
    title: `Hook ${describeId(run.hook.id)} deletes ${namesOf(ids, 2)}, ${cases[0]?.whose}`,
    objects: [run.hook.id, ...ids, ...others],
    evidence: [
      ...callEvidence(run, calls, 'deletes it, whatever its annotations say', input),
      ...cases.slice(0, 5).map(({ id, whose }) => input.evidence(id, whose, 'metadata.annotations')),
    ],
    consequence: `${namesOf(ids)} ${agree(ids, 'is', 'are')} deleted when the hook runs: the policy binds only Helm.${all}${others.length > 0 ? ` Of others: ${namesOf(others, 5)}.` : ''}`,
    remedies: [
      ...withoutCalls(run, calls, `Leave ${agree(ids, 'it', 'them')} out of what the hook deletes.`, input),
      {
        says: `If ${agree(ids, 'it', 'they')} should go with the release, remove the policy.`,
        steps: ids.map((id) => annotate(id, { [helmResourcePolicyAnnotation]: undefined })),
        loses: `${namesOf(ids)} at each uninstall`,
      },
    ],
    bookend: 'same',
  };
}

function ofWholeKinds(run: HookRun, cases: readonly WholeKind[], input: RuleInput): Found {
  const types = [...new Set(cases.map(({ type }) => type))].sort();
  const places = [...new Set(cases.map((each) => placeOf(each, run)))].sort();
  const isMeant = cases.every(({ isServed }) => isServed);
  const taken = sorted(
    [...input.world.objects]
      .map((object) => input.world.idOf(object))
      .filter((id) => !input.given.has(id) && input.isSeen(id) && input.goneAt(id) !== undefined && !isNamespaceDefault(id))
      .filter((id) => types.some((type) => isMeantBy(resourceOf(id, input), type))),
  );
  return {
    severity: isMeant ? 'note' : input.live && taken.length > 0 ? 'error' : 'warning',
    title: `Hook ${describeId(run.hook.id)} deletes ${listed(types.map(everyInWords))} ${listed(places)}, also those of others`,
    objects: [run.hook.id, ...taken],
    evidence: callEvidence(
      run,
      cases.map(({ call }) => call),
      'names no object and no label',
      input,
    ),
    consequence:
      taken.length > 0
        ? `${count(taken.length, 'object')} that the release did not install ${agree(taken, 'is', 'are')} deleted too: ${namesOf(taken, 5)}.`
        : 'Objects of others there are deleted too. It depends on whether such objects exist then.',
    remedies: withoutCalls(
      run,
      cases.map(({ call }) => call),
      'Name the objects of the release in the script, or select them by a label that only they have; or leave the call out.',
      input,
    ),
    bookend: 'same',
  };
}

/** kubectl's `all` is no kind, but a category: Pods, their controllers, Services and autoscalers. */
function everyInWords(type: string): string {
  return isCategory(type) ? 'all workloads and Services' : `every ${type}`;
}

function isCategory(type: string): boolean {
  return partsOfKindWord(type).name === 'all';
}

/** Of a kind that is defined elsewhere it is not known whether it lives in namespaces. */
function placeOf({ call: { namespace }, type }: WholeKind, run: HookRun): string {
  if (namespace === '*') return 'in every namespace';
  if (namespace === undefined && builtInNamed(type) === undefined && !isCategory(type)) return 'of the namespace or the cluster';
  return namespace === '?' ? 'in a namespace that only the script knows' : `in namespace ${namespace ?? run.namespace}`;
}

/** Objects of the same kinds that the release did not bring, and that go in the play. */
function takenBy(run: HookRun, ids: readonly ObjectId[], input: RuleInput): ObjectId[] {
  const resources = ids.map((id) => resourceOf(id, input));
  return sorted(
    input.world.objects
      .map((object) => input.world.idOf(object))
      .filter((id) => !input.given.has(id) && input.isSeen(id) && input.goneAt(id) !== undefined)
      .filter((id) =>
        resources.some(
          (resource) =>
            parseId(id).kind === resource.kind && reachesOf(run, resource).some((reach) => isReached(id, reach, input)),
        ),
      ),
  );
}
