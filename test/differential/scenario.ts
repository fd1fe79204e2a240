/**
 * One story to be told on the simulated and on a real cluster: what is there, what is done, which objects are watched
 * meanwhile. Plain data: wherever a text holds `NS`, the scenario's own namespace is put in its place, and
 * cluster-scoped names begin with it, so that scenarios run side by side.
 */
import type { DeleteOptions, JsonPatchOperation } from '../../src/cluster/port.ts';
import type { KubernetesObject, ObjectRef } from '../../src/objects/object.ts';
import { withCertificates } from './webhook-server.ts';

export type Ref = Pick<ObjectRef, 'apiVersion' | 'kind' | 'name'> & { namespace?: string };

export type Step =
  | { create: KubernetesObject; as?: string }
  | ({ delete: Ref; as?: string } & DeleteOptions)
  /** JSON merge patch. */
  | { merge: Ref; with: Record<string, unknown>; as?: string; subresource?: string }
  | { json: Ref; operations: JsonPatchOperation[]; as?: string }
  /** Waits for the object. `running`: a Pod of that name runs and is ready. */
  | { until: Ref; is: 'gone' | 'there' | 'terminating' | 'ready' }
  /** Deletes the Pods with the label `app`. */
  | { deletePodsOf: string; gracePeriodSeconds?: number }
  /** Waits until there are so many Pods with the label `app`, all ready. */
  | { untilPodsOf: string; are: number }
  /** Waits until no object of the kind is left in the scenario's namespace. */
  | { untilNone: Pick<Ref, 'apiVersion' | 'kind'> }
  /** Waits until no container of the Pod runs any more. */
  | { untilEnded: Ref }
  /** Lets so many milliseconds pass: for what must not happen. */
  | { pass: number }
  /** Writes down what the object holds at a path, texts sorted. */
  | { read: Ref; path: string[] }
  /** Writes down in which order the Pod's containers ended, sidecars among them. */
  | { readEnds: Ref }
  /** Writes down whether the API server can be asked for it: `there`, `absent`, or the refusal. */
  | { ask: Ref };

export type Scenario = {
  /** A sentence about behaviour, and the scenario's name. */
  name: string;
  /** There before anything is watched: definitions established, workloads ready. */
  given?: KubernetesObject[];
  /** Kinds whose objects are watched, besides those that are named in `given` and `steps`. */
  watch?: Pick<Ref, 'apiVersion' | 'kind'>[];
  steps: Step[];
  /**
   * Pairs of happenings, the first before the second: `gone Pod/web-*`. Compared in the order of resourceVersions,
   * exact on both.
   */
  order?: [string, string][];
  /**
   * Where it is left to chance which of two controllers comes first: lives of one object, as `livesOf` writes them,
   * that are all right.
   */
  eitherLife?: string[][];
  /** Reasons of Events that must be recorded for the same objects. */
  events?: string[];
  /** What webhooks refuse while they are alive; the real ones are told by the arguments of their Pods. */
  refuses?: { webhook: string; operation: string; message: string }[];
};

/** The scenario with its namespace in every place. */
export function placed(scenario: Scenario, namespace: string): Scenario {
  return JSON.parse(withCertificates(JSON.stringify(scenario), namespace).replaceAll(/\bNS\b/g, namespace)) as Scenario;
}

/** The scenario's namespace: short, and the same on both clusters. */
export function namespaceOf({ name }: Scenario, index: number): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .split('-')
    .filter((word) => word.length > 2);
  return `diff-${index}-${words.slice(0, 3).join('-')}`.slice(0, 40).replace(/-$/, '');
}
