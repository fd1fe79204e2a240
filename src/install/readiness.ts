/**
 * Whether an object does its work yet, read the way kstatus (sigs.k8s.io/cli-utils) reads it. What needs it is
 * installed only then.
 *
 * A PersistentVolumeClaim counts as ready at once: with `volumeBindingMode: WaitForFirstConsumer` it is bound only when
 * its Pod comes, which would never come if it waited for the claim.
 */
import { conditionOf, isTrue } from '../objects/conditions.ts';
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';

/** @returns undefined when it is ready, else what is missing, in words. */
export function notReady(object: KubernetesObject): string | undefined {
  if (object.metadata.deletionTimestamp !== undefined) return 'is being deleted';
  const observed = fieldAt(object, 'status', 'observedGeneration');
  const { generation } = object.metadata;
  const check = checks.get(`${groupOf(object.apiVersion)}/${object.kind}`);
  if (check === undefined) return byConditions(object, observed, generation);
  if (
    watchesGeneration.has(object.kind) &&
    (typeof observed !== 'number' || (generation !== undefined && observed < generation))
  ) {
    return 'its controller has not observed it yet';
  }
  return check(object);
}

type Check = (object: KubernetesObject) => string | undefined;

const watchesGeneration = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);

const checks = new Map<string, Check>([
  [
    'apps/Deployment',
    (object) => replicas(object, 'updatedReplicas') ?? replicas(object, 'availableReplicas') ?? surplus(object),
  ],
  ['apps/ReplicaSet', (object) => replicas(object, 'availableReplicas')],
  ['apps/StatefulSet', statefulSet],
  ['apps/DaemonSet', daemonSet],
  ['batch/Job', job],
  ['/Pod', pod],
  ['/PersistentVolumeClaim', () => undefined],
  ['/Namespace', (object) => (fieldAt(object, 'status', 'phase') === 'Active' ? undefined : 'is not active yet')],
  ['apiextensions.k8s.io/CustomResourceDefinition', (object) => condition(object, 'Established')],
  ['apiregistration.k8s.io/APIService', (object) => condition(object, 'Available')],
  ['admissionregistration.k8s.io/MutatingWebhookConfiguration', injected],
  ['admissionregistration.k8s.io/ValidatingWebhookConfiguration', injected],
]);

function replicas(object: KubernetesObject, field: string): string | undefined {
  const wanted = number(fieldAt(object, 'spec', 'replicas'), 1);
  const have = number(fieldAt(object, 'status', field), 0);
  return have >= wanted
    ? undefined
    : `${have} of ${wanted} replicas are ${field === 'updatedReplicas' ? 'updated' : 'available'}`;
}

function surplus(object: KubernetesObject): string | undefined {
  const all = number(fieldAt(object, 'status', 'replicas'), 0);
  const updated = number(fieldAt(object, 'status', 'updatedReplicas'), 0);
  return all <= updated ? undefined : `${all - updated} old replicas still run`;
}

function statefulSet(object: KubernetesObject): string | undefined {
  if (fieldAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') return replicas(object, 'readyReplicas');
  const wanted = number(fieldAt(object, 'spec', 'replicas'), 1);
  const ready = number(fieldAt(object, 'status', 'readyReplicas'), 0);
  if (ready < wanted) return `${ready} of ${wanted} replicas are ready`;
  const partition = number(fieldAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition'), 0);
  const updated = number(fieldAt(object, 'status', 'updatedReplicas'), 0);
  return updated >= wanted - partition ? undefined : `${updated} of ${wanted - partition} replicas are updated`;
}

function daemonSet(object: KubernetesObject): string | undefined {
  const wanted = number(fieldAt(object, 'status', 'desiredNumberScheduled'), 0);
  const updated = number(fieldAt(object, 'status', 'updatedNumberScheduled'), 0);
  const available = number(fieldAt(object, 'status', 'numberAvailable'), 0);
  const strategy = fieldAt(object, 'spec', 'updateStrategy', 'type');
  if (strategy !== 'OnDelete' && updated < wanted) return `${updated} of ${wanted} Pods are updated`;
  return available >= wanted ? undefined : `${available} of ${wanted} Pods are available`;
}

/**
 * A Job is ready when it has done its work: what needs it (a migration, say) needs its result. A suspended one has none
 * to wait for.
 */
function job(object: KubernetesObject): string | undefined {
  if (fieldAt(object, 'spec', 'suspend') === true) return undefined;
  const failed = conditionOf(object, 'Failed');
  if (failed?.status === 'True') return `has failed: ${textOf(failed.message) ?? 'see its Pods'}`;
  return isTrue(object, 'Complete') ? undefined : 'has not completed yet';
}

function pod(object: KubernetesObject): string | undefined {
  const phase = fieldAt(object, 'status', 'phase');
  if (phase === 'Succeeded') return undefined;
  return condition(object, 'Ready');
}

/** While cert-manager has not put the CA in, the API server cannot call the webhook, and rejects what it is about. */
function injected({ metadata, webhooks }: KubernetesObject): string | undefined {
  const isInjected = Object.keys(metadata.annotations ?? {}).some((name) => name.startsWith('cert-manager.io/inject-'));
  const hasCa = listOf(webhooks).every((webhook) => textOf(fieldAt(webhook, 'clientConfig', 'caBundle')) !== undefined);
  return isInjected && !hasCa ? 'waits for cert-manager to write its caBundle' : undefined;
}

/**
 * Custom resources: a `Ready` condition counts when there is one, and so does a generation that was not observed yet.
 */
function byConditions(object: KubernetesObject, observed: unknown, generation: number | undefined): string | undefined {
  if (typeof observed === 'number' && generation !== undefined && observed < generation)
    return 'its controller has not observed it yet';
  if (isTrue(object, 'Reconciling')) return 'is being reconciled by its controller';
  const ready = conditionOf(object, 'Ready');
  return ready === undefined || ready.status === 'True' ? undefined : `is not Ready${reason(ready)}`;
}

function condition(object: KubernetesObject, type: string): string | undefined {
  const found = conditionOf(object, type);
  return found?.status === 'True' ? undefined : `is not ${type} yet${found ? reason(found) : ''}`;
}

function reason(found: Record<string, unknown>): string {
  const message = textOf(found.message) ?? textOf(found.reason);
  return message ? `: ${message}` : '';
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
