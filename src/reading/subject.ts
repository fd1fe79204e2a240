/**
 * What is to be uninstalled and what is around it, as plain data, whether it was read from files, a chart, a release or
 * a live cluster.
 */
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';

/** Where an object was written down. */
export type Origin = {
  file?: string;
  /** From 1: where the object's content begins. */
  line?: number;
  /** The template, as Helm's `# Source:` comment names it. */
  source?: string;
};

/** An object with its namespace filled in (`normalise`), and where it was written. */
export type Given = { object: KubernetesObject; origin?: Origin };

export type Subject = {
  from: 'release' | 'chart' | 'files' | 'namespace';
  /** Of the release, the chart, the namespace; of files, their names. */
  name: string;
  /** Of files: the flags that name them, as they were typed. */
  flags?: readonly string[];
  /** Where the release is, or the default of objects that name no namespace. */
  namespace: string;
  /** What the uninstall is told to delete: a release's stored manifest, the files. Hooks are not in it. */
  objects: readonly Given[];
  /** Objects with `helm.sh/hook`. */
  hooks: readonly Given[];
  /** Of a chart's `crds/` directory: installed by Helm and never deleted by it. */
  crds: readonly Given[];
  surroundings: Surroundings;
};

/** Everything else that matters to the uninstall and exists, or that must be supposed to. */
export type Surroundings = {
  /**
   * cluster: read from a live one, so that what is absent from `objects` was looked for. supposed: nothing is known
   * beyond the manifests.
   */
  from: 'cluster' | 'supposed';
  /** The server's version, `v1.37.2`, where it is known. */
  version?: string;
  /**
   * Children, custom resources, webhooks and API services that catch them, holders of roles, Pods, namespaces, nodes:
   * as they are, with UIDs and finalizers.
   */
  objects: readonly KubernetesObject[];
  /**
   * What could not be looked at, in words: `widgets.example.com: forbidden for user jane`. It may be there; nothing is
   * concluded from its absence.
   */
  notSeen: readonly string[];
};

/** Each once: as it is in the cluster, else as it is written. */
export function objectsOf({ objects, hooks, crds, surroundings }: Subject): KubernetesObject[] {
  const found = new Map<ObjectId, KubernetesObject>();
  for (const object of [...surroundings.objects, ...[...objects, ...hooks, ...crds].map((given) => given.object)]) {
    const id = idOf(object);
    if (!found.has(id)) found.set(id, object);
  }
  return [...found.values()];
}
