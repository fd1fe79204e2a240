/**
 * What the rules read of an object beyond its metadata. Of ConfigMaps it is nothing, and of Secrets the type of those
 * that may hold the token of a ServiceAccount: so neither needs to be read whole, and no values leave the cluster.
 */
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { tokenAccountAnnotation } from './rules/token-secret.ts';

/** Whether the metadata of all objects of a kind is enough. */
export function isBodiless({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): boolean {
  return groupOf(apiVersion) === '' && kind === 'ConfigMap';
}

/** Whether a Secret must be read whole, by its metadata. */
export function mayHoldToken({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.[tokenAccountAnnotation] !== undefined;
}
