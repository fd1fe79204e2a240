/** Which Pods hold a PersistentVolumeClaim. */
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';

/**
 * Any Pod with a node that names the claim holds it; one that waits for a node does not
 * (`pvc_protection_controller.go`).
 */
export function usesClaim(pod: KubernetesObject, claim: string): boolean {
  if (textOf(fieldAt(pod, 'spec', 'nodeName')) === undefined) return false;
  return listOf(fieldAt(pod, 'spec', 'volumes')).some((volume) => {
    if (fieldAt(volume, 'ephemeral') !== undefined) return `${pod.metadata.name}-${textOf(fieldAt(volume, 'name'))}` === claim;
    return fieldAt(volume, 'persistentVolumeClaim', 'claimName') === claim;
  });
}
