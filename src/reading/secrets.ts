/**
 * What must never be carried around, and what nobody needs: values of Secrets go as soon as an object is read, their
 * keys stay.
 */
import { fieldAt, isMap, listOf, mapOf } from '../objects/fields.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object without the values of a Secret. The annotation of `kubectl apply` repeats them, so it goes too. */
export function withoutSecretValues(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Secret' || groupOf(object.apiVersion) !== '') return object;
  const emptied = Object.fromEntries(
    ['data', 'stringData'].flatMap((field) => {
      const values = object[field];
      return isMap(values) ? [[field, Object.fromEntries(Object.keys(values).map((key) => [key, '']))]] : [];
    }),
  );
  return { ...object, ...emptied, metadata: withoutLastApplied(object.metadata) };
}

/**
 * A live object with only what a preview reads: no values of Secrets and ConfigMaps, no schemas of definitions, no
 * images of nodes, and of the field managers only who they are and who has set finalizers. Of ten thousand objects that
 * is a small part.
 */
export function slim(object: KubernetesObject): KubernetesObject {
  const { managedFields, ...metadata } = withoutLastApplied(object.metadata);
  const managers = listOf(managedFields).map(withoutFields);
  const slimmed: KubernetesObject = {
    ...object,
    metadata: { ...metadata, ...(managers.length > 0 && { managedFields: managers }) },
  };
  switch (`${groupOf(object.apiVersion)}/${object.kind}`) {
    case '/Secret':
      return withoutSecretValues(slimmed);
    case '/ConfigMap': {
      const { data: _, binaryData: __, ...rest } = slimmed;
      return rest;
    }
    case '/Node':
      return { ...slimmed, status: { ...mapOf(object.status), images: [] } };
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return { ...slimmed, spec: withoutSchemas(mapOf(object.spec)) };
    default:
      return slimmed;
  }
}

function withoutLastApplied(metadata: KubernetesObject['metadata']): KubernetesObject['metadata'] {
  if (metadata.annotations?.[lastApplied] === undefined) return metadata;
  const { [lastApplied]: _, ...annotations } = metadata.annotations;
  return { ...metadata, annotations };
}

function withoutFields(entry: unknown): unknown {
  const finalizers = fieldAt(entry, 'fieldsV1', 'f:metadata', 'f:finalizers');
  return { ...mapOf(entry), fieldsV1: finalizers === undefined ? {} : { 'f:metadata': { 'f:finalizers': finalizers } } };
}

/** An open schema in the place of each: the simulated cluster must take the objects as they are. */
function withoutSchemas(spec: Record<string, unknown>): Record<string, unknown> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return { ...spec, versions: listOf(spec.versions).map((version) => ({ ...mapOf(version), schema })) };
}
