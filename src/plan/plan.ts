/**
 * The plan: for each object, whose being gone it waits for. Made once from the graph when a teardown starts, persisted,
 * and never recomputed half-way: what is left of a graph while it is being taken down would give another order.
 */
import type { ObjectId } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';

export type PlanStep = {
  id: ObjectId;
  ref: ObjectRef;
  /** The component it belongs to, where the objects came from a ClusterOperator. */
  component?: string;
  /**
   * `delete`: we delete it when its turn comes. `await`: somebody else's, which needs one of ours; we only wait for it.
   * `keep`: honoured by policy, never deleted; whatever it needs is kept too. `barrier`: no object at all but "every
   * object of this component is gone"; it keeps `dependsOn` between large components from needing an entry for each
   * pair of objects. Its ref is kind Component of bookend.dev/v1alpha1.
   */
  mode: 'delete' | 'await' | 'keep' | 'barrier';
  /** Why it is kept, or why it is waited for. */
  reason?: string;
  /** Steps that must be gone before this one is deleted: its direct dependents. */
  after: ObjectId[];
  /**
   * The workloads that serve this custom resource (rule `controller`): a blocker names them when its finalizers stay.
   */
  servedBy?: ObjectId[];
  /**
   * For a CustomResourceDefinition: the kind whose objects go before it, those included that appear only after the plan
   * was made.
   */
  defines?: { apiVersion: string; kind: string };
  /**
   * UIDs of what stands between the object and its Pods, such as a Deployment's ReplicaSets: with the object they may
   * go before the Pods do, and prove whose those are all the same.
   */
  between?: string[];
};

/** Steps in an order that is right when followed one by one: every step stands behind all that it waits for. */
export type Plan = { steps: PlanStep[] };
