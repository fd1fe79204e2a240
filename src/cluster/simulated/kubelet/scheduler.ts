/** The scheduler: gives each Pod a node that takes it, the emptiest one first. Resources are not counted. */
import { fieldAt, textMapOf } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { withCondition } from '../conditions.ts';
import { claimsOf } from '../controllers/claims.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from '../controllers/environment.ts';
import { type Fields, mapsOf } from '../json.ts';
import { hasEnded, isTerminating } from '../pods.ts';
import { draw, type Range } from '../random.ts';

export function scheduler(env: Environment, scheduleMs: Range): void {
  const kind = builtIn(env, 'pods');
  const { store } = env.server;
  const unscheduled = new Set<string>();
  const load = new Map<string, number>();
  const add = workQueue(env, (key) => {
    const pod = found(env, 'pods', key);
    if (pod === undefined || isTerminating(pod) || nodeOf(pod) !== undefined) return;
    const missing = claimsOf(pod).find((claim) => !store.get('persistentvolumeclaims', pod.metadata.namespace, claim));
    const nodes = store.all('nodes').filter((node) => accepts(node, pod.spec));
    nodes.sort((one, other) => (load.get(one.metadata.name) ?? 0) - (load.get(other.metadata.name) ?? 0));
    const [node] = nodes;
    if (missing !== undefined || node === undefined) {
      const message =
        missing === undefined
          ? `0/${store.all('nodes').length} nodes are available.`
          : `persistentvolumeclaim "${missing}" not found`;
      const status = withCondition(pod, env.clock.now(), {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message,
      });
      env.server.updateStatus(kind, pod, status);
      return;
    }
    const status = withCondition(pod, env.clock.now(), {
      type: 'PodScheduled',
      status: 'True',
      reason: 'Scheduled',
      message: '',
    });
    const spec = { ...(pod.spec as Fields), nodeName: node.metadata.name };
    env.life.note('scheduled', env.server.update(kind, pod, { ...pod, spec, status }), node.metadata.name);
  });
  env.on('pods', ({ type, object, old }) => {
    const { uid } = object.metadata;
    const node = nodeOf(object);
    if (type !== 'deleted' && node === undefined && !isTerminating(object)) {
      unscheduled.add(uid);
      if (type === 'added') add(queueKey(object), draw(env.random, scheduleMs));
    } else unscheduled.delete(uid);
    const before = old && !hasEnded(old) ? nodeOf(old) : undefined;
    const now = type !== 'deleted' && !hasEnded(object) ? node : undefined;
    if (before !== undefined) load.set(before, (load.get(before) ?? 0) - 1);
    if (now !== undefined) load.set(now, (load.get(now) ?? 0) + 1);
  });
  const again = () => {
    for (const uid of unscheduled) {
      const pod = store.byUid(uid)?.object;
      if (pod) add(queueKey(pod), draw(env.random, scheduleMs));
    }
  };
  env.on('nodes', again);
  env.on('persistentvolumeclaims', ({ type }) => type === 'added' && again());
}

/**
 * Whether a node takes a Pod of this spec: selector, required affinity, and taints that keep Pods from being placed.
 */
export function accepts(node: Stored, podSpec: unknown): boolean {
  const wanted = fieldAt(podSpec, 'nodeName');
  if (wanted !== undefined) return wanted === node.metadata.name;
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(textMapOf(fieldAt(podSpec, 'nodeSelector')))) if (labels[key] !== value) return false;
  const terms = mapsOf(
    fieldAt(podSpec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'),
  );
  const named = { 'metadata.name': node.metadata.name };
  const fits = (term: Fields) =>
    mapsOf(term.matchExpressions).every((one) => holds(one, labels)) &&
    mapsOf(term.matchFields).every((one) => holds(one, named));
  if (terms.length > 0 && !terms.some(fits)) return false;
  const unschedulable = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  const taints = [
    ...mapsOf(fieldAt(node.spec, 'taints')),
    ...(fieldAt(node.spec, 'unschedulable') === true ? [unschedulable] : []),
  ];
  const tolerations = mapsOf(fieldAt(podSpec, 'tolerations'));
  return taints.every(
    (taint) => taint.effect === 'PreferNoSchedule' || tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

function tolerates(toleration: Fields, taint: Fields): boolean {
  if (toleration.effect !== undefined && toleration.effect !== taint.effect) return false;
  if (toleration.key !== undefined && toleration.key !== taint.key) return false;
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
}

function holds({ key, operator, values }: Fields, labels: Record<string, string>): boolean {
  const value = labels[String(key)];
  const listed = value !== undefined && Array.isArray(values) && values.includes(value);
  switch (operator) {
    case 'In':
      return listed;
    case 'NotIn':
      return !listed;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number((values as string[])[0]);
    case 'Lt':
      return Number(value) < Number((values as string[])[0]);
    default:
      return false;
  }
}

function nodeOf(pod: Stored): string | undefined {
  const node = fieldAt(pod.spec, 'nodeName');
  return typeof node === 'string' ? node : undefined;
}
