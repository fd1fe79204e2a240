/**
 * The second look: before a workload or custom resource counts as gone, the cluster is read currently, past every cache. A watch may lag, and a
 * Pod that it does not show yet would lose its permissions while it lives.
 */
import { inTurns } from '../cluster/in-turns.ts';
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { PlanStep } from '../plan/plan.ts';
import type { Reach } from './reach.ts';

/**
 * Reads once for all of `steps` whether their objects, children or Pods exist.
 * @param stepOf the step that a listed object lives for
 * @returns the steps of which nothing is left
 * @throws BookendError `forbidden` and so on, when Pods or the objects themselves cannot be read
 */
export async function confirmGone(
  cluster: Cluster,
  steps: PlanStep[],
  reach: Reach,
  stepOf: (object: KubernetesObject) => ObjectId | undefined,
): Promise<Set<ObjectId>> {
  const living = new Set<ObjectId>();
  const own = inTurns(8, steps, async (step) => {
    const object = await getIfServed(cluster, step);
    if (object && object.metadata.uid === step.ref.uid) living.add(step.id);
  });
  const queries = reach.namespaces.flatMap((namespace) =>
    reach.confirmed.map((kind) => ({ ...kind, metadataOnly: true, ...(namespace !== undefined && { namespace }) })),
  );
  const found: KubernetesObject[] = [];
  const families = inTurns(8, queries, async (query) => {
    const listed = await cluster.list(query).catch((error: unknown) => {
      if (isCode(error, 'not-found')) return { items: [] };
      throw error;
    });
    found.push(...listed.items);
  });
  await Promise.all([own, families]);
  // Twice: a ReplicaSet may be listed after its Pods.
  for (const object of found) stepOf(object);
  for (const object of found) {
    const step = stepOf(object);
    if (step && idOf(object) !== step) living.add(step);
  }
  return new Set(steps.map((step) => step.id).filter((id) => !living.has(id)));
}

async function getIfServed(cluster: Cluster, step: PlanStep): Promise<KubernetesObject | undefined> {
  try {
    return await cluster.get(step.ref);
  } catch (error) {
    if (isCode(error, 'not-found')) return undefined;
    throw error;
  }
}
