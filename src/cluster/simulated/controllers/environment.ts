/**
 * What every simulated controller works with: the API server, which it calls as it is, word of every change of the
 * kinds it cares for, and a queue that brings each object up again a little later, once however often it was named, as
 * client-go's work queue does.
 */
import { BookendError } from '../../../errors.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import { backoff } from '../../backoff.ts';
import type { ApiServer } from '../api/api-server.ts';
import type { Kind } from '../api/kind.ts';
import type { Change, Stored } from '../api/store.ts';
import { controllerManager } from '../api/user.ts';
import type { Purpose, VirtualClock } from '../clock.ts';
import type { Life } from '../life.ts';
import { draw, type Random, type Range } from '../random.ts';

export type Environment = {
  server: ApiServer;
  clock: VirtualClock;
  life: Life;
  random: Random;
  /** How long a controller takes to react: informer and queue together. */
  controllerDelayMs: Range;
  /** Calls back after every change of an object of that kind (`deployments.apps`). */
  on(key: string, changed: (change: Change) => void): void;
  /** Calls back after every change of any object. */
  onAny(changed: (change: Change) => void): void;
};

export function makeEnvironment(parts: Omit<Environment, 'on' | 'onAny'>): Environment {
  const byKey = new Map<string, ((change: Change) => void)[]>();
  const everywhere: ((change: Change) => void)[] = [];
  parts.server.store.listen((change) => {
    // Events tell, they change nothing.
    if (change.kind.key !== 'events') parts.clock.changed();
    for (const changed of byKey.get(change.kind.key) ?? []) changed(change);
    for (const changed of everywhere) changed(change);
  });
  return {
    ...parts,
    on: (key, changed) => {
      const known = byKey.get(key);
      if (known) known.push(changed);
      else byKey.set(key, [changed]);
    },
    onAny: (changed) => {
      everywhere.push(changed);
    },
  };
}

const retry = { firstMs: 5, mostMs: 30_000 };

export type Enqueue = (key: string, afterMs?: number, purpose?: Purpose) => void;

/**
 * Brings a key to `reconcile` after the controller's delay, or after `afterMs`. Failures come back with growing waits.
 * `retry` says that the same will be found as long as nothing changes.
 */
export function workQueue(env: Environment, reconcile: (key: string) => void): Enqueue {
  const due = new Map<string, { at: number; cancel: () => void }>();
  const failures = new Map<string, number>();
  const add: Enqueue = (key, afterMs = draw(env.random, env.controllerDelayMs), purpose = 'work') => {
    const at = env.clock.now() + afterMs;
    const waiting = due.get(key);
    if (waiting !== undefined) {
      if (waiting.at <= at) return;
      waiting.cancel();
    }
    const cancel = env.clock.afterSettled(
      afterMs,
      () => {
        due.delete(key);
        try {
          reconcile(key);
          failures.delete(key);
        } catch (error) {
          if (!(error instanceof BookendError)) throw error;
          const count = (failures.get(key) ?? 0) + 1;
          failures.set(key, count);
          add(key, backoff(count, retry), 'retry');
        }
      },
      purpose,
    );
    due.set(key, { at, cancel });
  };
  return add;
}

/** `namespace/name`, the key of an object in a controller's queue. */
export function queueKey({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** The kind by its storage key; a built-in kind is always there. */
export function builtIn(env: Environment, key: string): Kind {
  const kind = env.server.kinds.byKey(key);
  if (kind === undefined) throw new BookendError('internal', `the simulated cluster has no kind ${key}`);
  return kind;
}

/** The object behind a queue key. */
export function found(env: Environment, kindKey: string, key: string): Stored | undefined {
  const slash = key.indexOf('/');
  return env.server.store.get(kindKey, key.slice(0, slash), key.slice(slash + 1));
}

/** The account that the controllers of workloads make their requests with. */
export const by = { user: controllerManager, manager: 'kube-controller-manager' };

/** Deletes a Pod of a workload: that very one. */
export function deletePod(env: Environment, { metadata }: Stored): void {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: metadata.namespace ?? '', name: metadata.name };
  env.server.delete(ref, { uid: metadata.uid }, by.user);
}
