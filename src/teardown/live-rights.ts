/**
 * Who serves the custom resources of a teardown is told by roles and bindings. Where a person deletes a Deployment and
 * its custom resources by name, those are not among the objects, so they are read: without them the operator would go
 * beside its custom resources, and their finalizers would stay.
 */
import { inTurns } from '../cluster/in-turns.ts';
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { findEdges } from '../graph/build.ts';
import type { Edge } from '../graph/edge.ts';
import { controller } from '../graph/rules/controller.ts';
import { makeWorld } from '../graph/world.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isCustomResource } from './kinds.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';

/** Edges from custom resources to the workloads that serve them, as the rights in the cluster tell. */
export async function servedEdges(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<Edge[]> {
  if (!objects.some(isCustomResource)) return [];
  const { workloads } = makeWorld(objects);
  if (workloads.length === 0) return [];
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))];
  const queries = [
    ...['ClusterRole', 'ClusterRoleBinding'].map((kind) => ({ apiVersion, kind })),
    ...namespaces.flatMap((namespace) => ['Role', 'RoleBinding'].map((kind) => ({ apiVersion, kind, namespace }))),
  ];
  const known = new Set(objects.map(idOf));
  const rights = (await inTurns(4, queries, async (query) => (await readable(cluster, query)) ?? [])).flat();
  return findEdges(makeWorld([...objects, ...rights.filter((right) => !known.has(idOf(right)))]), [controller]).filter(
    ({ from, to }) => known.has(from) && known.has(to),
  );
}

/** Who may not read rights decides by the objects alone, as before. */
async function readable(cluster: Cluster, query: Parameters<Cluster['list']>[0]): Promise<KubernetesObject[] | undefined> {
  try {
    return (await cluster.list(query)).items;
  } catch (error) {
    if (!isCode(error, 'forbidden', 'not-found')) throw error;
    return undefined;
  }
}
