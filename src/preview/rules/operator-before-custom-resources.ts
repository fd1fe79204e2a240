/**
 * An operator that is deleted before the custom resources it serves can neither clean up behind them nor remove its finalizer from them. One finding for an
 * operator, however many resources hang.
 */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { changes, type Right, rightsByAccount } from '../../knowledge/rights.ts';
import type { Server } from '../../knowledge/serving/server.ts';
import { groupOf, type ObjectId, parseId } from '../../objects/identity.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import { custodyOf, hookDeleting, resourceOf } from './custody.ts';
import { deleteFirst } from './delete-first.ts';
import { operatorFirst, resourcesFirst } from './operator-examples.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { View } from './view.ts';
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
  find(view, told) {
    const rights = rightsByAccount(view.world);
    const cases = [...stuck(view, told), ...orphaned(rights, view)].flatMap((each): Case[] => {
      const hook = hookDeleting(each.id, view, rights);
      if (hook?.sure && !each.seen) return [];
      return [hook ? { ...each, hook: hook.hook.id } : each];
    });
    const byOperator = Map.groupBy(cases, ({ servers }) =>
      servers
        .map(({ workload }) => workload)
        .sort()
        .join(' '),
    );
    return [...byOperator.values()].map((those) => findingOf(those, view));
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
function stuck(view: View, told: ReadonlySet<string>): Case[] {
  return [...view.left.values()].flatMap(({ id, why }): Case[] => {
    if (why !== 'stuck' || told.has(endOf('left', id)) || isContainer(id)) return [];
    const object = view.world.byId(id);
    const { finalizers, servers } = object ? custodyOf(object, view) : { finalizers: [], servers: [] };
    const seen = finalizers.length > 0 && view.isSeen(id);
    const found = finalizers.length > 0 ? servers : supposedServers(id, view);
    if (found.length === 0 || !found.every(({ workload }) => isGoing(workload, view))) return [];
    return [{ id, servers: found, finalizers, hangs: true, seen }];
  });
}

/** Custom resources of the release that go after their operator, where a finalizer cannot be seen: from manifests alone. */
function orphaned(rights: (account: string) => readonly Right[], view: View): Case[] {
  if (view.live) return [];
  return view.subject.objects.flatMap(({ object }): Case[] => {
    const id = view.world.idOf(object);
    const group = groupOf(object.apiVersion);
    if (isBuiltInGroup(group) || view.left.get(id)?.why === 'stuck' || !view.isDeleted(id)) return [];
    if (custodyOf(object, view).finalizers.length > 0) return [];
    const servers = supposedServers(id, view);
    if (!servers.some(({ workload }) => mayHold(id, workload, rights, view))) return [];
    const calledAt = earlier(view.calledAt(id), view.goneAt(id));
    const before = servers.filter(({ workload }) => isBefore(view.calledAt(workload), calledAt));
    return before.length === 0 || before.length < servers.length
      ? []
      : [{ id, servers, finalizers: [], hangs: false, seen: false }];
  });
}

/** Only with the kind's definition at hand, or where more than a right speaks for it: a chart that makes a ServiceMonitor is not its operator. */
function supposedServers(id: ObjectId, view: View): readonly Server[] {
  const { group, kind } = parseId(id);
  const servers = view.serving.controllersOf(group, kind);
  const crd = view.world.crdOf(group, kind);
  if (crd && view.given.has(view.world.idOf(crd))) return servers;
  return servers.filter(({ confidence }) => confidence === 'certain');
}

/**
 * Whether the operator may put finalizers on the kind: whoever does so names `widgets/finalizers` in its role, or all of its own group. A right to everything says
 * nothing.
 */
function mayHold(id: ObjectId, workload: ObjectId, rights: (account: string) => readonly Right[], view: View): boolean {
  const { group, plural } = resourceOf(id, view);
  const template = podTemplateOf(view.world.byId(workload) ?? nothing);
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
function isGoing(workload: ObjectId, view: View): boolean {
  return view.goneAt(workload) !== undefined || view.calledAt(workload) !== undefined || view.isDeleted(workload);
}

/** What hangs because of others. */
function isContainer(id: ObjectId): boolean {
  const { group, kind } = parseId(id);
  return (group === '' && kind === 'Namespace') || (group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition');
}

function findingOf(all: readonly Case[], view: View): Found {
  const real = all.filter(({ id }) => view.isSeen(id));
  const cases = real.length > 0 ? real : all;
  const ids = sorted(cases.map(({ id }) => id));
  const servers = cases[0]?.servers ?? [];
  const operators = servers.map(({ workload }) => workload);
  const held = heldBy(sorted(all.map(({ id }) => id)), view);
  const hanging = cases.filter(({ hangs }) => hangs);
  const sure = hanging.some(({ seen, hook }) => seen && !hook) && servers.some(({ confidence }) => confidence !== 'possible');
  const finalizers = real.flatMap((each) => each.finalizers);
  const goes = operators.length === 1 ? 'goes' : 'go';
  const has = finalizers.length === 0 ? '' : `, which ${ids.length === 1 ? 'has' : 'have'} its finalizer`;
  return {
    severity: sure ? 'error' : 'warning',
    title: `${namesOf(operators)} ${goes} before ${nounFor(ids, real.length > 0)}${has}`,
    objects: [...(real.length > 0 ? ids : []), ...operators, ...held.filter((id) => view.isSeen(id))],
    evidence: [
      ...operatorEvidence(servers, view),
      ...(real.length > 0 ? resourceEvidence(cases, view) : kindEvidence(ids, view)),
    ],
    consequence: consequence(cases, held, sure, real.length > 0),
    remedy: remedy(ids, real.length > 0, view),
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
function kindEvidence(ids: readonly ObjectId[], view: View): FindingEvidence[] {
  return ids.flatMap((id) => {
    const crd = view.world.crdOf(parseId(id).group, parseId(id).kind);
    return crd
      ? [view.evidence(view.world.idOf(crd), 'of this kind users make custom resources', 'spec.names.kind', parseId(id).kind)]
      : [];
  });
}

function operatorEvidence(servers: readonly Server[], view: View): FindingEvidence[] {
  return servers.flatMap(({ workload, evidence, confidence }) => {
    const at = view.calledAt(workload) ?? view.goneAt(workload);
    const when = at === undefined ? '' : `, deleted at ${seconds(at)}`;
    return [view.evidence(workload, `taken for the controller (${confidence})${when}`), ...evidence.slice(0, 3)];
  });
}

/** One of each kind stands for the others. */
function resourceEvidence(cases: readonly Case[], view: View): FindingEvidence[] {
  const byKind = Map.groupBy(cases, ({ id, finalizers }) => `${parseId(id).kind} ${finalizers.join(' ')}`);
  return [...byKind.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const more = others.length === 0 ? '' : `, and ${others.length} more like it`;
    const called = view.calledAt(first.id);
    const when = called === undefined ? '' : `; deleted at ${seconds(called)}`;
    return first.finalizers.length > 0
      ? [
          view.evidence(
            first.id,
            `only its controller removes it${when}${more}`,
            'metadata.finalizers',
            first.finalizers.join(', '),
          ),
        ]
      : [view.evidence(first.id, `of the operator's kind${when}${more}`, 'kind', parseId(first.id).kind)];
  });
}

/** Namespaces and CustomResourceDefinitions that hang with them. */
function heldBy(ids: readonly ObjectId[], { left, world }: View): ObjectId[] {
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

function remedy(ids: readonly ObjectId[], real: boolean, view: View): string {
  const { commands, targets } = deleteFirst(ids, real, view);
  const before = view.helm ? 'before `helm uninstall`' : 'first';
  return [
    `Delete the custom resources while their operator lives: ${commands.map((command) => `\`${command}\``).join(' and ')} ${before}, which waits until they are gone,`,
    `or make it part of the chart with the library chart bookend-hook: \`bookend: {delete: [${targets.join(', ')}]}\`.`,
  ].join(' ');
}
