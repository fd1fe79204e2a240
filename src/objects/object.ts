/**
 * Any Kubernetes object as plain data. Everything Bookend thinks about is made of these; unknown fields are kept as
 * they are, so that what is read can be written back without loss.
 */

/** `metadata.ownerReferences[]` (apimachinery `OwnerReference`). */
export type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};

/** `metadata` (apimachinery `ObjectMeta`), the fields that Bookend reads. */
export type ObjectMeta = {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  [field: string]: unknown;
};

export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
};

/**
 * Names one object. `uid` tells this very object from a later one of the same name. Cluster-scoped objects have no
 * namespace.
 */
export type ObjectRef = {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  uid?: string;
};
