/**
 * Tells whether somebody changed an object since we applied it. The fingerprint leaves out what controllers write all
 * the time; when it differs, the object is applied again, and that changes nothing on the server when nothing of ours
 * had changed.
 */
import { createHash } from 'node:crypto';
import { nonceAnnotation } from '../objects/names.ts';
import type { KubernetesObject, ObjectMeta } from '../objects/object.ts';

/** Metadata that changes without anybody touching the object's meaning. */
const volatile = new Set(['resourceVersion', 'managedFields', 'generation']);

/** Two objects with the same fingerprint differ only in status, resourceVersion and managed fields. */
export function fingerprint(object: KubernetesObject): string {
  const { status: _, metadata, ...rest } = object;
  const kept = Object.fromEntries(Object.entries(withoutNonce(metadata)).filter(([key]) => !volatile.has(key)));
  return digestOf({ ...rest, metadata: kept });
}

/** The first apply takes the nonce of the creation away: no change of anything. */
function withoutNonce(metadata: ObjectMeta): ObjectMeta {
  if (metadata.annotations?.[nonceAnnotation] === undefined) return metadata;
  const { annotations, ...rest } = metadata;
  const { [nonceAnnotation]: _, ...others } = annotations;
  return Object.keys(others).length > 0 ? { ...rest, annotations: others } : rest;
}

/** The same for what is the same but for the order of keys. */
export function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('base64url');
}

/** With the keys of every map in order, since two answers of the server may differ in it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted((value as Record<string, unknown>)[key])]),
  );
}
