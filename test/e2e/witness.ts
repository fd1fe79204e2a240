/**
 * Somebody who watches a teardown from outside and says afterwards whether its order was kept. It goes by
 * resourceVersions, which the API server counts up across all kinds (one etcd, one counter), and not by the time at
 * which a watch happened to tell: two watches may tell in either order.
 */
import type { Cluster, Query, Watch } from '../../src/cluster/port.ts';
import { idOf } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import { inventoryOf } from '../../src/resource/status/inventory.ts';
import { type OrderItem, orderOf } from '../../src/resource/status/order.ts';
import { until } from '../../tools/lab/observe.ts';

type Life = {
  id: string;
  object: KubernetesObject;
  /** When it was first seen with a deletionTimestamp. */
  endingAt?: bigint;
  goneAt?: bigint;
  /** Gone while the watch was broken: nobody knows when. */
  goneUnseen?: boolean;
};

export type Verdict = {
  /** Each one a sentence. */
  violations: string[];
  /** Pairs of objects of which one had to be gone before the other began to go. */
  checked: number;
  /** Pairs of which one went unseen. */
  unseen: number;
  /** Identities in the order in which they went. */
  order: string[];
};

export class Witness {
  readonly #lives = new Map<string, Life>();
  readonly #watches: Watch[];
  readonly #name: string;
  #order: OrderItem[] = [];
  #synced = 0;

  /**
   * @param resource an installed ClusterOperator: the kinds of its inventory are watched, and Pods and ReplicaSets of
   * its namespace
   */
  static of(cluster: Cluster, { metadata, spec, status }: ClusterOperator): Promise<Witness> {
    const { namespace } = spec;
    const inventory = inventoryOf(status).map(({ apiVersion, kind }) => ({ apiVersion, kind }));
    const around = [
      { apiVersion: 'v1', kind: 'Pod', ...(namespace !== undefined && { namespace }) },
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', ...(namespace !== undefined && { namespace }) },
    ];
    return Witness.watching(cluster, [clusterOperatorKind, ...around, ...inventory], metadata.name);
  }

  /** Watches whatever is asked for; a kind once, even if it is named twice. */
  static async watching(cluster: Cluster, queries: readonly Query[], name = ''): Promise<Witness> {
    const unique = new Map(queries.map((query) => [`${query.apiVersion} ${query.kind}`, query]));
    const witness = new Witness(cluster, name, [...unique.values()]);
    await until('the watches of a witness', async () => witness.#synced === witness.#watches.length);
    return witness;
  }

  constructor(cluster: Cluster, name: string, queries: Query[]) {
    this.#name = name;
    this.#watches = queries.map((query) => {
      let synced = false;
      return cluster.watch(query, {
        replace: (objects) => {
          if (!synced) this.#synced += 1;
          synced = true;
          this.#replaced(query, objects);
        },
        changed: (object) => this.#see(object),
        removed: (object) => {
          this.#see(object);
          const life = this.#lives.get(object.metadata.uid ?? '');
          if (life) life.goneAt ??= versionOf(object);
        },
      });
    });
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
  }

  /** The objects as they were seen last, those that are gone included. */
  seen(ids: RegExp): KubernetesObject[] {
    return this.#matching(ids).map(({ object }) => object);
  }

  /**
   * Whether every object of `dependents` was gone before any of `dependencies` began to go; at least one of each must
   * have been seen.
   * @returns violations, each one a sentence
   */
  goneBefore(dependents: RegExp, dependencies: RegExp): string[] {
    const first = this.#matching(dependents);
    const then = this.#matching(dependencies);
    if (first.length === 0 || then.length === 0) return [`nothing was seen of ${first.length === 0 ? dependents : dependencies}`];
    return then.flatMap((dependency) => {
      const began = dependency.endingAt ?? dependency.goneAt;
      if (began === undefined) return dependency.goneUnseen ? [`nobody saw when ${dependency.id} went`] : [];
      return first.filter((life) => life.goneAt === undefined || life.goneAt > began).map((life) => violation(dependency, life));
    });
  }

  #matching(ids: RegExp): Life[] {
    return [...this.#lives.values()].filter(({ id }) => ids.test(id));
  }

  /** Whether what the operator wrote down as its order was kept. Asked when the ClusterOperator is gone. */
  verdict(): Verdict {
    const violations: string[] = [];
    let [checked, unseen] = [0, 0];
    for (const [index, step] of this.#order.entries()) {
      const dependency = this.#lifeOf(step);
      if (step.mode !== undefined || !dependency) continue;
      const began = dependency.endingAt ?? dependency.goneAt;
      for (const before of this.#objectsBefore(index)) {
        for (const life of this.#withChildren(before)) {
          if (life.goneUnseen || dependency.goneUnseen || began === undefined) unseen += 1;
          else checked += 1;
          if (life.goneUnseen || began === undefined) continue;
          if (life.goneAt !== undefined && life.goneAt < began) continue;
          violations.push(violation(dependency, life));
        }
      }
    }
    return { violations, checked, unseen, order: this.#gone().map(({ id }) => id) };
  }

  #gone(): Life[] {
    const lives = [...this.#lives.values()].filter((life) => life.goneAt !== undefined);
    return lives.sort((a, b) => Number((a.goneAt ?? 0n) - (b.goneAt ?? 0n)));
  }

  /** Objects that must be gone before the step; those behind barriers, which are no objects, included. */
  #objectsBefore(index: number): Life[] {
    return (this.#order[index]?.after ?? []).flatMap((at) => {
      const step = this.#order[at];
      if (!step) return [];
      if (step.mode === 'barrier') return this.#objectsBefore(at);
      const life = this.#lifeOf(step);
      return life ? [life] : [];
    });
  }

  /** The object and whatever it made: ReplicaSets, Pods. */
  #withChildren(life: Life): Life[] {
    const children = [...this.#lives.values()].filter(({ object }) =>
      object.metadata.ownerReferences?.some((owner) => owner.uid === life.object.metadata.uid),
    );
    return [life, ...children.flatMap((child) => this.#withChildren(child))];
  }

  #lifeOf({ object, uid }: OrderItem): Life | undefined {
    if (uid !== undefined) return this.#lives.get(uid);
    return [...this.#lives.values()].find((life) => life.id === object);
  }

  #see(object: KubernetesObject): void {
    const { status } = object as ClusterOperator;
    if (object.kind === clusterOperatorKind.kind && object.metadata.name === this.#name && status?.teardown)
      this.#order = orderOf(status.teardown, inventoryOf(status));
    const uid = object.metadata.uid ?? '';
    const life = this.#lives.get(uid) ?? { id: idOf(object), object };
    if (object.metadata.deletionTimestamp !== undefined) life.endingAt ??= versionOf(object);
    this.#lives.set(uid, { ...life, object });
  }

  #replaced(query: Query, objects: KubernetesObject[]): void {
    const present = new Set(objects.map((object) => object.metadata.uid));
    for (const [uid, life] of this.#lives) {
      if (life.object.kind !== query.kind || life.object.apiVersion !== query.apiVersion) continue;
      if (!present.has(uid) && life.goneAt === undefined) this.#lives.set(uid, { ...life, goneUnseen: true });
    }
    for (const object of objects) this.#see(object);
  }
}

function violation(dependency: Life, dependent: Life): string {
  return `${dependency.id} began to go before ${dependent.id} was gone`;
}

function versionOf(object: KubernetesObject): bigint {
  return BigInt(object.metadata.resourceVersion ?? '0');
}
