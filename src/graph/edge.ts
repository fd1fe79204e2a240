/**
 * An edge says "`from` needs `to` while `from` lives", with the evidence that proves it. Edges are all that the order
 * of a teardown rests on, so each one can be shown to a person: the rule that found it and the fields that it read.
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
  /**
   * Absent: fields of the objects prove it. `inferred` edges are likely, `broad` ones rest on rights that cover
   * everything. Where an edge would close a cycle it yields to the surer ones: see `yield.ts`.
   */
  certainty?: 'inferred' | 'broad';
  /** The order matters only while both are taken down: a kept `from` does not keep `to`. */
  orderOnly?: true;
};

/** A way to find edges. Pure: looks only at the objects that it is given. */
export type EdgeRule = {
  /** The rule's name, as in its file's name: `service-account`. */
  name: string;
  /** One sentence: what goes wrong if the dependency goes first. Shown to people. */
  why: string;
  find(world: World): Edge[];
};

/**
 * The objects that rules look at, indexed once for all of them. Rules may return edges to absent objects: `buildGraph`
 * drops those.
 */
export interface World {
  readonly objects: readonly KubernetesObject[];
  has(id: ObjectId): boolean;
  /** The identity of an object of this world: always the same string, so that looking it up again is cheap. */
  idOf(object: KubernetesObject): ObjectId;
  byId(id: ObjectId): KubernetesObject | undefined;
  /** All objects of a kind, whatever the version. The core group is ``. */
  ofKind(group: string, kind: string): readonly KubernetesObject[];
  /** Everything that makes Pods, Pods included. */
  readonly workloads: readonly Workload[];
  /** All objects in a namespace. */
  inNamespace(namespace: string): readonly KubernetesObject[];
  byUid(uid: string): KubernetesObject | undefined;
  /** All objects of a kind of whatever group. */
  ofKindInAnyGroup(kind: string): readonly KubernetesObject[];
  /** Workloads of a namespace whose Pods carry all these labels. Without labels: all of the namespace. */
  workloadsWithLabels(namespace: string, labels: Record<string, string>): readonly Workload[];
  /** Workloads that run as this account. */
  workloadsOfAccount(namespace: string, serviceAccount: string): readonly Workload[];
  workloadsInNamespace(namespace: string): readonly Workload[];
  /** The CustomResourceDefinition in the set that serves this kind. */
  crdOf(group: string, kind: string): KubernetesObject | undefined;
  /**
   * A field of an object for an error message, from the outermost document on:
   * `spec.components[1].objects[0].metadata.name`.
   */
  fieldOf(id: ObjectId, field: string): string;
  /**
   * Whether a reference in an annotation that means nothing is an error: in a document that a person wrote, not in a
   * live cluster.
   */
  readonly refusesWrongReferences: boolean;
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
  /** The field that names the account, or would. */
  serviceAccountPath: string;
};

/** A named group of objects with `dependsOn`, as in a ClusterOperator. */
export type Component = { name: string; dependsOn: string[]; objects: ObjectId[] };

/** Objects, the components that they came in, and every edge found among them. */
export type Graph = {
  objects: Map<ObjectId, KubernetesObject>;
  components: Component[];
  edges: Edge[];
  /** Edges that were left out because they would have closed a cycle with surer ones. */
  yielded?: Edge[];
};
