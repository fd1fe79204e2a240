/**
 * One installation being carried out and kept: watches what is ours, creates and applies in order, repairs what others
 * change. It never ends by itself; whoever started it closes it when the spec changes or the end begins.
 *
 * What does not exist is created, never applied: an apply would take over whatever somebody put there a moment ago.
 * What exists is applied to under its UID, so that an object which took its place is never touched.
 */

import { wordsOf } from '../cluster/circumstances.ts';
import type { Clock, Instant } from '../cluster/clock.ts';
import { type Coalesced, coalesce } from '../cluster/coalesce.ts';
import { Dispatcher } from '../cluster/dispatch.ts';
import { Mirror } from '../cluster/mirror.ts';
import type { Cluster } from '../cluster/port.ts';
import { isOlder } from '../cluster/resource-version.ts';
import { Retries, type Retry } from '../cluster/retries.ts';
import { BookendError, isCode } from '../errors.ts';
import { describeId, idOf, type ObjectId, refOf } from '../objects/identity.ts';
import { clusterOperatorLabel, fieldManager } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { withAppliedFields } from './applied-fields.ts';
import { withNonce } from './claim.ts';
import { decideInstall, type InstallDecision, type Present } from './decide.ts';
import type { Outline, OutlinedObject } from './outline.ts';
import { type Sketch, sketchOf } from './sketch.ts';

/** Whose the objects are. Kept where a successor of this process finds it. */
export interface Claims {
  /** A nonce for the creation of this object, once its hash is on record. */
  nonceFor(id: ObjectId): Promise<string>;
  /** The object was made, or found to be ours, under this UID. */
  made(id: ObjectId, uid: string): void;
  /**
   * The same, and on record when it resolves: an apply takes the nonce off the object, and nothing else would prove it
   * any more.
   */
  prove(id: ObjectId, uid: string): Promise<void>;
  /** True when the live object is ours, or may be taken over and is on record as ours by now. */
  recognise(wanted: OutlinedObject, live: KubernetesObject): Promise<boolean>;
}

/** An object of ours as a current read has found it. */
export type Found = {
  uid: string;
  /** Its fields are entered as created by us, not as applied. */
  created: boolean;
};

export type InstallationOptions = {
  cluster: Cluster;
  clock: Clock;
  outline: Outline;
  /** Name of the ClusterOperator. */
  name: string;
  /** What exists already and is ours. */
  found: ReadonlyMap<ObjectId, Found>;
  claims: Claims;
  /** Calls `work` with the body of the object as it is wanted, as soon as there is memory for it. */
  withBody<T>(wanted: OutlinedObject, work: (body: KubernetesObject) => Promise<T>): Promise<T>;
  /** Told after every decision. Never called after `close()`. */
  onDecision(decision: InstallDecision): void;
  /** Told when an object was changed or deleted by another client; Bookend repaired it. */
  onDrift?(id: ObjectId, what: 'changed' | 'deleted'): void;
};

/** The answer to our own last write. */
type Applied = { sketch: Sketch; at: Instant };

/** From so many objects on a decision costs enough to let events gather before it, for so long, in ms. */
const largeSpec = 200;
const gatherMs = 10;
/** The same while more writes wait than may be under way at once: another decision could only add to them. */
const gatherWhileFullMs = 100;

/** How long the watch may take to show what was written, in ms, before the object is taken to be gone again. */
const watchLagMs = 10_000;

export class Installation {
  readonly #options: InstallationOptions;
  readonly #byId: ReadonlyMap<ObjectId, OutlinedObject>;
  readonly #mirrors = new Map<string, Mirror>();
  readonly #found: Map<ObjectId, Found>;
  readonly #applied = new Map<ObjectId, Applied>();
  /** What the watch does not show any more, with its last fingerprint. */
  readonly #vanished = new Map<ObjectId, string>();
  readonly #told = new Set<string>();
  readonly #retries: Retries<ObjectId>;
  readonly #dispatcher: Dispatcher<OutlinedObject, ObjectId>;
  readonly #step: Coalesced;
  #closed = false;

