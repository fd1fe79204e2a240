/** What a stand-in operator does, as its program reads it from a ConfigMap. */
import type { KubernetesObject } from '../../../src/objects/object.ts';

export type Does = {
  /** The kinds that it serves, in every namespace. */
  serves?: Served[];
  /** What it makes when it starts, and makes again when it is gone. */
  makes?: KubernetesObject[];
  /** Its field manager; where none is given the name of its container, as client-go has the name of the binary. */
  writesAs?: string;
  /** Answers webhooks on port 8443, with the certificate in `/tls`, and allows everything. */
  answers?: boolean;
};

type Served = {
  /** `operator.example.com/v1` */
  apiVersion: string;
  plural: string;
  /** That it puts on the custom resources and takes away when their children are gone. */
  finalizer?: string;
  /** How long it takes something down outside of the cluster before it lets a custom resource go. */
  takesSeconds?: number;
  /** Made for each custom resource: `NAME`, `NAMESPACE` and `UID` in them are those of the custom resource. */
  children?: KubernetesObject[];
};
