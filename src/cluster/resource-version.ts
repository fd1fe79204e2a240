/**
 * Which of two states of one object is the older one. Relies on resourceVersions of one kind being comparable as
 * numbers.
 */
import type { KubernetesObject } from '../objects/object.ts';

/** Longer is larger: resourceVersions have no leading zeros and may exceed what a double holds. */
export function isOlder(one: KubernetesObject, other: KubernetesObject): boolean {
  const [a, b] = [one.metadata.resourceVersion ?? '0', other.metadata.resourceVersion ?? '0'];
  return a.length === b.length ? a < b : a.length < b.length;
}
