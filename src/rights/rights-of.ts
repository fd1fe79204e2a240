/**
 * From recorded requests to permissions. Names that the spec contains are named; names that the simulation invented
 * stand for unknown ones and are not.
 */
import type { KindInfo } from '../cluster/port.ts';
import { idOf, idOfRef } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isCustomResource, isPod } from '../teardown/kinds.ts';
import type { Asked, Phase } from './asked.ts';
import type { Rehearsal } from './rehearse.ts';
import { leastOf, type Reason, type Right } from './right.ts';
import { anyNamespace, isChildKind, isSupposedChild } from './supposed.ts';

/** How a kind is called in rules; undefined for a kind that is not served. */
export type ResourceLookup = (
  apiVersion: string,
  kind: string,
) => Pick<KindInfo, 'group' | 'resource' | 'namespaced'> | undefined;

type One = Rehearsal['asked'][number];

/** The least rights for everything that was asked. */
export function rightsOf({ asked, objects, supposed }: Rehearsal, lookUp: ResourceLookup): Right[] {
  const declared = new Set(objects.map(idOf));
  const own = ownNamespaces(objects);
  const all = [...unique(asked), ...forEveryChildKind(asked, supposed.inhabited)];
  return leastOf(
    all.flatMap((one) => {
      const info = lookUp(one.apiVersion, one.kind);
      if (info === undefined) return [];
      const namespace = info.namespaced ? placeOf(one.namespace, own) : undefined;
      const isNamed = one.name !== undefined && declared.has(idOfRef({ ...one, name: one.name }));
      return {
        verb: one.verb,
        group: info.group,
        resource: one.subresource === undefined ? info.resource : `${info.resource}/${one.subresource}`,
        ...(isNamed && one.name !== undefined && { name: one.name }),
        ...(namespace !== undefined && { namespace }),
        why: reasonOf(one, isNamed),
        phases: [one.phase],
      };
    }),
  );
}

/**
 * A Namespace that is among the objects is not there before, and takes its Roles along when it goes: what is needed in
 * it must be granted for the whole cluster, as what is needed in namespaces that nobody knows yet.
 */
function placeOf(namespace: string | undefined, own: ReadonlySet<string>): string | undefined {
  return namespace === undefined || namespace === anyNamespace || own.has(namespace) ? undefined : namespace;
}

export function ownNamespaces(objects: readonly KubernetesObject[]): Set<string> {
  const namespaces = objects.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Namespace');
  return new Set(namespaces.map(({ metadata }) => metadata.name));
}

/**
 * A controller may make anything of a custom resource: what was asked of the one child in a rehearsal may be asked of a
 * child of any kind that is looked through.
 */
function forEveryChildKind(asked: readonly One[], inhabited: ReadonlySet<string>): One[] {
  const ofChild = asked.filter(
    (one) => isSupposedChild(one) || (isChildKind(one) && one.name === undefined && !one.byLabel && one.verb === 'watch'),
  );
  const searched = asked.filter(
    (one) => one.verb === 'list' && !one.byLabel && one.kind !== 'Event' && isInhabited(one, inhabited),
  );
  const verbs = new Map<Asked['verb'], Phase>(ofChild.map(({ verb, phase }) => [verb, phase]));
  return unique(
    searched.flatMap(({ apiVersion, kind, namespace }) =>
      [...verbs].map(([verb, phase]): One => ({ verb, apiVersion, kind, phase, ...(namespace !== undefined && { namespace }) })),
    ),
  );
}

function isInhabited({ namespace }: One, inhabited: ReadonlySet<string>): boolean {
  return namespace === undefined ? inhabited.has(anyNamespace) : inhabited.has(namespace);
}

function reasonOf(one: One, isNamed: boolean): Reason {
  const { verb, kind, apiVersion, byLabel } = one;
  if (isNamed) return 'own';
  if (kind === 'Event') return 'failed-hooks';
  if (verb === 'create' || byLabel) return 'own-unnamed';
  if (isCustomResource({ apiVersion, kind })) return 'custom-resources';
  if (verb === 'delete' || verb === 'patch') return 'forced';
  return isPod({ apiVersion, kind }) || podMakers.has(kind) ? 'pods-and-children' : 'children-of-custom-resources';
}

const podMakers = new Set([
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ControllerRevision', 'Job', 'CronJob', 'ReplicationController'],
]);

function unique(asked: readonly One[]): One[] {
  const key = ({ verb, apiVersion, kind, namespace, name, subresource, byLabel, phase }: One) =>
    JSON.stringify([verb, apiVersion, kind, namespace, name, subresource, byLabel, phase]);
  return [...new Map(asked.map((one) => [key(one), one])).values()];
}
