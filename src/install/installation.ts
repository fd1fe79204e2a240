/**
 * One installation being carried out and kept: watches what is ours, applies in order, repairs what others change. It never ends by itself; whoever
 * started it closes it when the spec changes or the end begins.
 */
import type { Clock, Instant } from '../cluster/clock.ts';
import { type Coalesced, coalesce } from '../cluster/coalesce.ts';
import { Dispatcher } from '../cluster/dispatch.ts';
import { dropManagedFields, Mirror } from '../cluster/mirror.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import { describeId, type ObjectId } from '../objects/identity.ts';
import { adoptAnnotation, clusterOperatorLabel, fieldManager } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { decideInstall, type InstallDecision, type Present } from './decide.ts';
import type { Desired, DesiredObject } from './desired.ts';
import { fingerprint } from './fingerprint.ts';
import { notReady } from './readiness.ts';

export type InstallationOptions = {
  cluster: Cluster;
  clock: Clock;
  desired: Desired;
  /** Name of the ClusterOperator. */
  name: string;
  /** Objects that existed and were ours before: an apply that finds one of the others there has met somebody else's. */
  owned: ReadonlySet<ObjectId>;
  /** Told after every decision. Never called after `close()`. */
  onDecision(decision: InstallDecision): void;
  /** Told when an object was changed or deleted by somebody else and is put right. */
  onDrift?(id: ObjectId, what: 'changed' | 'deleted'): void;
};

type Applied = { uid: string; resourceVersion: string; fingerprint: string; object: KubernetesObject; at: Instant };

/** How long the watch may take to show what was applied, in ms, before the object is taken to be gone again. */
const watchLagMs = 10_000;

export class Installation {
  readonly #options: InstallationOptions;
  readonly #mirrors = new Map<string, Mirror>();
  readonly #applied = new Map<ObjectId, Applied>();
  readonly #byId: ReadonlyMap<ObjectId, DesiredObject>;
  readonly #dispatcher: Dispatcher<DesiredObject>;
  readonly #step: Coalesced;
  #closed = false;

