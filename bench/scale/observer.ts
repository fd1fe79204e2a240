/**
 * Sees with watches of its own what exists, when the last object was gone, and at which revision each one was deleted.
 * It does not rely on what a tool reports.
 */

import type { KubeCluster } from '../../src/cluster/kube/open.ts';
import type { Query, Watch } from '../../src/cluster/port.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { until } from '../../tools/lab/observe.ts';
import { applicationKinds, applicationLabel, ourLabel } from './applications.ts';
import type { Removal } from './order.ts';

const kinds = [...applicationKinds, { apiVersion: 'apps/v1', kind: 'ReplicaSet' }, { apiVersion: 'v1', kind: 'Pod' }];

export class Observer {
  /** Since `begin`. */
  removals: Removal[] = [];
  /** Objects that were missing after a watch was interrupted: nobody saw when they were deleted. */
  unseen = 0;
  readonly #present = new Map<string, Set<string>>(kinds.map(({ kind }) => [kind, new Set()]));
  readonly #watches: Watch[];
  #synced = 0;
  #lastAt = 0;
  #podsGoneAt = 0;

  constructor(cluster: KubeCluster) {
    this.#watches = kinds.map(({ apiVersion, kind }) => {
      const present = this.#present.get(kind) ?? new Set();
      const query: Query = { apiVersion, kind, labelSelector: ourLabel, metadataOnly: true, keep: essential };
      let first = true;
      return cluster.watch(query, {
        replace: (objects) => {
          const now = new Set(objects.map(uidOf));
          for (const uid of present.difference(now)) {
            present.delete(uid);
            this.unseen += 1;
            this.#note(kind);
          }
          for (const uid of now) present.add(uid);
          if (first) this.#synced += 1;
          first = false;
        },
        changed: (object) => void present.add(uidOf(object)),
        removed: (object) => {
          if (!present.delete(uidOf(object))) return;
          this.removals.push(removalOf(object));
          this.#note(kind);
        },
      });
    });
  }

  synced(): Promise<true> {
    return until('the watches of the observer', async () => this.#synced === kinds.length);
  }

  /** So many of a kind are there. */
  count(kind: string): number {
    return this.#present.get(kind)?.size ?? 0;
  }

  /** Forgets what went before. */
  begin(): void {
    this.removals = [];
    this.unseen = 0;
  }

  /**
   * Resolves when nothing is left. @returns when that was, and when the last Pod went, on `performance.now()`'s clock
   */
  async allGone(timeoutMs: number): Promise<{ atMs: number; podsAtMs: number }> {
    const left = () => [...this.#present.values()].reduce((sum, { size }) => sum + size, 0);
    await until('all applications to be gone', async () => left() === 0, timeoutMs, 20);
    return { atMs: this.#lastAt, podsAtMs: this.#podsGoneAt };
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
  }

  #note(kind: string): void {
    this.#lastAt = performance.now();
    if (kind === 'Pod') this.#podsGoneAt = this.#lastAt;
  }
}

/** Ten thousand Pods are watched: nothing is kept that nobody asks for. */
function essential({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const { name, uid, resourceVersion, labels } = metadata;
  const application = labels?.[applicationLabel] ?? '';
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      labels: { [applicationLabel]: application },
    },
  };
}

function uidOf({ metadata: { uid = '' } }: KubernetesObject): string {
  return uid;
}

function removalOf({ kind, metadata: { name, labels, resourceVersion = '0' } }: KubernetesObject): Removal {
  return { kind, name, application: labels?.[applicationLabel] ?? '', revision: BigInt(resourceVersion) };
}
