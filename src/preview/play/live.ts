/**
 * What was read from a live cluster, made fit for the simulated controllers, which would otherwise begin a rollout: they know a workload's present template by a hash of
 * their own, real ones by comparing. And Pods that do not run stay as they are: an operator that crashes serves nothing.
 */
import { annotations, type SimulatedCluster } from '../../cluster/simulated/index.ts';
import { same } from '../../cluster/simulated/json.ts';
import { controlledBy, isReady } from '../../cluster/simulated/pods.ts';
import { contentName } from '../../cluster/simulated/random.ts';
import type { Stored } from '../../cluster/simulated/store.ts';
import { fieldAt, listOf, mapOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';

/** The latest moment that the objects tell of, in ms since 1970; undefined when they tell of none. The cluster was read at that moment or soon after. */
export function momentOf(objects: readonly KubernetesObject[]): number | undefined {
  const told = objects.flatMap(({ metadata, status }) => [
    metadata.creationTimestamp,
    ...listOf(fieldAt(status, 'conditions')).map((condition) => fieldAt(condition, 'lastTransitionTime')),
  ]);
  const latest = told.reduce<number>((max, time) => Math.max(max, typeof time === 'string' ? Date.parse(time) || 0 : 0), 0);
  return latest === 0 ? undefined : latest;
}

/** A Pod as its kubelet will take it up: not started when it does not run, not ready when it is not, out of reach when its node has not stopped it in time. */
export function livePod(pod: KubernetesObject, now: number): KubernetesObject {
  const { deletionTimestamp, finalizers } = pod.metadata;
  if (deletionTimestamp !== undefined) {
    const isLate = Date.parse(deletionTimestamp) + lateMs < now && !finalizers?.length;
    if (!isLate) return pod;
    const { nodeName: _, ...spec } = mapOf(pod.spec);
    return { ...pod, spec };
  }
  const statuses = listOf(fieldAt(pod.status, 'containerStatuses'));
  const isDown = statuses.length > 0 && statuses.every((each) => fieldAt(each, 'state', 'running') === undefined);
  const phase = fieldAt(pod.status, 'phase');
  if (phase === 'Running' && isDown) {
    const down = withAnnotation(pod, annotations.startMs, endless);
    return { ...down, status: { ...mapOf(pod.status), phase: 'Pending' } };
  }
  if (phase === 'Pending' && fieldAt(pod.spec, 'nodeName') !== undefined)
    return withAnnotation(pod, annotations.startMs, endless);
  if (phase === 'Running' && !isReady(pod)) return withAnnotation(pod, annotations.readyMs, 'never');
  return pod;
}

/** A Pod that is still there so long after the end of its grace period, in ms, is not being stopped. */
const lateMs = 60_000;
const endless = String(10 * 365 * 24 * 3_600_000);

function withAnnotation(pod: KubernetesObject, name: string, value: string): KubernetesObject {
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, [name]: value } } };
}

/** Names the present ReplicaSet and revision of each workload as the simulated controllers would. To be called before time moves. */
export function alignRevisions({ server }: SimulatedCluster): void {
  const { store } = server;
  const relabel = (apiVersion: string, kind: string, object: Stored | undefined, label: string, value: string) => {
    if (object === undefined || object.metadata.labels?.[label] === value) return;
    store.put(server.kind(apiVersion, kind), {
      ...object,
      metadata: { ...object.metadata, labels: { ...object.metadata.labels, [label]: value } },
    });
  };
  for (const deployment of store.all('deployments.apps')) {
    const present = presentSet(deployment, controlledBy(store, deployment, 'replicasets.apps'));
    relabel('apps/v1', 'ReplicaSet', present, 'pod-template-hash', hashOf(deployment));
  }
  for (const key of ['daemonsets.apps', 'statefulsets.apps'])
    for (const workload of store.all(key))
      for (const pod of controlledBy(store, workload, 'pods'))
        relabel('v1', 'Pod', pod, 'controller-revision-hash', hashOf(workload));
}

function hashOf(workload: Stored): string {
  return contentName(mapOf(fieldAt(workload.spec, 'template')));
}

/** The one with the Deployment's template, else the newest. */
function presentSet(deployment: Stored, sets: Stored[]): Stored | undefined {
  const wanted = fieldAt(deployment.spec, 'template', 'spec');
  const revision = ({ metadata }: Stored) => Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
  const newestFirst = sets.toSorted((one, other) => revision(other) - revision(one));
  return newestFirst.find((set) => same(fieldAt(set.spec, 'template', 'spec'), wanted)) ?? newestFirst[0];
}
