/**
 * Flux: helm-controller uninstalls a release as Helm does, waiting for all of it unless told otherwise;
 * kustomize-controller prunes the objects of files in the reverse of its own order of kinds and waits for nothing
 * (`fluxcd/pkg/ssa`, `sort.go`).
 */
import { BookendError } from '../errors.ts';
import { textOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { helm4 } from './helm.ts';
import { type Ending, keep, plainObjectsOf, refIn, remove, type Uninstall, type UninstallContext } from './tool.ts';

export const flux: Uninstall = (context) => {
  const { from } = context.subject;
  if (from === 'chart' || from === 'release') return helmController(context);
  return kustomizeController(context);
};

/** `spec.uninstall.disableWait` is false. */
async function helmController(context: UninstallContext): Promise<Ending> {
  const { name, namespace } = context.subject;
  const ending = await helm4({ ...context, scenario: { ...context.scenario, wait: true } });
  if (ending.outcome === 'succeeded') return { ...ending, message: `Helm uninstall succeeded for release ${namespace}/${name}` };
  const why = ending.message?.replace(/^Error: /, '') ?? '';
  return { ...ending, message: `Helm uninstall failed for release ${namespace}/${name}: ${why}` };
}

async function kustomizeController(context: UninstallContext): Promise<Ending> {
  const errors: string[] = [];
  for (const object of inPruneOrder(plainObjectsOf(context.subject))) {
    const mark = keptBy(object);
    if (mark !== undefined) {
      keep(context, object, mark);
      continue;
    }
    const answer = await remove(context, refIn(object), { propagation: 'Background' });
    if (answer instanceof BookendError)
      errors.push(`${object.kind}/${object.metadata.name} delete failed, error: ${answer.message}`);
  }
  if (errors.length > 0) return { outcome: 'failed', message: errors.join('; ') };
  return { outcome: 'succeeded', message: `Kustomization ${context.subject.name} deleted` };
}

/**
 * What excludes an object from pruning, as an annotation or a label, in any case (`kustomization_controller.go`,
 * `prune`; `fluxcd/pkg/ssa`, `AnyInMetadata`).
 */
function keptBy({ metadata }: KubernetesObject): string | undefined {
  const marks = ['kustomize.toolkit.fluxcd.io/prune', 'kustomize.toolkit.fluxcd.io/reconcile'].flatMap((key) => [
    { name: `annotation ${key}`, value: metadata.annotations?.[key] },
    { name: `label ${key}`, value: metadata.labels?.[key] },
  ]);
  const mark = marks.find(({ value }) => textOf(value)?.toLowerCase() === 'disabled');
  return mark && `${mark.name}: disabled`;
}

/** Webhook configurations first, definitions last; kinds without a place of their own in between, by group and kind. */
export function inPruneOrder(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const key = ({ apiVersion, kind, metadata }: KubernetesObject) =>
    `${apiVersion.split('/')[0]}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
  return [...objects].sort((one, other) => rank(one.kind) - rank(other.kind) || (key(one) < key(other) ? -1 : 1)).reverse();
}

function rank(kind: string): number {
  const first = firstKinds.indexOf(kind);
  return first >= 0 ? first - firstKinds.length : lastKinds.indexOf(kind) + 1;
}

const firstKinds = [
  'CustomResourceDefinition',
  'Namespace',
  'ClusterRole',
  'ClusterClass',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const lastKinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
