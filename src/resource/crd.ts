/**
 * The CustomResourceDefinition, made from the schema, so that what is checked at apply time and what the operator reads
 * cannot drift apart.
 */
import * as z from 'zod';
import type { KubernetesObject } from '../objects/object.ts';
import { clusterOperatorSchema } from './cluster-operator.ts';

/** Making it takes as long as a whole small teardown on the simulated cluster. */
let made: KubernetesObject | undefined;

/** `clusteroperators.bookend.dev` as an apiextensions.k8s.io/v1 object. */
export function clusterOperatorCrd(): KubernetesObject {
  made ??= definition();
  return structuredClone(made);
}

function definition(): KubernetesObject {
  const schema = structural(z.toJSONSchema(clusterOperatorSchema, { target: 'openapi-3.0', io: 'input' }));
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    // By this label the guard finds it when all definitions are deleted at once.
    metadata: { name: 'clusteroperators.bookend.dev', labels: { 'app.kubernetes.io/name': 'bookend' } },
    spec: {
      group: 'bookend.dev',
      scope: 'Cluster',
      names: {
        kind: 'ClusterOperator',
        listKind: 'ClusterOperatorList',
        plural: 'clusteroperators',
        singular: 'clusteroperator',
        shortNames: ['clop'],
        categories: ['bookend'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            column('Phase', 'string', '.status.phase', 'Phase of the ClusterOperator'),
            column('Progress', 'string', '.status.progress', 'Ready objects of all objects; during a teardown, gone objects'),
            column(
              'Ready',
              'string',
              '.status.conditions[?(@.type=="Ready")].status',
              'Whether everything is installed and ready',
              1,
            ),
            column('Blocker', 'string', '.status.blocker', 'What Bookend waits for'),
            column('Age', 'date', '.metadata.creationTimestamp', 'Time since its creation'),
          ],
          schema: {
            openAPIV3Schema: {
              description:
                'A group of objects that Bookend installs in the order in which they need each other, keeps as in the spec, and deletes in the reverse order.',
              type: 'object',
              required: ['spec'],
              'x-kubernetes-validations': [
                {
                  rule: 'size(self.metadata.name) <= 63',
                  message: 'the name is used as a label value and may have 63 characters at most',
                },
              ],
              properties: {
                apiVersion: { type: 'string', description: 'Version of this schema.' },
                kind: { type: 'string', description: 'ClusterOperator.' },
                metadata: { type: 'object' },
                ...(schema as { properties: object }).properties,
              },
            },
          },
        },
      ],
    },
  };
}

function column(name: string, type: string, jsonPath: string, description: string, priority = 0) {
  return { name, type, jsonPath, description, ...(priority > 0 && { priority }) };
}

/**
 * A structural schema in the sense of the API server: no `$schema`, no `additionalProperties: false` (unknown fields
 * are pruned anyway), and no bounds that only say "a safe integer".
 */
function structural(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structural);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, entry]) =>
      key !== '$schema' &&
      key !== 'id' &&
      !(key === 'additionalProperties' && entry === false) &&
      !((key === 'minimum' || key === 'maximum') && Math.abs(Number(entry)) === Number.MAX_SAFE_INTEGER),
  );
  return Object.fromEntries(entries.map(([key, entry]) => [key, structural(entry)]));
}
