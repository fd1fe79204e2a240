import type { Cluster } from '../cluster/port.ts';
import type { ObjectRef } from '../objects/object.ts';

/** A cluster that is open. */
export type Connected = {
  cluster: Cluster;
  /** The namespace of the kubeconfig's context or of the Pod that we run in; `default` when neither names one. */
  namespace: string;
  /** The last lines that a container of a Pod has printed. */
  readLog?(pod: ObjectRef, container: string): Promise<string>;
};
