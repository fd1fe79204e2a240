import type { Cluster } from '../cluster/port.ts';

/** A cluster that is open. */
export type Connected = {
  cluster: Cluster;
  /** The namespace of the kubeconfig's context or of the Pod that we run in; `default` when neither names one. */
  namespace: string;
};
