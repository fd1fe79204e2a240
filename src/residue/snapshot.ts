/**
 * What is in a cluster at one time, as metadata alone: who exists, whose child it is, and which program wrote which of
 * its fields. Two of these, one before and one after an uninstall, are what a receipt is made of.
 *
 * Foreign objects are many: of each only what a receipt can use is kept, and equal parts are stored once.
 */
import type { ObjectId } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';

export type Snapshot = {
  /**
   * The resourceVersion of each list, by resource as in `kubectl api-resources -o name`. Each list is one consistent
   * state; all lists together are not.
   */
  at: Readonly<Record<string, string>>;
  /** By UID: an object of the same name that was made anew is another one. */
  objects: ReadonlyMap<string, SeenObject>;
  /** What could not be listed, in words: `secrets: forbidden for user jane`. It may hold anything. */
  notSeen: readonly string[];
};

/** The metadata of one object. */
export type SeenObject = {
  id: ObjectId;
  /** With its UID. */
  ref: ObjectRef & { uid: string };
  /** `deployments.apps`, as kubectl takes it. */
  resource: string;
  resourceVersion?: string;
  createdAt?: string;
  terminatingSince?: string;
  /** The UIDs of its owners. */
  owners: readonly string[];
  labels: Readonly<Record<string, string>>;
  /** Keys of all annotations. */
  annotations: readonly string[];
  /** Values of the few annotations that name a release or keep an object. */
  marks: Readonly<Record<string, string>>;
  finalizers: readonly string[];
  writers: readonly Writer[];
  /** Of Deployments, DaemonSets and StatefulSets: names of their programs. */
  programs?: readonly string[];
  /** Of the same: their containers with images, without registry and tag: `main=operator`. */
  images?: readonly string[];
  /** Of webhook configurations and APIServices: the Services that they call. */
  backends?: readonly ObjectId[];
  /** Of RoleBindings and ClusterRoleBindings that bind nobody but ServiceAccounts: these. */
  accounts?: readonly ObjectId[];
};

/** One entry of `metadata.managedFields`. */
export type Writer = {
  /** A word that the program chose for itself, by default the name of its binary. */
  manager: string;
  subresource?: string;
  /** When it last changed what it owns. */
  time?: string;
  /**
   * Paths of the fields: `metadata.labels[example.com/ready]`, `spec.taints`, `webhooks[name=a].clientConfig.caBundle`.
   */
  fields: readonly string[];
};
