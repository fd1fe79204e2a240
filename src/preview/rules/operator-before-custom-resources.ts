/**
 * An operator that is deleted before the custom resources it serves can neither clean up behind them nor remove its
 * finalizer from them. One finding for an operator, however many resources hang.
 */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import type { Server } from '../../knowledge/serving/server.ts';
import { describeId, groupOf, type ObjectId, parseId } from '../../objects/identity.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import type { HookTarget, ProposedRemedy } from '../../remedies/remedy.ts';
import { deleteFirst, resourceName } from './delete-first.ts';
import { anyOf, finalizerServersOf, kindOf } from './finalizer-servers.ts';
import { type HookDeleting, hookDeleting, type Reach, reachInWords } from './hook-reach.ts';
import { operatorFirst, resourcesFirst } from './operator-examples.ts';
import { look } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { isGoing, likelyHolds, mayHold, supposedServers } from './supposed-operators.ts';
import { agree, kindsOf, listed, namesOf, seconds, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'operator-before-custom-resources',
  name: 'The operator goes before its custom resources',
  means: [
    'Helm deletes Deployments long before custom resources, whose kinds it does not know and deletes last; a namespace deletes its Pods first. Then nobody removes the finalizer of the operator: the custom',
    'resource stays Terminating, and so do its CustomResourceDefinition and its namespace. Without a finalizer nothing hangs, but whatever the operator would clean up stays.',
    'It is an error when the finalizer is seen on the object, a warning when only the operator, its rights and its custom resources are.',
  ].join(' '),
  severity: 'error',
  hiddenBy: ['hook-leaks'],
  fails: operatorFirst,
  passes: resourcesFirst,
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const known = [...stuck(input, isExplained), ...orphaned(input)].flatMap((each): Case[] => {
    const hook = hookDeleting(each.id, input);
    if (hook?.sure && !each.seen) return [];
    return [hook ? { ...each, hook } : each];
  });
  const kinds = new Set(known.map(({ id }) => kindOf(id)));
  const cases = [...known, ...forgotten(input).filter(({ id }) => !kinds.has(kindOf(id)))];
  const byOperator = Map.groupBy(cases, ({ servers }) =>
    servers
      .map(({ workload }) => workload)
      .sort()
      .join(' '),
  );
  return [...byOperator.values()].map((those) => findingOf(those, input));
}

type Case = {
  id: ObjectId;
  servers: readonly Server[];
  finalizers: readonly string[];
  /** It hangs, as the play shows. */
  hangs: boolean;
  /** Object and finalizer are seen, not supposed. */
  seen: boolean;
  hook?: HookDeleting;
};

/** What hangs because whoever serves its finalizers is gone. */
function stuck(input: RuleInput, isExplained: Explained): Case[] {
  return [...input.left.values()].flatMap(({ id, why }): Case[] => {
    if (why !== 'stuck' || isExplained('left', id) || isContainer(id)) return [];
    const object = input.world.byId(id);
    const { finalizers, servers } = object ? finalizerServersOf(object, input) : { finalizers: [], servers: [] };
    const seen = finalizers.length > 0 && input.isSeen(id);
    const found = finalizers.length > 0 ? servers : supposedServers(id, input);
    if (found.length === 0 || !found.every(({ workload }) => isGoing(workload, input))) return [];
    return [{ id, servers: found, finalizers, hangs: true, seen }];
  });
}

/**
 * Custom resources of the release that go after their operator, where a finalizer cannot be seen: from manifests alone.
 */
function orphaned(input: RuleInput): Case[] {
  if (input.live) return [];
  return input.subject.objects.flatMap(({ object }): Case[] => {
    const id = input.world.idOf(object);
    const group = groupOf(object.apiVersion);
    if (isBuiltInGroup(group) || input.left.get(id)?.why === 'stuck' || !input.isDeleted(id)) return [];
    if (finalizerServersOf(object, input).finalizers.length > 0) return [];
    const servers = supposedServers(id, input);
    if (!servers.some(({ workload }) => mayHold(id, workload, input))) return [];
    const calledAt = earlier(input.calledAt(id), input.goneAt(id));
    const before = servers.filter(({ workload }) => isBefore(input.calledAt(workload), calledAt));
    return before.length === 0 || before.length < servers.length
      ? []
      : [{ id, servers, finalizers: [], hangs: false, seen: false }];
  });
}

/** Custom resources that a hook leaves out that deletes others of their kind, should there be any. */
function forgotten(input: RuleInput): Case[] {
  if (input.live) return [];
  return input.world.ofKind('apiextensions.k8s.io', 'CustomResourceDefinition').flatMap((crd): Case[] => {
    const id = anyOf(crd);
    const hook = hookDeleting(id, input);
    if (hook?.only === undefined || !input.isDeleted(input.world.idOf(crd))) return [];
    const { namespace } = hook.only;
    const servers = supposedServers(id, input).filter(({ workload }) => mayHold(id, workload, input, namespace));
    return servers.length > 0 && servers.every(({ workload }) => isGoing(workload, input))
      ? [{ id, servers, finalizers: [], hangs: false, seen: false, hook }]
      : [];
  });
}

