/**
 * One thing that people have reported of uninstalls, told again with a chart and a small operator of our own: what is
 * installed, what is in the cluster besides, how it is uninstalled, and what the preview must say of it. Whether that
 * is true is not written down here: the real uninstall decides.
 */
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { Tool } from '../../src/uninstall/scenario.ts';

/**
 * Where a situation takes place. Everything that is in no namespace carries `name` at the beginning of its own, so that
 * many can share a cluster.
 */
export type Place = {
  /** Of the release, and the beginning of cluster-scoped names: `corpus-many-finalizers-helm4`. */
  name: string;
  /** The release's. */
  namespace: string;
  /** A second one, for what is not the release's. */
  elsewhere: string;
  /** Of the situation's custom resources: a group that no other situation has had. */
  group: string;
};

export type Situation = {
  /** In kebab-case, short. */
  key: string;
  /** A sentence, and the name of the test. */
  says: string;
  /** The threads in which people told it: `owner/repository#number`. */
  reported: readonly string[];
  /** What the chart's templates make. */
  chart: (place: Place) => KubernetesObject[];
  /** What is in its `crds/` directory. */
  crds?: (place: Place) => KubernetesObject[];
  /** What is there before the release is installed. */
  before?: (place: Place) => KubernetesObject[];
  /** What people make when it is installed: custom resources. */
  after?: (place: Place) => KubernetesObject[];
  /** What the program of the stand-in operators does; no manifest shows it, as with any operator's. */
  does?: (place: Place) => Does;
  /** Exists before the uninstall begins, made by the operator. Ids as `idOf` writes them. */
  untilThere?: (place: Place) => string[];
  /** The garbage collector must know the custom resources, because their children are left to it. */
  collected?: (place: Place) => Pick<KubernetesObject, 'apiVersion' | 'kind'>;
  /** What no preview can know, in the words of the verdict: `left Secret/…`. It is counted as missed. */
  missed?: (place: Place) => string[];
  /**
   * What a real cluster leaves to chance, in the words of the verdict: it may be missed, and it may not be there. The
   * comment says why.
   */
  chance?: (place: Place) => string[];
  /** It stops namespaces that are not its own from ending, so that nothing else may be played meanwhile. */
  alone?: boolean;
  runs: readonly Run[];
};

export type Run = {
  tool: Extract<Tool, 'helm4' | 'helm3' | 'kubectl' | 'namespace'>;
  /** Flags of the tool that the preview knows too. */
  flags?: readonly ('--wait' | '--no-hooks')[];
  /** Helm's, in seconds. */
  timeoutSeconds?: number;
  /** What the preview says: how it ends, and the rules of its errors and warnings, in alphabetical order. */
  foretold: { outcome: 'succeeded' | 'failed' | 'hangs'; errors: readonly string[]; warnings?: readonly string[] };
};

/** The same of either Helm. */
export const ofBothHelms = (foretold: Run['foretold']): Run[] => [
  { tool: 'helm4', foretold },
  { tool: 'helm3', foretold },
];

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

export type Served = {
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

/**
 * While definitions come and go the garbage collector stands still again and again, for as long as it waits for what it
 * has just begun to watch, and what goes meanwhile it may never notice. What is left to it is played when nothing else
 * is.
 */
export function isAlone({ alone = false, collected }: Situation): boolean {
  return alone || collected !== undefined;
}
