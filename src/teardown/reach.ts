/**
 * How far a teardown must look: in which namespaces Pods and other children of the objects can live, and of which kinds
 * they can be. Owner references stay inside a namespace or point to a cluster-scoped owner (Kubernetes "Owners and
 * Dependents"), so only a cluster-scoped custom resource makes it necessary to look everywhere.
 */
import type { ObjectRef } from '../objects/object.ts';
import { isCustomResource, isWorkload, podKind, revisionKind, workloadKinds } from './kinds.ts';

type Kind = Pick<ObjectRef, 'apiVersion' | 'kind'>;

export type Reach = {
  /** `undefined` stands for all namespaces. */
  namespaces: (string | undefined)[];
  /** Kinds that are watched for children, Pods first. */
  watched: Kind[];
  /** Kinds that are read once more before something counts as gone: all that could hold a child and may be listed. */
  confirmed: Kind[];
  /** Kinds without a namespace of which something is waited for; they are watched as a whole. */
  global?: Kind[];
  /** What could not be seen, in words: kinds whose list is forbidden, API groups that do not answer. */
  notSeen: string[];
};

/**
 * The reach without any look at the cluster: what built-in workloads can make. Custom resources need `survey` to widen
 * it.
 */
export function builtInReach(refs: readonly ObjectRef[]): Reach {
  const makers = refs.filter((ref) => isWorkload(ref) || isCustomResource(ref));
  const everywhere = makers.some((ref) => ref.namespace === undefined && isCustomResource(ref));
  // Pods of others may use what makes none itself: a ServiceAccount, a ConfigMap.
  const inhabited = refs.flatMap((ref) => ref.namespace ?? []);
  const namespaces = everywhere ? [undefined] : [...new Set(inhabited)].sort();
  const custom = makers.some(isCustomResource);
  const kinds = custom ? [podKind, ...workloadKinds] : [podKind, ...workloadKinds.filter((kind) => between(kind, makers))];
  const revised = custom || makers.some((maker) => maker.kind === 'DaemonSet' || maker.kind === 'StatefulSet');
  return { namespaces, watched: kinds, confirmed: revised ? [...kinds, revisionKind] : kinds, notSeen: [] };
}

/**
 * What a survey found, and what the plan makes necessary besides. Kinds that the survey had to leave out, because they
 * may not be listed, stay out: only what must be watched in any case is added.
 */
export function joined(one: Reach, other: Reach): Reach {
  const namespaces = [...one.namespaces, ...other.namespaces];
  const global = unique([...(one.global ?? []), ...(other.global ?? [])]);
  return {
    ...(global.length > 0 && { global }),
    namespaces: namespaces.includes(undefined) ? [undefined] : [...new Set(namespaces)].sort(),
    watched: unique([...one.watched, ...other.watched]),
    confirmed: unique([...one.confirmed, ...other.watched]),
    notSeen: [...new Set([...one.notSeen, ...other.notSeen])],
  };
}

function unique(kinds: readonly Kind[]): Kind[] {
  return [...new Map(kinds.map((kind) => [`${kind.apiVersion}/${kind.kind}`, kind])).values()];
}

/** Deployments put ReplicaSets, CronJobs put Jobs between themselves and their Pods. */
function between(kind: Kind, makers: readonly ObjectRef[]): boolean {
  if (kind.kind === 'ReplicaSet') return makers.some((maker) => maker.kind === 'Deployment');
  if (kind.kind === 'Job') return makers.some((maker) => maker.kind === 'CronJob');
  return false;
}
