/**
 * An edge says "`from` needs `to` while `from` lives", with the evidence that proves it. Edges are all that the order of a teardown
 * rests on, so each one can be shown to a person: the rule that found it and the fields that it read.
 */

import type { ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';

/** One field of one object that proves an edge. */
export type Evidence = {
  object: ObjectId;
  /** `spec.template.spec.serviceAccountName`; as `kubectl explain` writes it, with indexes. */
  field: string;
  /** What stands there, when it is short and not secret. */
  value?: string;
};

export type Edge = {
  /** The dependent. */
  from: ObjectId;
  /** The dependency: deleted after `from` is gone. */
  to: ObjectId;
  /** Name of the rule that found it. */
  rule: string;
  evidence: Evidence[];
};

/** A way to find edges. Pure: looks only at the objects that it is given. */
export type EdgeRule = {
  /** The rule's name, as in its file's name: `service-account`. */
  name: string;
  /** One sentence: what goes wrong if the dependency goes first. Shown to people. */
  why: string;
  find(world: World): Edge[];
};

/** The objects that rules look at, indexed once for all of them. */
export interface World {
  readonly objects: readonly KubernetesObject[];
  byId(id: ObjectId): KubernetesObject | undefined;
  /** All objects of a kind, whatever the version. The core group is ``. */
  ofKind(group: string, kind: string): readonly KubernetesObject[];
  /** Everything that makes Pods, Pods included. */
  readonly workloads: readonly Workload[];
  /** All objects in a namespace. */
  inNamespace(namespace: string): readonly KubernetesObject[];
}

/** An object with a Pod template (or a Pod itself), with the template's place in it. */
export type Workload = {
  object: KubernetesObject;
  id: ObjectId;
  namespace: string;
  /** The Pod spec as it stands in the object. */
  podSpec: Record<string, unknown>;
  /** Labels that the Pods will have. */
  podLabels: Record<string, string>;
  /** Where the Pod spec stands: `spec.template.spec`, `spec.jobTemplate.spec.template.spec`, or `spec` for a Pod. */
  podSpecPath: string;
  /** `serviceAccountName`, the older `serviceAccount`, or `default`. */
  serviceAccount: string;
};

/** A named group of objects with `dependsOn`, as in a ClusterOperator. */
export type Component = { name: string; dependsOn: string[]; objects: ObjectId[] };

/** Objects, the components that they came in, and every edge found among them. */
export type Graph = {
  objects: Map<ObjectId, KubernetesObject>;
  components: Component[];
  edges: Edge[];
};
