/** From a custom resource to the resource that roles and URLs name. */
import { fieldAt, textOf } from '../../objects/fields.ts';
import { groupOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCrd } from '../../objects/scopes.ts';
import type { World } from '../edge.ts';

/** The resource of a custom resource's kind, or the one that a CustomResourceDefinition defines. */
export function resourceOf(object: KubernetesObject, world: World): { group: string; resource: string } {
  const crd = isCrd(object) ? object : world.crdOf(groupOf(object.apiVersion), object.kind);
  const group = textOf(fieldAt(crd, 'spec', 'group')) ?? groupOf(object.apiVersion);
  return { group, resource: textOf(fieldAt(crd, 'spec', 'names', 'plural')) ?? guessedPlural(object.kind) };
}

/**
 * For a kind whose CustomResourceDefinition is not at hand: as apimachinery's `UnsafeGuessKindToResource` does it, but
 * for `gateways`, which that calls `gatewaies`.
 */
export function guessedPlural(kind: string): string {
  const singular = kind.toLowerCase();
  if (/(s|x|ch|sh)$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
