/**
 * The namespace controller (`pkg/controller/namespace/deletion`): empties a terminating namespace, Pods first and
 * everything else only when the last Pod is gone, then removes the `kubernetes` finalizer. Deletes in it pass through
 * admission as anybody's do.
 */

import { isCode } from '../../../errors.ts';
import { fieldAt, textsOf } from '../../../objects/fields.ts';
import { backoff } from '../../backoff.ts';
import type { Instant } from '../../clock.ts';
import type { AdmissionRequest, Refusal } from '../api/admission.ts';
import type { ApiServer } from '../api/api-server.ts';
import { discoveryFailure, type SilentApi, silentApis } from '../api/gates/api-services.ts';
import type { Kind } from '../api/kind.ts';
import type { Stored } from '../api/store.ts';
import { controllerNamed } from '../api/user.ts';
import { type Condition, withCondition } from '../conditions.ts';
import { type Fields, numberOf } from '../json.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';

const by = { user: controllerNamed('namespace-controller') };

/** How long the controller gives content that is held by finalizers before it looks again is half of this. */
const finalizerEstimateSeconds = 15;
/** After a failure it comes back at once, then ever later, and at least once a minute (`nsControllerRateLimiter`). */
const retry = { firstMs: 5, mostMs: 60_000 };

export function namespaceController(env: Environment): void {
  const { server } = env;
  const failures = new Map<string, number>();
  const add = workQueue(env, (key) => {
    const namespace = found(env, 'namespaces', key);
    if (namespace?.metadata.deletionTimestamp === undefined || textsOf(fieldAt(namespace.spec, 'finalizers')).length === 0)
      return;
    const left = empty(server, namespace.metadata.name);
    const kind = builtIn(env, 'namespaces');
    const told = server.updateStatus(kind, namespace, statusWith(namespace, left, env.clock.now()), by);
    if (left.silent.length > 0) server.audit.refused(ending(kind, namespace), refusalBy(left));
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
}

/** Deletes what is in the namespace, Pods first, and says what is left. */
function empty(server: ApiServer, namespace: string): Left {
  const silent = silentApis(server.store, server.backends);
  const pods = deleteAll(server, 'pods', namespace);
  if (pods.count > 0) return { ...pods, silent };
  // Discovery does not tell of kinds whose API does not answer.
  const kinds = server.kinds
    .listable()
    .filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete'))
    .filter(({ apiVersion }) => silent.every((api) => api.apiVersion !== apiVersion));
  const others = kinds.map(({ key }) => deleteAll(server, key, namespace));
  return others.reduce(together, { ...nothing, failures: pods.failures, silent });
}

function together(one: Left, other: Left): Left {
  const finalizers = new Map(one.finalizers);
  for (const [finalizer, count] of other.finalizers) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + count);
  return {
    count: one.count + other.count,
    estimateSeconds: Math.max(one.estimateSeconds, other.estimateSeconds),
    kinds: [...one.kinds, ...other.kinds],
    finalizers,
    failures: [...one.failures, ...other.failures],
    silent: one.silent,
  };
}

/** One DELETE of the whole collection of a kind, in its preferred version. Then says what is left. */
function deleteAll(server: ApiServer, key: string, namespace: string): Left {
  const kind = server.kinds.byKey(key);
  if (kind === undefined) return nothing;
  const failures = deleteCollection(server, kind, namespace);
  const left = server.store.all(key, namespace);
  if (left.length === 0) return { ...nothing, failures };
  const finalizers = new Map<string, number>();
  for (const { metadata } of left)
    for (const each of metadata.finalizers ?? []) finalizers.set(each, (finalizers.get(each) ?? 0) + 1);
  const graces = key === 'pods' ? left.map((pod) => numberOf(fieldAt(pod.spec, 'terminationGracePeriodSeconds')) ?? 0) : [];
  return {
    count: left.length,
    estimateSeconds: Math.max(0, ...graces) || finalizerEstimateSeconds,
    kinds: [`${key.includes('.') ? key : `${key}.`} has ${left.length} resource instances`],
    finalizers,
    failures,
    silent: [],
  };
}

/**
 * Goes through the objects by name and ends at the first that is refused (`registry.Store.DeleteCollection` with one
 * worker).
 * @returns the refusal, in words
 */
function deleteCollection(server: ApiServer, { key, apiVersion, kind }: Kind, namespace: string): string[] {
  const all = server.store.all(key, namespace);
  if (all.length > 1) all.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  try {
    for (const { metadata } of all) {
      const ref = { apiVersion, kind, namespace, name: metadata.name };
      server.delete(ref, { propagation: 'Background', uid: metadata.uid }, by.user, true);
    }
  } catch (error) {
    if (!isCode(error, 'forbidden', 'conflict', 'invalid', 'unreachable', 'throttled', 'unauthorized')) throw error;
    return [error.message];
  }
  return [];
}

function ending(kind: Kind, namespace: Stored): AdmissionRequest {
  const { name } = namespace.metadata;
  return { operation: 'UPDATE', kind, name, object: namespace, oldObject: namespace, user: by.user, dryRun: false };
}

function statusWith(namespace: Stored, left: Left, now: Instant): Fields {
  const status = conditionsOf(left).reduce<unknown>(
    (before, condition) => withCondition({ ...namespace, status: before }, now, condition),
    namespace.status,
  );
  return status as Fields;
}

/**
 * What the namespace's conditions say of what is left in it
 * (`pkg/controller/namespace/deletion/status_condition_utils.go`).
 */
function conditionsOf(left: Left): Condition[] {
  const undiscovered = discoveryOf(left);
  const held = [...left.finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).join(', ');
  const failures = `${left.failures.length} remaining: ${left.failures.join(', ')}`;
  return [
    undiscovered === ''
      ? calm('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered')
      : wrong('NamespaceDeletionDiscoveryFailure', 'DiscoveryFailed', undiscovered),
    left.failures.length === 0
      ? calm(
          'NamespaceDeletionContentFailure',
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        )
      : wrong('NamespaceDeletionContentFailure', 'ContentDeletionFailed', `Failed to delete all resource types, ${failures}`),
    left.count === 0
      ? calm('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed')
      : wrong('NamespaceContentRemaining', 'SomeResourcesRemain', `Some resources are remaining: ${left.kinds.join(', ')}`),
    left.finalizers.size === 0
      ? calm('NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished')
      : wrong(
          'NamespaceFinalizersRemaining',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${held}`,
        ),
  ];
}

function wrong(type: string, reason: string, message: string): Condition {
  return { type, status: 'True', reason, message };
}

function calm(type: string, reason: string, message: string): Condition {
  return { type, status: 'False', reason, message };
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
