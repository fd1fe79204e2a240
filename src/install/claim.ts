/**
 * What proves that a live object is the one that we made. Its UID, once that is recorded; before, a nonce: the status
 * held its SHA-256 before the object was created, and the object carries it. Only the operator writes the status, so
 * nobody else can have made an object with a nonce that fits. Labels, names and other annotations prove nothing:
 * whoever may write the object can write them.
 */
import { createHash } from 'node:crypto';
import { nonceAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';

export type Claim = {
  uid?: string | undefined;
  /** SHA-256 (base64url) of each nonce with which it may have been created. */
  nonces?: readonly string[] | undefined;
};

/** True when the live object is the claimed one. */
export function isClaimed(live: KubernetesObject, { uid, nonces = [] }: Claim): boolean {
  if (uid !== undefined && live.metadata.uid === uid) return true;
  const nonce = live.metadata.annotations?.[nonceAnnotation];
  return nonce !== undefined && nonces.includes(digestOfNonce(nonce));
}

/** As the status holds it. */
export function digestOfNonce(nonce: string): string {
  return createHash('sha256').update(nonce).digest('base64url');
}

/** The object as it is created. */
export function withNonce(object: KubernetesObject, nonce: string): KubernetesObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [nonceAnnotation]: nonce } } };
}
