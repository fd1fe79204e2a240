/**
 * An operator that is deleted before the custom resources it serves can neither clean up behind them nor remove its
 * finalizer from them. One finding for an operator, however many resources hang.
 */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { changes, type Right, rightsByAccount } from '../../knowledge/rights.ts';
import type { Server } from '../../knowledge/serving/server.ts';
import { groupOf, type ObjectId, parseId } from '../../objects/identity.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import { deleteFirst } from './delete-first.ts';
import { finalizerServersOf, hookDeleting, resourceOf } from './finalizer-servers.ts';
import { operatorFirst, resourcesFirst } from './operator-examples.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { kindsOf, namesOf, seconds, sorted } from './words.ts';

export const operatorBeforeCustomResources: Rule = {
  id: 'operator-before-custom-resources',
  name: 'The operator goes before its custom resources',
  means: [
    'Helm deletes Deployments long before custom resources, which are of kinds that it does not know and go last; a namespace deletes its Pods first of all. A finalizer of the operator is then never removed: the custom',
    'resource stays Terminating for ever, and with it its CustomResourceDefinition and its namespace. Without a finalizer nothing hangs, but whatever the operator would have cleaned up stays.',
    'It is an error when the finalizer is seen on the object, a warning when only the operator, its rights and its custom resources are.',
  ].join(' '),
  fails: operatorFirst,
  passes: resourcesFirst,
  find(input, told) {
    const rights = rightsByAccount(input.world);
    const cases = [...stuck(input, told), ...orphaned(rights, input)].flatMap((each): Case[] => {
      const hook = hookDeleting(each.id, input, rights);
      if (hook?.sure && !each.seen) return [];
      return [hook ? { ...each, hook: hook.hook.id } : each];
    });
    const byOperator = Map.groupBy(cases, ({ servers }) =>
      servers
        .map(({ workload }) => workload)
        .sort()
        .join(' '),
    );
    return [...byOperator.values()].map((those) => findingOf(those, input));
  },
};

type Case = {
  id: ObjectId;
  servers: readonly Server[];
  finalizers: readonly string[];
  /** It hangs, as the play shows. */
  hangs: boolean;
  /** Object and finalizer are seen, not supposed. */
  seen: boolean;
  hook?: ObjectId;
};

