/**
 * The namespace controller (`pkg/controller/namespace/deletion`): empties a terminating namespace, Pods first and everything else only when the last Pod
 * is gone, then removes the `kubernetes` finalizer. Deletes in it pass through admission as anybody's do.
 */

import { isCode } from '../../../errors.ts';
import { fieldAt, textsOf } from '../../../objects/fields.ts';
import { backoff } from '../../backoff.ts';
import type { AdmissionRequest, Refusal } from '../api/admission.ts';
import { discoveryFailure, type SilentApi, silentApis } from '../api/gates/api-services.ts';
import type { Stored } from '../api/store.ts';
import { controllerNamed } from '../api/user.ts';
import { withCondition } from '../conditions.ts';
import { type Fields, numberOf } from '../json.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';

const by = { user: controllerNamed('namespace-controller') };

/** How long the controller gives content that is held by finalizers before it looks again is half of this. */
const finalizerEstimateSeconds = 15;
/** After a failure it comes back at once, then ever later, and at least once a minute (`nsControllerRateLimiter`). */
const retry = { firstMs: 5, mostMs: 60_000 };

export function namespaceController(env: Environment): void {
  const kind = builtIn(env, 'namespaces');
  const { server } = env;
  const failures = new Map<string, number>();
  const add = workQueue(env, (key) => {
    const namespace = found(env, 'namespaces', key);
    if (namespace?.metadata.deletionTimestamp === undefined || textsOf(fieldAt(namespace.spec, 'finalizers')).length === 0)
      return;
    const left = empty(namespace.metadata.name);
    const told = server.updateStatus(kind, namespace, statusWith(namespace, left), by);
    if (left.silent.length > 0) server.audit.refused(ending(namespace), refusalBy(left));
    if (left.failures.length > 0 || left.silent.length > 0) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      add(key, backoff(count, retry), 'retry');
      return;
    }
    failures.delete(key);
    if (left.count === 0) {
      const finalizers = textsOf(fieldAt(told.spec, 'finalizers')).filter((finalizer) => finalizer !== 'kubernetes');
      server.update(kind, told, { ...told, spec: { ...(told.spec as Fields), finalizers } }, by);
    } else add(key, (Math.floor(left.estimateSeconds / 2) + 1) * 1000, 'retry');
  });
  env.on('namespaces', ({ type, object }) => {
    if (type !== 'deleted' && object.metadata.deletionTimestamp !== undefined) add(queueKey(object));
  });

  function empty(namespace: string): Left {
    const silent = silentApis(server.store, server.backends);
    const pods = deleteAll('pods', namespace);
    if (pods.count > 0) return { ...pods, silent };
    const left: Left = { count: 0, estimateSeconds: 0, kinds: [], finalizers: new Map(), failures: [...pods.failures], silent };
    for (const { key, apiVersion, namespaced, verbs } of server.kinds.listable()) {
      // Discovery does not tell of kinds whose API does not answer.
      if (!namespaced || !verbs.includes('delete') || silent.some((api) => api.apiVersion === apiVersion)) continue;
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

  /**
   * One DELETE of the whole collection of a kind, in its preferred version: it goes through the objects by name and ends at the first that is refused
   * (`registry.Store.DeleteCollection` with one worker). Then says what is left.
   */
  function deleteAll(key: string, namespace: string): Left {
    const failed: string[] = [];
    const { apiVersion, kind: name } = server.kinds.byKey(key) ?? {};
    if (apiVersion === undefined || name === undefined) return { ...nothing };
    const all = server.store.all(key, namespace);
    if (all.length > 1) all.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
    try {
      for (const { metadata } of all) {
        const ref = { apiVersion, kind: name, namespace, name: metadata.name };
        server.delete(ref, { propagation: 'Background', uid: metadata.uid }, by.user, true);
      }
    } catch (error) {
      if (!isCode(error, 'forbidden', 'conflict', 'invalid', 'unreachable', 'throttled', 'unauthorized')) throw error;
      failed.push(error.message);
    }
    const left = server.store.all(key, namespace);
    const finalizers = new Map<string, number>();
    for (const { metadata } of left)
      for (const each of metadata.finalizers ?? []) finalizers.set(each, (finalizers.get(each) ?? 0) + 1);
    const graces = key === 'pods' ? left.map((pod) => numberOf(fieldAt(pod.spec, 'terminationGracePeriodSeconds')) ?? 0) : [];
    return {
      count: left.length,
      estimateSeconds: left.length === 0 ? 0 : Math.max(0, ...graces) || finalizerEstimateSeconds,
      kinds: left.length === 0 ? [] : [`${key.includes('.') ? key : `${key}.`} has ${left.length} resource instances`],
      finalizers,
      failures: failed,
      silent: [],
    };
  }

  function ending(namespace: Stored): AdmissionRequest {
    const { name } = namespace.metadata;
    return { operation: 'UPDATE', kind, name, object: namespace, oldObject: namespace, user: by.user, dryRun: false };
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
    const failed = discoveryOf(left);
    set('NamespaceDeletionDiscoveryFailure', failed !== '', 'DiscoveryFailed', failed, [
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ]);
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

type Left = {
  count: number;
  estimateSeconds: number;
  kinds: string[];
  finalizers: Map<string, number>;
  failures: string[];
  /** Aggregated APIs that do not answer: what they hold is not known. */
  silent: SilentApi[];
};

const nothing: Left = { count: 0, estimateSeconds: 0, kinds: [], finalizers: new Map(), failures: [], silent: [] };

function refusalBy(left: Left): Refusal {
  const [first] = left.silent;
  return { message: discoveryOf(left), status: 503, reason: 'ServiceUnavailable', ...(first && { by: first.by }) };
}

function discoveryOf({ silent }: Left): string {
  const why = discoveryFailure(silent);
  return why === undefined ? '' : `Discovery failed for some groups, ${silent.length} failing: ${why}`;
}
