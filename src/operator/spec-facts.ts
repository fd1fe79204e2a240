/**
 * What a teardown must remember of a spec, which may be large: how the objects are grouped, and what their author said
 * is to become of them.
 */
import { directiveAnnotations, withDirectivesOf } from '../objects/directives.ts';
import { idOf, idOfRef, type ObjectId } from '../objects/identity.ts';
import { keepAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { normalise } from '../objects/scopes.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import type { InventoryItem } from '../resource/status/inventory.ts';

export type SpecFacts = {
  components: readonly { name: string; dependsOn: readonly string[] }[];
  componentOf: ReadonlyMap<ObjectId, string>;
  /** Of each object of the spec, and of each that left it, its identity and its directives. */
  written: ReadonlyMap<ObjectId, KubernetesObject>;
};

export function specFactsOf({ spec }: ClusterOperator, inventory: readonly InventoryItem[]): SpecFacts {
  const componentOf = new Map<ObjectId, string>(
    inventory.flatMap((item) => (item.component === undefined ? [] : [[idOfRef(item), item.component] as const])),
  );
  const written = writtenOf(inventory);
  for (const component of spec.components) {
    for (const object of normalised(component.objects as KubernetesObject[], spec.namespace)) {
      componentOf.set(idOf(object), component.name);
      written.set(idOf(object), onlyDirectives(object));
    }
  }
  const components = spec.components.map(({ name, dependsOn = [] }) => ({ name, dependsOn }));
  return { components, componentOf, written };
}

/**
 * The live objects with the directives of the spec in place of their own: whoever may change an object's metadata is
 * not its author.
 */
export function withWritten(
  live: readonly KubernetesObject[],
  written: ReadonlyMap<ObjectId, KubernetesObject>,
): KubernetesObject[] {
  return live.map((object) =>
    withDirectivesOf(object, written.get(idOf(object)) ?? { ...object, metadata: { name: object.metadata.name } }),
  );
}

/** What the inventory remembers of objects that left the spec: whether they stay. */
export function writtenOf(inventory: readonly InventoryItem[]): Map<ObjectId, KubernetesObject> {
  return new Map(
    inventory.map((item) => {
      const { apiVersion, kind, name, namespace, keep } = item;
      const annotations = keep ? { annotations: { [keepAnnotation]: 'true' } } : {};
      return [idOfRef(item), { apiVersion, kind, metadata: { name, ...(namespace && { namespace }), ...annotations } }];
    }),
  );
}

function normalised(objects: readonly KubernetesObject[], namespace: string | undefined): KubernetesObject[] {
  return normalise(objects, namespace === undefined ? {} : { defaultNamespace: namespace });
}

function onlyDirectives({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const { name, namespace, annotations = {} } = metadata;
  const directives = Object.entries(annotations).filter(([key]) => directiveAnnotations.includes(key));
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }), annotations: Object.fromEntries(directives) } };
}