/** A hook may have deleted it before the tool asked for it. */
function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

function isBefore(operator: number | undefined, resource: number | undefined): boolean {
  return operator !== undefined && (resource === undefined || operator < resource);
}

/** What hangs because of others. */
function isContainer(id: ObjectId): boolean {
  const { group, kind } = parseId(id);
  return (group === '' && kind === 'Namespace') || (group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition');
}

function findingOf(all: readonly Case[], input: RuleInput): Found {
  const real = all.filter(({ id }) => input.isSeen(id));
  const likely = all.filter((each) => isLikely(each, input));
  const cases = [real, likely].find((some) => some.length > 0) ?? all;
  const ids = sorted(cases.map(({ id }) => id));
  const servers = cases[0]?.servers ?? [];
  const operators = servers.map(({ workload }) => workload);
  const held = heldBy(ids, input);
  const hanging = cases.filter(({ hangs }) => hangs);
  const sure = hanging.some(({ seen, hook }) => seen && !hook) && servers.some(({ confidence }) => confidence !== 'possible');
  const finalizers = real.flatMap((each) => each.finalizers);
  const goes = agree(operators, 'goes', 'go');
  const has = finalizers.length === 0 ? '' : `, which ${agree(ids, 'has', 'have')} its finalizer`;
  return {
    severity: sure ? 'error' : real.length > 0 || likely.length > 0 ? 'warning' : 'note',
    title: `${namesOf(operators)} ${goes} before ${nounFor(ids, real.length > 0)}${has}${beyond(cases)}`,
    objects: [...(real.length > 0 ? ids : []), ...operators, ...held.filter((id) => input.isSeen(id))],
    evidence: [
      ...operatorEvidence(servers, input),
      ...(real.length > 0 ? resourceEvidence(cases, input) : kindEvidence(ids, input)),
    ],
    consequence: consequence(cases, held, sure, real.length > 0),
    remedies: cases.some(({ hook }) => hook?.only) ? widened(ids, input) : remediesFor(ids, real.length > 0, input),
    explains: [
      ...ends('left', [...all.map(({ id }) => id), ...heldBy(sorted(all.map(({ id }) => id)), input)]),
      ...ends('operator', operators),
    ],
  };
}

/** A chart whose hook deletes some of the kind knows why. */
function isLikely({ id, servers, finalizers, seen, hook }: Case, input: RuleInput): boolean {
  const isSeen = seen && finalizers.length > 0;
  return isSeen || hook !== undefined || servers.some(({ workload }) => likelyHolds(id, workload, input));
}

/** Whom a hook leaves out. */
function beyond(cases: readonly Case[]): string {
  const hook = cases.find((each) => each.hook?.only)?.hook?.hook;
  return hook === undefined ? '' : ` that ${describeId(hook.id)} does not delete`;
}

/** What it leaves, in a title. Of what is only supposed the kind is all that can be said. */
function nounFor(ids: readonly ObjectId[], real: boolean): string {
  if (!real) return `the custom resources of ${agree(ids, 'kind', 'kinds')} ${kindsOf(ids)}`;
  if (ids.length === 1) return namesOf(ids);
  const own = ids.every((id) => !isBuiltInGroup(parseId(id).group));
  return `${ids.length} ${own ? 'custom resources' : 'objects'} (${kindsOf(ids)})`;
}

/** The definitions of kinds of which no resource was seen. */
function kindEvidence(ids: readonly ObjectId[], input: RuleInput): FindingEvidence[] {
  return ids.flatMap((id) => {
    const crd = input.world.crdOf(parseId(id).group, parseId(id).kind);
    return crd
      ? [
          input.evidence(
            input.world.idOf(crd),
            `users create objects of kind ${parseId(id).kind}`,
            'spec.names.kind',
            parseId(id).kind,
          ),
        ]
      : [];
  });
}

function operatorEvidence(servers: readonly Server[], input: RuleInput): FindingEvidence[] {
  return servers.flatMap(({ workload, evidence, confidence }) => {
    const at = input.calledAt(workload) ?? input.goneAt(workload);
    const when = at === undefined ? '' : `, deleted at ${seconds(at)}`;
    return [input.evidence(workload, `is the controller (${confidence})${when}`), ...evidence.slice(0, 3)];
  });
}

/** One of each kind stands for the others. */
function resourceEvidence(cases: readonly Case[], input: RuleInput): FindingEvidence[] {
  const byKind = Map.groupBy(cases, ({ id, finalizers }) => `${parseId(id).kind} ${finalizers.join(' ')}`);
  return [...byKind.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const more = others.length === 0 ? '' : `, and ${others.length} more like it`;
    const called = input.calledAt(first.id);
    const when = called === undefined ? '' : `; deleted at ${seconds(called)}`;
    return first.finalizers.length > 0
      ? [
          input.evidence(
            first.id,
            `only its controller removes it${when}${more}`,
            'metadata.finalizers',
            first.finalizers.join(', '),
          ),
        ]
      : [input.evidence(first.id, `of the operator's kind${when}${more}`, 'kind', parseId(first.id).kind)];
  });
}

