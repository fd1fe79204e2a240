/**
 * What is kept of a live object between two decisions: who it is, whether somebody changed it, and whether it is ready.
 * Not its body.
 */
import type { KubernetesObject } from '../objects/object.ts';
import { fingerprint } from './fingerprint.ts';
import { notReady } from './readiness.ts';

export type Sketch = KubernetesObject & {
  fingerprint: string;
  /** Absent: it is ready. */
  notReady?: string;
};

export function sketchOf(object: KubernetesObject): Sketch {
  const { name, namespace, uid, resourceVersion, deletionTimestamp } = object.metadata;
  const missing = notReady(object);
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    },
    fingerprint: fingerprint(object),
    ...(missing !== undefined && { notReady: missing }),
  };
}