  /** Begins at once. */
  constructor(options: InstallationOptions) {
    this.#options = options;
    const { clock, outline, found } = options;
    this.#byId = new Map(outline.objects.map((object) => [object.id, object]));
    this.#found = new Map(found);
    const isLarge = outline.objects.length > largeSpec;
    this.#step = coalesce(clock, isLarge ? () => (this.#dispatcher.isFull ? gatherWhileFullMs : gatherMs) : 0, () =>
      this.#look(),
    );
    const onChange = () => this.#step.soon();
    this.#retries = new Retries(clock, onChange);
    this.#dispatcher = new Dispatcher({
      clock,
      retries: this.#retries,
      keyOf: ({ id }) => id,
      subjectOf: ({ id }) => id,
      run: (object) => this.#put(object),
      onChange,
    });
    this.#step.soon();
  }

  close(): void {
    this.#closed = true;
    this.#step.close();
    this.#dispatcher.close();
    this.#retries.close();
    for (const mirror of this.#mirrors.values()) mirror.close();
  }

  #look(): void {
    if (this.#closed) return;
    const { outline, onDecision } = this.#options;
    const refused = this.#retries.bySubject();
    const decision = decideInstall(
      outline.objects,
      outline.barriers,
      new Map(outline.objects.map((each) => [each.id, this.#present(each, refused.get(each.id))])),
    );
    this.#dispatcher.submit(decision.apply.flatMap((id) => this.#byId.get(id) ?? []));
    onDecision(decision);
  }

  #present({ id, ref }: OutlinedObject, refusal: Retry | undefined): Present {
    const applied = this.#applied.get(id);
    const live = applied && this.#newest(id, ref, applied);
    return {
      exists: live !== undefined || this.#found.has(id),
      current: applied !== undefined && live !== undefined && live.fingerprint === applied.sketch.fingerprint,
      ...(live?.notReady !== undefined && { notReady: live.notReady }),
      ...(refusal && { refusal: wordsOf(refusal.error) }),
      deleting: live?.metadata.deletionTimestamp !== undefined,
    };
  }

  /** The answer to our own write until the watch shows something newer. */
  #newest(id: ObjectId, ref: ObjectRef, { sketch, at }: Applied): Sketch | undefined {
    const mirror = this.#mirrors.get(mirrorKey(ref));
    const watched = mirror?.get(id) as Sketch | undefined;
    if (watched && isSame(watched, sketch)) return isOlder(watched, sketch) ? sketch : watched;
    if (!mirror?.synced || this.#options.clock.now() - at <= watchLagMs) return sketch;
    this.#forget(id);
    return undefined;
  }

  async #put(wanted: OutlinedObject): Promise<number> {
    const { clock, claims, withBody } = this.#options;
    const { id, ref } = wanted;
    // As it was seen before: by the time the answer comes the watch may already show what our own write has made of it.
    const before = this.#mirrors.get(mirrorKey(ref))?.get(id) as Sketch | undefined;
    const { answer, created } = await withBody(wanted, async (body) => {
      const written = await this.#write(wanted, body);
      return { ...written, answer: this.#sketched(written.answer) };
    });
    const uid = answer.metadata.uid ?? '';
    claims.made(id, uid);
    this.#tellDrift(id, before, answer, created);
    this.#found.set(id, { uid, created });
    this.#applied.set(id, { sketch: answer, at: clock.now() });
    clock.after(watchLagMs + 1, () => this.#step.soon());
    this.#watch(ref);
    return 0;
  }

  async #write(wanted: OutlinedObject, body: KubernetesObject): Promise<{ answer: KubernetesObject; created: boolean }> {
    const { cluster, claims } = this.#options;
    const known = this.#found.get(wanted.id);
    if (known) return { answer: await this.#apply(wanted, body, known), created: false };
    const nonce = await claims.nonceFor(wanted.id);
    try {
      return { answer: await cluster.create(withNonce(body, nonce), { fieldManager, strict: true }), created: true };
    } catch (error) {
      if (!isCode(error, 'already-exists')) throw error;
    }
    return { answer: await this.#apply(wanted, body, await this.#recognise(wanted)), created: false };
  }

  /**
   * A create that was refused because of an object which exists may have met its own work, or ours under a label that
   * somebody took off.
   */
  async #recognise(wanted: OutlinedObject): Promise<Found> {
    const live = await this.#options.cluster.get(wanted.ref, { metadataOnly: true });
    const what = describeId(wanted.id);
    if (!live?.metadata.uid) throw new BookendError('conflict', `${what} disappeared again; Bookend retries`, { object: what });
    if (await this.#options.claims.recognise(wanted, live)) {
      await this.#options.claims.prove(wanted.id, live.metadata.uid);
      return foundIn(live);
    }
    throw new BookendError('already-exists', `${wanted.place}: ${what} exists already and is not ours`, {
      object: what,
      field: wanted.place,
    });
  }

  async #apply({ id, ref }: OutlinedObject, body: KubernetesObject, { uid, created }: Found): Promise<KubernetesObject> {
    const { cluster, claims } = this.#options;
    if (created) {
      await claims.prove(id, uid);
      await moveToApplied(cluster, ref, uid);
    }
    try {
      const own = { ...body, metadata: { ...body.metadata, uid } };
      return (await cluster.apply(own, { fieldManager, force: true })).object;
    } catch (error) {
      // Another object stands there, or none: ours is gone, and the next try creates it.
      if (isCode(error, 'conflict')) this.#forget(id);
      throw error;
    }
  }

  #forget(id: ObjectId): void {
    const applied = this.#applied.get(id);
    if (applied) this.#vanished.set(id, applied.sketch.fingerprint);
    this.#applied.delete(id);
    this.#found.delete(id);
  }

  #tellDrift(id: ObjectId, before: Sketch | undefined, answer: Sketch, created: boolean): void {
    const vanished = this.#vanished.get(id);
    this.#vanished.delete(id);
    const applied = this.#applied.get(id)?.sketch.fingerprint;
    if (vanished !== undefined) this.#drifted(`${id} ${vanished}`, id, created ? 'deleted' : 'changed');
    // An apply that changes nothing keeps the resourceVersion: then a controller wrote something of its own (a
    // revision, a binding), which is no drift.
    else if (applied !== undefined && before && before.metadata.resourceVersion !== answer.metadata.resourceVersion) {
      if (before.fingerprint !== answer.fingerprint) this.#drifted(`${id} ${applied}`, id, 'changed');
    }
  }

  #drifted(key: string, id: ObjectId, what: 'changed' | 'deleted'): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.onDrift?.(id, what);
  }

  /** The answer to a write and the watch show the same version, one after the other: its fingerprint is made once. */
  #sketched(object: KubernetesObject): Sketch {
    const id = idOf(object);
    const known = [this.#applied.get(id)?.sketch, this.#mirrors.get(mirrorKey(refOf(object)))?.get(id) as Sketch | undefined];
    const { resourceVersion } = object.metadata;
    const isKnown = (each: Sketch | undefined) =>
      each !== undefined &&
      resourceVersion !== undefined &&
      isSame(each, object) &&
      each.metadata.resourceVersion === resourceVersion;
    return known.find(isKnown) ?? sketchOf(object);
  }

  /**
   * One watch for each kind and namespace, opened with the first object: a kind that this spec itself defines is not
   * served before.
   */
  #watch(ref: ObjectRef): void {
    const key = mirrorKey(ref);
    if (this.#closed || this.#mirrors.has(key)) return;
    const { cluster, name } = this.#options;
    const { apiVersion, kind, namespace } = ref;
    const query = {
      apiVersion,
      kind,
      labelSelector: `${clusterOperatorLabel}=${name}`,
      ...(namespace !== undefined && { namespace }),
    };
    // Anybody may put our label on any number of objects of any size.
    const prune = (object: KubernetesObject) => (this.#byId.has(idOf(object)) ? this.#sketched(object) : undefined);
    const mirror = new Mirror(cluster, query, { prune });
    this.#mirrors.set(key, mirror);
    mirror.onChange(({ id, object: live, previous }) => {
      const applied = this.#applied.get(id)?.sketch;
      if (previous && applied && isSame(previous, applied) && !(live && isSame(live, applied))) this.#forget(id);
      this.#step.soon();
    });
  }
}

/** What a current read of an object of ours tells of it. */
export function foundIn(live: KubernetesObject): Found {
  const { uid = '', managedFields } = live.metadata;
  return { uid, created: withAppliedFields(managedFields, fieldManager) !== undefined };
}

/**
 * Before the first apply to a created object; does nothing when another object stands there. @throws `conflict` when it
 * has just changed
 */
async function moveToApplied(cluster: Cluster, ref: ObjectRef, uid: string): Promise<void> {
  const live = await cluster.get(ref, { metadataOnly: true });
  const moved = withAppliedFields(live?.metadata.managedFields, fieldManager);
  if (live?.metadata.uid !== uid || !moved) return;
  const operations = [
    { op: 'test' as const, path: '/metadata/uid', value: uid },
    { op: 'test' as const, path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
    { op: 'replace' as const, path: '/metadata/managedFields', value: moved },
  ];
  await cluster.patch(ref, { type: 'json', operations }, { fieldManager });
}

function mirrorKey({ apiVersion, kind, namespace = '' }: ObjectRef): string {
  return `${apiVersion} ${kind} ${namespace}`;
}

function isSame(one: KubernetesObject, other: KubernetesObject): boolean {
  return one.metadata.uid === other.metadata.uid;
}