/** Namespaces and CustomResourceDefinitions that hang with them. */
function heldBy(ids: readonly ObjectId[], { left, world }: RuleInput): ObjectId[] {
  const namespaces = new Set(ids.map((id) => parseId(id).namespace));
  const definitions = new Set(
    ids.flatMap((id) => {
      const crd = world.crdOf(parseId(id).group, parseId(id).kind);
      return crd ? [world.idOf(crd)] : [];
    }),
  );
  return [...left.values()].flatMap(({ id, why }) => {
    const { group, kind, name } = parseId(id);
    const isHeld = definitions.has(id) || (group === '' && kind === 'Namespace' && namespaces.has(name));
    return why === 'stuck' && isHeld ? [id] : [];
  });
}

function consequence(cases: readonly Case[], held: readonly ObjectId[], sure: boolean, real: boolean): string {
  const hooks = sorted(cases.flatMap(({ hook }) => hook?.hook.id ?? []));
  const partial = cases.find(({ hook }) => hook?.only)?.hook;
  const one = cases.length === 1;
  const withThese = (these: string) => (held.length === 0 ? '' : `, and with ${these} ${namesOf(held)}`);
  if (sure)
    return `${one ? 'It stays' : `All ${cases.length} stay`} Terminating${withThese(one ? 'it' : 'them')}: nobody is left to remove the finalizer.`;
  const lost = `Custom resources with a finalizer of the operator stay Terminating${withThese('them')}, and what the operator cleans up when they are deleted stays.`;
  if (partial?.only)
    return `${lost} ${describeId(partial.hook.id)} deletes only ${reachInWords(partial.only)}, so this happens to ${othersThan(partial.only)}. It depends on whether others exist then, and whether the operator puts finalizers on them, which only a live cluster shows.`;
  const depends =
    hooks.length > 0
      ? `It depends on what ${namesOf(hooks)} does, whose account may delete them.`
      : cases.some(({ seen }) => seen)
        ? 'It depends on whether that is the only controller that serves the finalizer.'
        : `It depends on whether ${real ? 'the operator puts a finalizer on them' : 'such custom resources exist then, and whether the operator puts finalizers on them'}, which only a live cluster shows.`;
  return `${lost} ${depends}`;
}

function remediesFor(ids: readonly ObjectId[], real: boolean, input: RuleInput): ProposedRemedy[] {
  const { commands, targets } = deleteFirst(ids, real, input);
  const objects = ids.every((id) => isBuiltInGroup(parseId(id).group)) ? 'the objects' : 'the custom resources';
  return [
    {
      says: `Delete ${objects} while their operator runs, and wait until they are gone.`,
      steps: commands,
      loses: lossOf(targets, ids),
    },
    ...(input.helm ? [inTheChart(targets, ids)] : []),
  ];
}

function inTheChart(targets: readonly HookTarget[], ids: readonly ObjectId[]): ProposedRemedy {
  return {
    says: 'Let the chart do that at each uninstall, with the library chart bookend-hook.',
    steps: [{ do: 'hook', delete: targets }],
    loses: lossOf(targets, ids),
  };
}

function lossOf(targets: readonly HookTarget[], ids: readonly ObjectId[]): string {
  const whole = targets.filter(({ names }) => names === undefined);
  if (whole.length === 0) return `${namesOf(ids)}, with what the operator created for ${agree(ids, 'it', 'them')}`;
  const where = whole.every(({ namespace }) => namespace !== undefined)
    ? `in ${listed([...new Set(whole.flatMap(({ namespace }) => namespace ?? []))])}`
    : 'in every namespace, also those of other releases';
  return `every ${listed(whole.map(({ kind }) => kind))} ${where}`;
}

function othersThan({ namespace, names, selector }: Reach): string {
  return namespace !== undefined && names === undefined && selector === undefined ? 'those in other namespaces' : 'all others';
}

/** The hook of the chart leaves some out: all of the kind go, as they do with their definition. */
function widened(ids: readonly ObjectId[], input: RuleInput): ProposedRemedy[] {
  const kinds = [...new Set(sorted(ids).map((id) => resourceName(id, input)))];
  const targets = kinds.map((kind): HookTarget => ({ kind, all: true }));
  return [
    inTheChart(targets, ids),
    {
      says: 'See which ones the hook leaves out, and delete those that should go while their operator runs.',
      steps: [look('before', 'kubectl', 'get', kinds.join(','), '--all-namespaces')],
    },
  ];
}
