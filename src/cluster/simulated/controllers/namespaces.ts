/**
 * The namespace controller (`pkg/controller/namespace/deletion`): empties a terminating namespace, Pods first and everything else only when the last Pod
 * is gone, then removes the `kubernetes` finalizer. Deletes in it pass through admission as anybody's do.
 */

import { isCode } from '../../../errors.ts';
import { fieldAt, textsOf } from '../../../objects/fields.ts';
import { withCondition } from '../conditions.ts';
import { type Fields, numberOf } from '../json.ts';
import type { Stored } from '../store.ts';
import { controllerManager } from '../user.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';

/** How long the controller gives content that is held by finalizers before it looks again is half of this. */
const finalizerEstimateSeconds = 15;

export function namespaceController(env: Environment): void {
  const kind = builtIn(env, 'namespaces');
  const add = workQueue(env, (key) => {
    const namespace = found(env, 'namespaces', key);
    if (namespace?.metadata.deletionTimestamp === undefined || textsOf(fieldAt(namespace.spec, 'finalizers')).length === 0)
      return;
    const left = empty(namespace.metadata.name);
    const told = env.server.updateStatus(kind, namespace, statusWith(namespace, left));
    if (left.count === 0) {
      const finalizers = textsOf(fieldAt(told.spec, 'finalizers')).filter((finalizer) => finalizer !== 'kubernetes');
      env.server.update(kind, told, { ...told, spec: { ...(told.spec as Fields), finalizers } });
    } else add(key, (Math.floor(left.estimateSeconds / 2) + 1) * 1000);
  });
  env.on('namespaces', ({ type, object }) => {
    if (type !== 'deleted' && object.metadata.deletionTimestamp !== undefined) add(queueKey(object));
  });

  function empty(namespace: string): Left {
    const pods = deleteAll('pods', namespace);
    if (pods.count > 0) return pods;
    const left: Left = { count: 0, estimateSeconds: 0, kinds: [], finalizers: new Map(), failures: [...pods.failures] };
    for (const { key } of env.server.kinds.listable().filter(({ namespaced }) => namespaced)) {
      const of = deleteAll(key, namespace);
      left.count += of.count;
      left.estimateSeconds = Math.max(left.estimateSeconds, of.estimateSeconds);
      left.kinds.push(...of.kinds);
      left.failures.push(...of.failures);
      for (const [finalizer, count] of of.finalizers)
        left.finalizers.set(finalizer, (left.finalizers.get(finalizer) ?? 0) + count);
    }
    return left;
  }

  /** Deletes everything of a kind (each with its own propagation in the background) and says what is left. */
  function deleteAll(key: string, namespace: string): Left {
    const failures: string[] = [];
    for (const { apiVersion, kind: name, metadata } of env.server.store.all(key, namespace)) {
      try {
        const ref = { apiVersion, kind: name, namespace, name: metadata.name };
        env.server.delete(ref, { propagation: 'Background', uid: metadata.uid }, controllerManager);
      } catch (error) {
        if (!isCode(error, 'forbidden', 'conflict', 'invalid', 'unreachable', 'throttled')) throw error;
        failures.push(error.message);
      }
    }
    const left = env.server.store.all(key, namespace);
    const finalizers = new Map<string, number>();
    for (const { metadata } of left)
      for (const each of metadata.finalizers ?? []) finalizers.set(each, (finalizers.get(each) ?? 0) + 1);
    const graces = key === 'pods' ? left.map((pod) => numberOf(fieldAt(pod.spec, 'terminationGracePeriodSeconds')) ?? 0) : [];
    return {
      count: left.length,
      estimateSeconds: left.length === 0 ? 0 : Math.max(0, ...graces) || finalizerEstimateSeconds,
      kinds: left.length === 0 ? [] : [`${key.includes('.') ? key : `${key}.`} has ${left.length} resource instances`],
      finalizers,
      failures,
    };
  }

  function statusWith(namespace: Stored, left: Left): Fields {
    const now = env.clock.now();
    let { status } = namespace;
    const set = (type: string, holds: boolean, reason: string, message: string, otherwise: [string, string]) => {
      const [calmReason, calmMessage] = otherwise;
      const condition = holds
        ? { type, status: 'True', reason, message }
        : { type, status: 'False', reason: calmReason, message: calmMessage };
      status = withCondition({ ...namespace, status }, now, condition);
    };
    const calm = 'All content successfully deleted, may be waiting on finalization';
    set(
      'NamespaceDeletionContentFailure',
      left.failures.length > 0,
      'ContentDeletionFailed',
      `Failed to delete all resource types, ${left.failures.length} remaining: ${left.failures.join(', ')}`,
      ['ContentDeleted', calm],
    );
    set(
      'NamespaceContentRemaining',
      left.count > 0,
      'SomeResourcesRemain',
      `Some resources are remaining: ${left.kinds.join(', ')}`,
      ['ContentRemoved', 'All content successfully removed'],
    );
    const held = [...left.finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).join(', ');
    set(
      'NamespaceFinalizersRemaining',
      left.finalizers.size > 0,
      'SomeFinalizersRemain',
      `Some content in the namespace has finalizers remaining: ${held}`,
      ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    );
    return status as Fields;
  }
}

type Left = { count: number; estimateSeconds: number; kinds: string[]; finalizers: Map<string, number>; failures: string[] };
