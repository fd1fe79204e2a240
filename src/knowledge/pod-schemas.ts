/**
 * Whether the objects of a definition describe Pods: their schema has fields of a Pod template. The operator makes Pods
 * of them and is their owner's author, for which it needs the right to their finalizers where owner references are
 * enforced. Of a kind that describes no Pods the same right speaks for finalizers.
 */
import { fieldAt, isMap, listOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';

/** Deep enough for `spec.deployment.spec.template.spec.containers`. */
const mostLevels = 6;

const podFields = new Set([
  'affinity',
  'containers',
  'imagePullSecrets',
  'initContainers',
  'nodeSelector',
  'podSpec',
  'podTemplate',
  'podTemplates',
  'tolerations',
]);

/** @param definition a CustomResourceDefinition */
export function describesPods(definition: KubernetesObject): boolean {
  return listOf(fieldAt(definition.spec, 'versions')).some((version) =>
    hasPodField(fieldAt(version, 'schema', 'openAPIV3Schema', 'properties', 'spec'), mostLevels),
  );
}

function hasPodField(schema: unknown, levels: number): boolean {
  const items = fieldAt(schema, 'items');
  if (items !== undefined) return hasPodField(items, levels);
  const properties = fieldAt(schema, 'properties');
  if (levels === 0 || !isMap(properties)) return false;
  return Object.entries(properties).some(([name, inner]) => podFields.has(name) || hasPodField(inner, levels - 1));
}