  /** Begins at once. */
  constructor(options: InstallationOptions) {
    this.#options = options;
    const { clock, desired } = options;
    this.#byId = new Map(desired.objects.map((object) => [object.id, object]));
    this.#step = coalesce(clock, desired.objects.length > 200 ? 10 : 0, () => this.#look());
    this.#dispatcher = new Dispatcher<DesiredObject>({
      clock,
      keyOf: ({ id }) => id,
      subjectOf: ({ id }) => id,
      run: (object) => this.#apply(object),
      onChange: () => this.#step.soon(),
    });
    this.#step.soon();
  }

  /** The UID of what was applied so far. */
  uidOf(id: ObjectId): string | undefined {
    return this.#applied.get(id)?.uid;
  }

  close(): void {
    this.#closed = true;
    this.#step.close();
    this.#dispatcher.close();
    for (const mirror of this.#mirrors.values()) mirror.close();
  }

  #look(): void {
    if (this.#closed) return;
    const { desired, onDecision } = this.#options;
    const decision = decideInstall(
      desired.objects,
      desired.barriers,
      new Map(desired.objects.map((each) => [each.id, this.#present(each)])),
    );
    this.#dispatcher.submit(decision.apply.flatMap((id) => this.#byId.get(id) ?? []));
    onDecision(decision);
  }

  #present({ id, object }: DesiredObject): Present {
    const applied = this.#applied.get(id);
    const live = this.#newest(id, object, applied);
    const refusal = this.#dispatcher.refusal(id);
    const current = applied !== undefined && live !== undefined && fingerprint(live) === applied.fingerprint;
    const missing = live && notReady(live);
    return {
      exists: live !== undefined || this.#options.owned.has(id),
      current,
      ...(missing !== undefined && { notReady: missing }),
      ...(refusal && { refusal: explain(refusal.error) }),
      deleting: live?.metadata.deletionTimestamp !== undefined,
    };
  }

  /** The answer to our own apply until the watch shows something newer. */
  #newest(id: ObjectId, object: KubernetesObject, applied: Applied | undefined): KubernetesObject | undefined {
    const mirror = this.#mirrors.get(mirrorKey(object));
    const watched = mirror?.get(id);
    if (!applied) return undefined;
    if (watched) return isOlder(watched, applied) ? applied.object : watched;
    if (mirror?.synced && this.#options.clock.now() - applied.at > watchLagMs) {
      this.#applied.delete(id);
      return undefined;
    }
    return applied.object;
  }

  readonly #told = new Set<string>();

  #drifted(id: ObjectId, what: 'changed' | 'deleted'): void {
    const key = `${id} ${this.#applied.get(id)?.fingerprint}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.onDrift?.(id, what);
  }

  async #apply({ id, object }: DesiredObject): Promise<void> {
    const { cluster, clock, owned } = this.#options;
    const known = owned.has(id) || this.#everApplied.has(id) || (await this.#wasMadeAfterAll(id, object));
    // As it was seen before: by the time the answer comes the watch may already show what our own apply has made of it.
    const before = this.#mirrors.get(mirrorKey(object))?.get(id);
    const { object: answer, created } = await cluster.apply(object, { fieldManager, force: true });
    if (!created && !known && object.metadata.annotations?.[adoptAnnotation] !== 'true') await this.#giveBack(id, answer);
    const kept = dropManagedFields(answer);
    // An apply that changes nothing keeps the resourceVersion: then a controller wrote something of its own (a revision, a binding), which is no drift.
    if (this.#applied.has(id) && before && before.metadata.resourceVersion !== kept.metadata.resourceVersion) {
      if (fingerprint(before) !== fingerprint(kept)) this.#drifted(id, 'changed');
    }
    this.#everApplied.add(id);
    this.#applied.set(id, {
      uid: kept.metadata.uid ?? '',
      resourceVersion: kept.metadata.resourceVersion ?? '0',
      fingerprint: fingerprint(kept),
      object: kept,
      at: clock.now(),
    });
    clock.after(watchLagMs + 1, () => this.#step.soon());
    this.#watch(object);
  }

  readonly #everApplied = new Set<ObjectId>();

  /** An apply whose answer was lost may have happened: then the object bears our label, and meeting it is no surprise. */
  async #wasMadeAfterAll(id: ObjectId, { apiVersion, kind, metadata }: KubernetesObject): Promise<boolean> {
    if (!this.#dispatcher.refusal(id)) return false;
    const { name, namespace } = metadata;
    const live = await this.#options.cluster.get({ apiVersion, kind, name, ...(namespace && { namespace }) });
    return live?.metadata.labels?.[clusterOperatorLabel] === this.#options.name;
  }

  /** Somebody created an object of this name in the moment between our look and our apply. Without our label it is theirs again for the teardown. */
  async #giveBack(id: ObjectId, { apiVersion, kind, metadata }: KubernetesObject): Promise<never> {
    const { name, namespace } = metadata;
    await this.#options.cluster.patch(
      { apiVersion, kind, name, ...(namespace && { namespace }) },
      { type: 'merge', value: { metadata: { labels: { [clusterOperatorLabel]: null } } } },
    );
    throw new BookendError(
      'already-exists',
      `${describeId(id)} was created by somebody else at the same moment and is not ours`,
      {
        object: describeId(id),
      },
    );
  }

  /** One watch for each kind and namespace, opened with the first object: a kind that this spec itself defines is not served before. */
  #watch(object: KubernetesObject): void {
    const key = mirrorKey(object);
    if (this.#closed || this.#mirrors.has(key)) return;
    const { cluster, name } = this.#options;
    const { apiVersion, kind, metadata } = object;
    const query = {
      apiVersion,
      kind,
      labelSelector: `${clusterOperatorLabel}=${name}`,
      ...(metadata.namespace && { namespace: metadata.namespace }),
    };
    const mirror = new Mirror(cluster, query, { prune: dropManagedFields });
    this.#mirrors.set(key, mirror);
    mirror.onChange(({ id, object: live, previous }) => {
      if (!live && previous && this.#applied.get(id)?.uid === previous.metadata.uid) {
        this.#drifted(id, 'deleted');
        this.#applied.delete(id);
      }
      this.#step.soon();
    });
  }
}

function mirrorKey({ apiVersion, kind, metadata }: KubernetesObject): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''}`;
}

function isOlder(watched: KubernetesObject, applied: Applied): boolean {
  if (watched.metadata.uid !== applied.uid) return false;
  const [a, b] = [watched.metadata.resourceVersion ?? '0', applied.resourceVersion];
  return a.length === b.length ? a < b : a.length < b.length;
}

function explain(error: unknown): string {
  if (isCode(error, 'not-found')) return `${error.message}: its kind is not served yet`;
  return error instanceof Error ? error.message : String(error);
}
