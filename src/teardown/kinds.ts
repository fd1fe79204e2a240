/**
 * Which kinds bring others into being. Only these need foreground deletion, a look at their Pods, and a second, current
 * read before they count as gone: a ConfigMap that is gone is gone, a DaemonSet that is gone may have left Pods that
 * the watch has not shown yet.
 */
import { groupOf } from '../objects/identity.ts';
import { bookendGroup } from '../objects/names.ts';
import type { ObjectRef } from '../objects/object.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';

export type Kind = Pick<ObjectRef, 'apiVersion' | 'kind'>;

/**
 * Kinds that make Pods by themselves or through another of these, with the apiVersion that every supported release
 * serves.
 */
export const workloadKinds: readonly Kind[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
  { apiVersion: 'v1', kind: 'ReplicationController' },
];

export const podKind: Kind = { apiVersion: 'v1', kind: 'Pod' };
/** What DaemonSets and StatefulSets remember of their earlier templates. */
export const revisionKind: Kind = { apiVersion: 'apps/v1', kind: 'ControllerRevision' };
const crdKind: Kind = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

const workloads = new Set([...workloadKinds, podKind].map(key));

/**
 * Whatever kube-apiserver does not serve itself: custom resources, and the kinds of aggregated API servers. Not our
 * own: what a ClusterOperator installed bears no owner reference to it, and its finalizer stays until all of it is
 * gone; to look through the whole cluster for it would find nothing.
 */
export function isCustomResource(kind: Kind): boolean {
  const group = groupOf(kind.apiVersion);
  return !isBuiltInGroup(group) && group !== bookendGroup;
}

/** True for the kinds that make Pods, and for Pods. */
export function isWorkload(kind: Kind): boolean {
  return workloads.has(key(kind));
}

export function isPod(kind: Kind): boolean {
  return kind.kind === podKind.kind && groupOf(kind.apiVersion) === '';
}

/** True when other objects may live on behalf of one of this kind. */
export function mayHaveDependents(kind: Kind): boolean {
  return isWorkload(kind) || isCustomResource(kind);
}

export function isCrd(kind: Kind): boolean {
  return kind.kind === crdKind.kind && groupOf(kind.apiVersion) === 'apiextensions.k8s.io';
}

function key(kind: Kind): string {
  return `${groupOf(kind.apiVersion)}/${kind.kind}`;
}
