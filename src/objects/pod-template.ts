/**
 * Where the Pod template of a built-in kind is. Other kinds do not count: a custom resource of kind Job or CronJob
 * (several public charts have one) may contain anything at the same path.
 */
import { fieldAt, isMap, textMapOf, textOf } from './fields.ts';
import { groupOf } from './identity.ts';
import type { KubernetesObject } from './object.ts';

export type PodTemplate = {
  /** The Pod spec as it stands in the object: the same reference, not a copy. */
  spec: Record<string, unknown>;
  /** Labels that the Pods will have. */
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Where the spec stands: `spec.template.spec`, or `spec` for a Pod. */
  specPath: string;
  /** Where labels and annotations stand: `spec.template.metadata`, or `metadata` for a Pod. */
  metadataPath: string;
  /** `serviceAccountName`, else the older `serviceAccount`, else `default`, as the API server defaults it. */
  serviceAccount: string;
  /** The field that names the account, or would. */
  serviceAccountPath: string;
};

/** The Pod template of a workload, or undefined when the object is none. */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
  const parent = templateParents.get(`${groupOf(object.apiVersion)}/${object.kind}`);
  if (parent === undefined) return undefined;
  const holder = parent.length === 0 ? object : fieldAt(object, ...parent);
  const spec = fieldAt(holder, 'spec');
  if (!isMap(spec)) return undefined;
  const prefix = parent.length === 0 ? '' : `${parent.join('.')}.`;
  const older = textOf(spec.serviceAccountName) === undefined && textOf(spec.serviceAccount) !== undefined;
  return {
    spec,
    labels: textMapOf(fieldAt(holder, 'metadata', 'labels')),
    annotations: textMapOf(fieldAt(holder, 'metadata', 'annotations')),
    specPath: `${prefix}spec`,
    metadataPath: `${prefix}metadata`,
    serviceAccount: textOf(spec.serviceAccountName) ?? textOf(spec.serviceAccount) ?? 'default',
    serviceAccountPath: `${prefix}spec.${older ? 'serviceAccount' : 'serviceAccountName'}`,
  };
}

/** True for the built-in kinds that make Pods, and for Pod itself. */
export function isWorkloadKind(group: string, kind: string): boolean {
  return templateParents.has(`${group}/${kind}`);
}

const inTemplate = ['spec', 'template'];
const templateParents = new Map<string, string[]>([
  ['/Pod', []],
  ['/ReplicationController', inTemplate],
  ['apps/Deployment', inTemplate],
  ['apps/StatefulSet', inTemplate],
  ['apps/DaemonSet', inTemplate],
  ['apps/ReplicaSet', inTemplate],
  ['batch/Job', inTemplate],
  ['batch/CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
]);
