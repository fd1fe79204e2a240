/**
 * JSON schemas of our custom resource, for kubeconform and editors: the schema of the CustomResourceDefinition, which
 * refuses unknown fields as `kubectl apply` does with server-side validation.
 */
import * as z from 'zod';
import { clusterOperatorCrd } from '../../src/resource/crd.ts';
import { type Artifact, writeArtifact } from './artifact.ts';

type Schema = Record<string, unknown>;

/** Named as kubeconform asks for it: `{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`. */
export function packSchemas(out: string): Artifact[] {
  const schema = clusterOperatorJsonSchema();
  const artifact = writeArtifact(out, 'clusteroperator_v1alpha1.json', `${JSON.stringify(schema, undefined, 2)}\n`);
  verify(schema);
  artifact.verified.push('a valid and an invalid object');
  return [artifact];
}

export function clusterOperatorJsonSchema(): Schema {
  const { spec } = clusterOperatorCrd() as unknown as { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };
  const schema = strict(spec.versions[0]?.schema.openAPIV3Schema ?? {});
  const properties = schema.properties as Record<string, Schema>;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'ClusterOperator (bookend.dev/v1alpha1)',
    ...schema,
    properties: {
      ...properties,
      apiVersion: { type: 'string', enum: ['bookend.dev/v1alpha1'] },
      kind: { type: 'string', enum: ['ClusterOperator'] },
      metadata: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    },
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
  };
}

/** Without the words that only Kubernetes knows. Objects with listed fields take no others unless they say so. */
function strict(node: Schema): Schema {
  const known = Object.entries(node).filter(([key]) => !key.startsWith('x-kubernetes-'));
  const isOpen = node['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in node;
  return {
    ...Object.fromEntries(known.map(([key, value]) => [key, strictly(key, value)])),
    ...('properties' in node && !isOpen && { additionalProperties: false }),
  };
}

function strictly(key: string, value: unknown): unknown {
  if (key === 'properties') return mapValues(value as Record<string, Schema>, strict);
  if (key === 'items' || key === 'additionalProperties') return typeof value === 'object' ? strict(value as Schema) : value;
  return ['allOf', 'anyOf', 'oneOf'].includes(key) ? (value as Schema[]).map(strict) : value;
}

function mapValues(map: Record<string, Schema>, change: (value: Schema) => Schema): Record<string, Schema> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function verify(schema: Schema): void {
  const reader = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  const component = { name: 'a', objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }] };
  const object = { apiVersion: 'bookend.dev/v1alpha1', kind: 'ClusterOperator', metadata: { name: 'x' } };
  reader.parse({ ...object, spec: { namespace: 'x', components: [component] } });
  if (reader.safeParse({ ...object, spec: { namespace: 'x', componets: [component] } }).success) {
    throw new Error('The schema accepts a misspelt field');
  }
}
