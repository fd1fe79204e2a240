/**
 * What the annotations of live objects count for where there is no spec: in a deletion that a person or a hook asks
 * for. Whoever may change an object's metadata can write them, so none of them decides in silence. An order is not
 * taken from them: it would come from a tenant, who could close a circle. An object that asks to be kept is not deleted
 * against its annotation, since that cannot be undone; but nobody calls the deletion complete either, since a right
 * that is kept in silence is a right that outlives its uninstall.
 */
import { directivesOn, withoutDirectives } from '../objects/directives.ts';
import { adoptAnnotation, controllerAnnotation, dependsOnAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { keepReason } from '../objects/policies.ts';

/** `Refuse`: nothing is deleted. `Keep`: it stays, with what it needs. `Delete`: the annotation counts for nothing. */
export type OnKeep = 'Refuse' | 'Keep' | 'Delete';

export type Ignored = { object: KubernetesObject; annotations: string[] };

/** Never obeyed on a live object. */
const orders = [adoptAnnotation, controllerAnnotation, dependsOnAnnotation];

/** The objects as a plan may see them. */
export function withoutLiveDirectives(objects: readonly KubernetesObject[], onKeep: OnKeep): KubernetesObject[] {
  return objects.map((object) => withoutDirectives(object, onKeep === 'Delete' ? undefined : orders));
}

/** What is written on them and not obeyed. */
export function ignoredDirectives(objects: readonly KubernetesObject[], onKeep: OnKeep): Ignored[] {
  return objects.flatMap((object) => {
    const isKept = onKeep === 'Delete' && keepReason(object) !== undefined;
    const annotations = directivesOn(object).filter((name) => isKept || orders.includes(name));
    return annotations.length > 0 ? [{ object, annotations }] : [];
  });
}
