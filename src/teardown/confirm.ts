/**
 * The second look: before a workload or custom resource counts as gone, the cluster is read currently, past every
 * cache. A watch may lag, and a Pod that it does not show yet would lose its permissions while it lives.
 */
import { inTurns } from '../cluster/in-turns.ts';
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { PlanStep } from '../plan/plan.ts';
import type { Kinship } from './family.ts';
import { isCustomResource, mayHaveDependents } from './kinds.ts';
import type { Reach } from './reach.ts';
import { slim } from './watches.ts';

/** Whose an object is: `ClusterView` knows. */
export type Judge = {
  /** The step that a listed object lives for, or possibly lives for. */
  kinshipOf(object: KubernetesObject): Kinship | undefined;
  /** Whether an object of a step's identity is the one to be removed. */
  isOurs(step: PlanStep, object: KubernetesObject): boolean;
  /** Whether the API server has answered that the step's object is gone. */
  isGone(step: PlanStep): boolean;
};

export type Confirmation = {
  /** Steps of which nothing is left. */
  gone: Set<ObjectId>;
  /** For each other step what is left: its own object, children and Pods. */
  found: Map<ObjectId, KubernetesObject[]>;
  /**
   * Those of `gone` whose kind the API server does not know. To be believed only when it says so again a moment later:
   * an API server that has just started may not know its custom resources yet.
   */
  unserved: Set<ObjectId>;
};

/** So many reads at once: they cost the API server little, and a teardown waits for them. */
const width = 16;

/**
 * Reads once for all of `steps` whether their objects, children or Pods exist.
 * @throws BookendError `forbidden` and so on, when Pods or the objects themselves cannot be read
 */
export async function confirmGone(cluster: Cluster, steps: PlanStep[], reach: Reach, judge: Judge): Promise<Confirmation> {
  const unserved = new Set<ObjectId>();
  // A custom resource that was created again is one of ours, too.
  const unanswered = steps.filter((step) => isCustomResource(step.ref) || !judge.isGone(step));
  const own = inTurns(width, unanswered, async (step) => {
    const object = await ifServed(cluster.get(step.ref), () => unserved.add(step.id));
    return object && judge.isOurs(step, object) ? [{ step: step.id, object }] : [];
  });
  const queries = placesOf(steps, reach).flatMap((namespace) =>
    reach.confirmed.map((kind) => ({ ...kind, metadataOnly: true, keep: slim, ...(namespace !== undefined && { namespace }) })),
  );
  const families = inTurns(width, queries, async (query) => (await ifServed(cluster.list(query)))?.items ?? []);
  const [owns, lists] = await Promise.all([own, families]);
  const listed = lists.flat();
  // Twice: a ReplicaSet may be listed after its Pods.
  for (const object of listed) judge.kinshipOf(object);
  const wanted = new Set(steps.map((step) => step.id));
  const made = listed.flatMap((object) => {
    const step = judge.kinshipOf(object)?.step;
    return step && wanted.has(step) && idOf(object) !== step ? [{ step, object }] : [];
  });
  const found = new Map<ObjectId, KubernetesObject[]>();
  for (const { step, object } of [...owns.flat(), ...made]) found.set(step, [...(found.get(step) ?? []), object]);
  const gone = new Set([...wanted].filter((id) => !found.has(id)));
  return { gone, found, unserved: unserved.intersection(gone) };
}

/**
 * Where something of these steps can be left: what makes nothing has left nothing, a workload only in its namespace.
 */
function placesOf(steps: readonly PlanStep[], { namespaces }: Reach): Reach['namespaces'] {
  const makers = steps.filter(({ ref }) => mayHaveDependents(ref));
  if (makers.some(({ ref }) => isCustomResource(ref) || ref.namespace === undefined)) return namespaces;
  return [...new Set(makers.map(({ ref }) => ref.namespace))];
}

/** Undefined when the kind is not served (any more): then there are no such objects. */
async function ifServed<T>(read: Promise<T>, otherwise?: () => void): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (!isCode(error, 'not-found')) throw error;
    otherwise?.();
    return undefined;
  }
}
