/**
 * Somebody who sits in every gap: bare Pods with the labels that our workloads select, objects with our label, and, as
 * soon as an object of ours is gone, another of its name. None of them is ours, and none of them may be touched,
 * whatever goes wrong meanwhile.
 */
import assert from 'node:assert/strict';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { fieldAt, textMapOf } from '../../objects/fields.ts';
import { idOf, refOf } from '../../objects/identity.ts';
import { clusterOperatorLabel } from '../../objects/names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCrd, isPod } from '../kinds.ts';
import { configMap, pod, space, widget } from './samples.ts';
import { classLabel } from './widget-controller.ts';

/** Whose objects they squat. */
export type Target = {
  objects: readonly KubernetesObject[];
  clusterOperator?: string;
  /** Identities that stay: a Namespace among them is squatted too. */
  stays?: readonly string[];
};

export class Squatters {
  readonly #simulated: SimulatedCluster;
  readonly #target: Target;
  readonly #ids: ReadonlySet<string>;
  /** As they were created, by UID. */
  readonly #mine = new Map<string, KubernetesObject>();
  /** UIDs of what controllers made of them. */
  readonly #made = new Set<string>();
  readonly #failures: unknown[] = [];
  #working = 0;

  /** Squats from now on; call it when the namespace exists. */
  constructor(simulated: SimulatedCluster, target: Target) {
    this.#simulated = simulated;
    this.#target = target;
    this.#ids = new Set(target.objects.map(idOf));
    const taken = new Set<string>();
    simulated.server.store.listen(({ type, object }) => {
      const { ownerReferences = [], uid = '', deletionTimestamp } = object.metadata;
      if (ownerReferences.some((owner) => this.has(owner.uid))) this.#made.add(uid);
      const id = idOf(object);
      if (!this.#ids.has(id) || this.has(uid)) return;
      if (deletionTimestamp !== undefined && !taken.has(`going ${id}`)) {
        taken.add(`going ${id}`);
        this.#soon(() => this.#besideGoing(object));
      }
      if (type !== 'deleted' || taken.has(id)) return;
      taken.add(id);
      this.#soon(() => this.#inPlaceOf(id));
    });
  }

  /** Those that are there before anything goes. */
  async settleIn(): Promise<void> {
    if (this.#isDoomed) return;
    for (const object of this.#target.objects) {
      // Whatever else selects by these labels alone would really adopt a bare Pod.
      if (object.kind === 'Deployment' || object.kind === 'Job') await this.#create(this.#bare(object, 'early'));
    }
    for (const object of [configMap('marked'), pod('marked')]) await this.#create(this.#labelled(object));
  }

  /** True for the UID of one of them, and of what controllers made of them. */
  has(uid: string | undefined): boolean {
    return uid !== undefined && (this.#mine.has(uid) || this.#made.has(uid));
  }

  /** Asserts that every one is there as it was created, and that one has come in place of each object that is gone. */
  assertUntouched(gone: readonly KubernetesObject[]): void {
    assert.deepEqual(this.#failures, []);
    assert.equal(this.#working, 0, 'a squatter is still on its way');
    const { store } = this.#simulated.server;
    for (const [uid, { kind, metadata }] of this.#mine) {
      const now = store.byUid(uid)?.object;
      assert.ok(now, `${kind} ${metadata.name} of somebody else is gone`);
      assert.equal(now.metadata.deletionTimestamp, undefined, `${kind} ${metadata.name} of somebody else was deleted`);
    }
    const names = new Set([...this.#mine.values()].map(idOf));
    for (const object of gone) {
      if (this.#isDoomed && object.metadata.namespace !== undefined) continue;
      assert.ok(names.has(idOf(object)), `nobody squats ${idOf(object)}`);
    }
  }

  /** How many there are. */
  get count(): number {
    return this.#mine.size;
  }

  /** What is in a Namespace that is taken down goes with it. */
  get #isDoomed(): boolean {
    const { objects, stays = [] } = this.#target;
    return objects.some(
      (object) => object.kind === 'Namespace' && object.metadata.name === space && !stays.includes(idOf(object)),
    );
  }

  async #besideGoing(object: KubernetesObject): Promise<void> {
    if (this.#isDoomed || isPod(object) || fieldAt(object, 'spec', 'template') === undefined) return;
    await this.#create(this.#bare(object, 'late'));
  }

  async #inPlaceOf(id: string): Promise<void> {
    const object = this.#target.objects.find((each) => idOf(each) === id);
    if (!object || (this.#isDoomed && object.metadata.namespace !== undefined)) return;
    await this.#create(this.#labelled(harmless(object)));
    if (!isCrd(object)) return;
    // Established a moment later.
    await new Promise<void>((resolve) => void this.#simulated.clock.after(250, resolve));
    await this.#create(widget('one', { labels: { [classLabel]: 'other' } }));
  }

  /** A Pod that nobody owns, with the labels that the workload's Pods have. */
  #bare(workload: KubernetesObject, when: string): KubernetesObject {
    const labels = textMapOf(fieldAt(workload, 'spec', 'template', 'metadata', 'labels'));
    return pod(`${workload.metadata.name}-${when}-squatter`, { labels });
  }

  #labelled(object: KubernetesObject): KubernetesObject {
    const labels = { ...object.metadata.labels, [clusterOperatorLabel]: this.#target.clusterOperator ?? 'squatted' };
    return { ...object, metadata: { ...object.metadata, labels } };
  }

  async #create(object: KubernetesObject): Promise<void> {
    const created = await this.#simulated.cluster.create(object);
    this.#mine.set(created.metadata.uid ?? '', { ...object, metadata: { ...object.metadata, ...refOf(created) } });
  }

  /** In a turn of its own: a listener of the store must not write. */
  #soon(work: () => Promise<void>): void {
    this.#working++;
    this.#simulated.clock.after(0, () => {
      work()
        .catch((error: unknown) => void this.#failures.push(error))
        .finally(() => void this.#working--);
    });
  }
}

/** Of the same identity, with Pods of other labels, and of those none: it uses nothing of ours, and adopts nobody. */
function harmless({ apiVersion, kind, metadata, ...body }: KubernetesObject): KubernetesObject {
  const { name, namespace } = metadata;
  const bare = { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
  if (fieldAt(body, 'spec', 'template') === undefined) return { ...bare, ...body };
  const labels = { app: 'squatter' };
  const spec = { nodeSelector: { nowhere: 'true' }, containers: [{ name: 'squatter', image: 'squatter:1' }] };
  const never = kind === 'Job' ? { restartPolicy: 'Never' } : {};
  return {
    ...bare,
    spec: {
      ...(kind !== 'DaemonSet' && kind !== 'Job' && { replicas: 0 }),
      ...(kind === 'StatefulSet' && { serviceName: name }),
      ...(kind !== 'Job' && { selector: { matchLabels: labels } }),
      template: { metadata: { labels }, spec: { ...spec, ...never } },
    },
  };
}
