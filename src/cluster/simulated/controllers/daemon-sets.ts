/**
 * DaemonSets: one Pod on each node that takes it. With a deletionTimestamp the controller returns at once: Pods stay,
 * none is made anew, and the status is told no more.
 */
import { fieldAt } from '../../../objects/fields.ts';
import { controllerOf } from '../../../objects/owners.ts';
import type { Stored } from '../api/store.ts';
import { type Fields, mapsOf, numberOf, omitEmpty } from '../json.ts';
import { accepts } from '../kubelet/scheduler.ts';
import { controlledBy, hasEnded, isAvailable, isReady, isTerminating, podFrom } from '../pods.ts';
import type { Claim } from './adoption.ts';
import { builtIn, by, deletePod, type Environment, found, queueKey, workQueue } from './environment.ts';
import { currentRevision, revisionLabel } from './revisions.ts';

const key = 'daemonsets.apps';

export function daemonSets(env: Environment, claim: Claim): void {
  const kind = builtIn(env, key);
  const { store } = env.server;
  const add = workQueue(env, (queued) => {
    const daemonSet = found(env, key, queued);
    if (daemonSet === undefined || isTerminating(daemonSet)) return;
    claim(daemonSet);
    const revision = currentRevision(env, daemonSet);
    try {
      keepPods(daemonSet, revision);
    } finally {
      tellStatus(daemonSet, revision);
    }
  });
  env.on(key, ({ type, object }) => type !== 'deleted' && add(queueKey(object)));
  env.on('pods', ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === 'DaemonSet') add(`${object.metadata.namespace}/${owner.name}`);
  });
  env.on('nodes', () => {
    for (const daemonSet of store.all(key)) add(queueKey(daemonSet));
  });

  function keepPods(daemonSet: Stored, revision: string): void {
    const pods = controlledBy(store, daemonSet, 'pods');
    const allowed = numberOf(fieldAt(daemonSet.spec, 'updateStrategy', 'rollingUpdate', 'maxUnavailable')) ?? 1;
    const unavailable = pods.filter((pod) => !isReady(pod) || isTerminating(pod)).length;
    let replaceable = allowed - unavailable;
    const isReplaced = (pod: Stored) => isOutdated(daemonSet, pod, revision) && (!isReady(pod) || replaceable > 0);
    for (const node of store.all('nodes')) {
      const here = pods.filter((pod) => nodeOf(pod) === node.metadata.name);
      const [pod] = here;
      if (!accepts(node, podSpecFor(daemonSet, node))) removeAll(here);
      else if (pod === undefined) create(daemonSet, node, revision);
      else if (hasEnded(pod)) removeAll([pod]);
      else if (isReplaced(pod)) {
        replaceable--;
        deletePod(env, pod);
      }
    }
  }

  function removeAll(pods: readonly Stored[]): void {
    for (const pod of pods) if (!isTerminating(pod)) deletePod(env, pod);
  }

  function create(daemonSet: Stored, node: Stored, revision: string): void {
    const name = { generateName: `${daemonSet.metadata.name}-` };
    const pod = podFrom(daemonSet, fieldAt(daemonSet.spec, 'template'), name, {
      labels: { [revisionLabel]: revision },
      spec: podSpecFor(daemonSet, node),
    });
    env.server.create(pod, by);
  }

  function tellStatus(daemonSet: Stored, revision: string): void {
    const now = env.clock.now();
    const wanted = store.all('nodes').filter((node) => accepts(node, podSpecFor(daemonSet, node)));
    const pods = controlledBy(store, daemonSet, 'pods').filter((pod) => !isTerminating(pod));
    const minReadySeconds = numberOf(fieldAt(daemonSet.spec, 'minReadySeconds')) ?? 0;
    const ready = pods.filter(isReady).length;
    const available = pods.filter((pod) => isAvailable(pod, minReadySeconds, now)).length;
    if (available < ready) add(queueKey(daemonSet), minReadySeconds * 1000);
    env.server.updateStatus(kind, daemonSet, {
      currentNumberScheduled: pods.length,
      desiredNumberScheduled: wanted.length,
      numberMisscheduled: 0,
      numberReady: ready,
      observedGeneration: daemonSet.metadata.generation,
      ...omitEmpty({
        updatedNumberScheduled: pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length,
        numberAvailable: available,
        numberUnavailable: wanted.length - available,
      }),
    });
  }
}

/** To be replaced by a rolling update: made from an earlier template, and still there. */
function isOutdated(daemonSet: Stored, pod: Stored, revision: string): boolean {
  if (isTerminating(pod) || pod.metadata.labels?.[revisionLabel] === revision) return false;
  return fieldAt(daemonSet.spec, 'updateStrategy', 'type') !== 'OnDelete';
}

/**
 * The template's Pod spec bound to one node by affinity, tolerating what every daemon tolerates
 * (`util.AddOrUpdateDaemonPodTolerations`).
 */
function podSpecFor(daemonSet: Stored, node: Stored): Fields {
  const spec = (fieldAt(daemonSet.spec, 'template', 'spec') as Fields | undefined) ?? {};
  const always = [
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
    { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
  ];
  const byName = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node.metadata.name] }] };
  return {
    ...spec,
    tolerations: [...mapsOf(spec.tolerations), ...always],
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [byName] } } },
  };
}

/** The node that a daemon's Pod runs on or is meant for. */
function nodeOf(pod: Stored): unknown {
  const [term] = mapsOf(
    fieldAt(pod.spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'),
  );
  const [meant] = mapsOf(term?.matchFields);
  return fieldAt(pod.spec, 'nodeName') ?? (meant?.values as string[] | undefined)?.[0];
}