/** What hangs because whoever serves its finalizers is gone. */
function stuck(input: RuleInput, told: ReadonlySet<string>): Case[] {
  return [...input.left.values()].flatMap(({ id, why }): Case[] => {
    if (why !== 'stuck' || told.has(endOf('left', id)) || isContainer(id)) return [];
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
function orphaned(rights: (account: string) => readonly Right[], input: RuleInput): Case[] {
  if (input.live) return [];
  return input.subject.objects.flatMap(({ object }): Case[] => {
    const id = input.world.idOf(object);
    const group = groupOf(object.apiVersion);
    if (isBuiltInGroup(group) || input.left.get(id)?.why === 'stuck' || !input.isDeleted(id)) return [];
    if (finalizerServersOf(object, input).finalizers.length > 0) return [];
    const servers = supposedServers(id, input);
    if (!servers.some(({ workload }) => mayHold(id, workload, rights, input))) return [];
    const calledAt = earlier(input.calledAt(id), input.goneAt(id));
    const before = servers.filter(({ workload }) => isBefore(input.calledAt(workload), calledAt));
    return before.length === 0 || before.length < servers.length
      ? []
      : [{ id, servers, finalizers: [], hangs: false, seen: false }];
  });
}

/**
 * Only with the kind's definition at hand, or where more than a right speaks for it: a chart that makes a
 * ServiceMonitor is not its operator.
 */
function supposedServers(id: ObjectId, input: RuleInput): readonly Server[] {
  const { group, kind } = parseId(id);
  const servers = input.serving.controllersOf(group, kind);
  const crd = input.world.crdOf(group, kind);
  if (crd && input.given.has(input.world.idOf(crd))) return servers;
  return servers.filter(({ confidence }) => confidence === 'certain');
}

/**
 * Whether the operator may put finalizers on the kind: whoever does so names `widgets/finalizers` in its role, or all
 * of its own group. A right to everything says nothing.
 */
function mayHold(id: ObjectId, workload: ObjectId, rights: (account: string) => readonly Right[], input: RuleInput): boolean {
  const { group, resource: plural } = resourceOf(id, input);
  const template = podTemplateOf(input.world.byId(workload) ?? nothing);
  return rights(`${parseId(workload).namespace ?? ''}/${template?.serviceAccount ?? 'default'}`).some(
    (right) =>
      changes(right) &&
      right.apiGroups.includes(group) &&
      right.resources.some((resource) => resource === '*' || resource === '*/finalizers' || resource === `${plural}/finalizers`),
  );
}

const nothing = { apiVersion: '', kind: '', metadata: { name: '' } };

/** A hook may have deleted it before the tool asked for it. */
function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

function isBefore(operator: number | undefined, resource: number | undefined): boolean {
  return operator !== undefined && (resource === undefined || operator < resource);
}

/** It has been deleted, or is on its way. */
function isGoing(workload: ObjectId, input: RuleInput): boolean {
  return input.goneAt(workload) !== undefined || input.calledAt(workload) !== undefined || input.isDeleted(workload);
}

/** What hangs because of others. */
function isContainer(id: ObjectId): boolean {
  const { group, kind } = parseId(id);
  return (group === '' && kind === 'Namespace') || (group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition');
}

function findingOf(all: readonly Case[], input: RuleInput): Found {
  const real = all.filter(({ id }) => input.isSeen(id));
  const cases = real.length > 0 ? real : all;
  const ids = sorted(cases.map(({ id }) => id));
  const servers = cases[0]?.servers ?? [];
  const operators = servers.map(({ workload }) => workload);
  const held = heldBy(sorted(all.map(({ id }) => id)), input);
  const hanging = cases.filter(({ hangs }) => hangs);
  const sure = hanging.some(({ seen, hook }) => seen && !hook) && servers.some(({ confidence }) => confidence !== 'possible');
  const finalizers = real.flatMap((each) => each.finalizers);
  const goes = operators.length === 1 ? 'goes' : 'go';
  const has = finalizers.length === 0 ? '' : `, which ${ids.length === 1 ? 'has' : 'have'} its finalizer`;
  return {
    severity: sure ? 'error' : 'warning',
    title: `${namesOf(operators)} ${goes} before ${nounFor(ids, real.length > 0)}${has}`,
    objects: [...(real.length > 0 ? ids : []), ...operators, ...held.filter((id) => input.isSeen(id))],
    evidence: [
      ...operatorEvidence(servers, input),
      ...(real.length > 0 ? resourceEvidence(cases, input) : kindEvidence(ids, input)),
    ],
    consequence: consequence(cases, held, sure, real.length > 0),
    remedy: remedy(ids, real.length > 0, input),
    tells: [...all.map(({ id }) => id), ...held].map((id) => endOf('left', id)),
  };
}

/** What it leaves, in a title. Of what is only supposed the kind is all that can be said. */
function nounFor(ids: readonly ObjectId[], real: boolean): string {
  if (!real) return `the custom resources of ${ids.length === 1 ? 'kind' : 'kinds'} ${kindsOf(ids)}`;
  if (ids.length === 1) return namesOf(ids);
  const own = ids.every((id) => !isBuiltInGroup(parseId(id).group));
  return `${ids.length} ${own ? 'custom resources' : 'objects'} (${kindsOf(ids)})`;
}

/** The definitions of kinds of which no resource was seen. */
function kindEvidence(ids: readonly ObjectId[], input: RuleInput): FindingEvidence[] {
  return ids.flatMap((id) => {
    const crd = input.world.crdOf(parseId(id).group, parseId(id).kind);
    return crd
      ? [input.evidence(input.world.idOf(crd), 'of this kind users make custom resources', 'spec.names.kind', parseId(id).kind)]
      : [];
  });
}

function operatorEvidence(servers: readonly Server[], input: RuleInput): FindingEvidence[] {
  return servers.flatMap(({ workload, evidence, confidence }) => {
    const at = input.calledAt(workload) ?? input.goneAt(workload);
    const when = at === undefined ? '' : `, deleted at ${seconds(at)}`;
    return [input.evidence(workload, `taken for the controller (${confidence})${when}`), ...evidence.slice(0, 3)];
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
  const hooks = [...new Set(cases.flatMap(({ hook }) => hook ?? []))].sort();
  const one = cases.length === 1;
  const withThem = held.length === 0 ? '' : `, and with ${one ? 'it' : 'them'} ${namesOf(held)}`;
  if (sure)
    return `${one ? 'It stays' : `All ${cases.length} stay`} Terminating for ever${withThem}: nobody is left to remove the finalizer.`;
  const lost = `Whatever the operator does when custom resources are deleted is not done any more; those that have its finalizer stay Terminating for ever${withThem}.`;
  const depends =
    hooks.length > 0
      ? `It depends on what ${namesOf(hooks)} does, whose account may delete them.`
      : cases.some(({ seen }) => seen)
        ? 'It depends on whether that is the only controller that serves the finalizer.'
        : `It depends on whether ${real ? 'the operator puts a finalizer on them' : 'there are such custom resources then, and whether the operator puts finalizers on them'}, which only a live cluster shows.`;
  return `${lost} ${depends}`;
}

function remedy(ids: readonly ObjectId[], real: boolean, input: RuleInput): string {
  const { commands, targets } = deleteFirst(ids, real, input);
  const before = input.helm ? 'before `helm uninstall`' : 'first';
  return [
    `Delete the custom resources while their operator lives: ${commands.map((command) => `\`${command}\``).join(' and ')} ${before}, which waits until they are gone,`,
    `or make it part of the chart with the library chart bookend-hook: \`bookend: {delete: [${targets.join(', ')}]}\`.`,
  ].join(' ');
}
