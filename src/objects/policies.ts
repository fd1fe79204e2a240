/**
 * Objects that their author wants to keep after the teardown. Bookend honours this everywhere, and always lists them.
 */
import { helmResourcePolicyAnnotation, keepAnnotation } from './names.ts';
import type { KubernetesObject } from './object.ts';

/**
 * Why the object must be kept, or undefined. Helm knows one value of its annotation, `keep`
 * (`pkg/action/resource_policy.go`, compared after lowering case and trimming); any other value means nothing.
 */
export function keepReason(object: KubernetesObject): string | undefined {
  const annotations = object.metadata.annotations;
  if (annotations?.[keepAnnotation] === 'true') return `annotation ${keepAnnotation}: "true"`;
  const policy = annotations?.[helmResourcePolicyAnnotation];
  if (typeof policy === 'string' && policy.trim().toLowerCase() === 'keep')
    return `annotation ${helmResourcePolicyAnnotation}: keep`;
  return undefined;
}
