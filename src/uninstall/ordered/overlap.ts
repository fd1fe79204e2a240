/**
 * Two uninstalls of files that name some of the same objects do not run side by side: each would wait for objects that
 * the other deletes, keep what the other removes, and count what the other did.
 *
 *   announce the objects  →  wait until the announcement is written  →  look for others  →  begin
 *
 * Each writes before it looks, so of two that begin at once at least one sees the other. An announcement is a Lease
 * that its process renews. It counts only while it is renewed before our eyes: clocks of others are not trusted, and
 * nothing that is silent holds anybody up for longer than a Lease lasts. It lies in the namespace of the record, and in
 * each other namespace with objects of the files, where it counts for the objects of that namespace alone: whoever may
 * write there cannot hold up what is elsewhere.
 */
import { createHash } from 'node:crypto';
import type { Clock, Instant } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeRef, type ObjectId, parseId, refOf } from '../../objects/identity.ts';
import { uninstallLabel, uninstallsAnnotation } from '../../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { prefixOfFiles, type UninstallRecord } from './record.ts';
import { namesOf } from './selection.ts';

/** A namespace in which the uninstall is announced, and the objects that it is announced for. */
export type Place = { namespace: string; ids: readonly ObjectId[] };

/** Each is a Lease that is renewed. */
const mostPlaces = 20;
/** In one annotation: all annotations of an object together may have 256 KiB. */
const mostAnnounced = 20_000;
/** Others may make any number of them. */
const mostOthers = 500;

/** That of the record first. */
export function placesOf({ namespace, objects = [] }: UninstallRecord): Place[] {
  const elsewhere = [...Map.groupBy(objects, (id) => parseId(id).namespace ?? namespace)]
    .flatMap(([each, ids]): Place[] => (each === namespace ? [] : [{ namespace: each, ids }]))
    .sort((one, other) => (one.namespace < other.namespace ? -1 : 1));
  return [{ namespace, ids: objects }, ...elsewhere.slice(0, mostPlaces)];
}

/** How the Secret and the Leases of an uninstall of files are found. */
export const uninstallLabels = { [uninstallLabel]: 'files' };

/** What the Lease in that place carries. */
export function announcementOf({ ids }: Place): Pick<KubernetesObject['metadata'], 'labels' | 'annotations'> {
  const digests = ids.slice(0, mostAnnounced).map(digestOf).join('');
  return { labels: uninstallLabels, annotations: { [uninstallsAnnotation]: digests } };
}

const digestLength = 8;

/** 48 bits: of 10,000 objects here and 10,000 there two different ones are taken for one in 1 of 2.8 million cases. */
function digestOf(id: ObjectId): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, digestLength);
}

/** Another uninstall of files, by its Lease. */
type Other = { ref: ObjectRef; holder: string; renewed: string; since: string; shared: readonly ObjectId[] };

export type AloneOptions = {
  cluster: Cluster;
  clock: Clock;
  record: UninstallRecord;
  identity: string;
  /** How long a Lease lasts, in ms. */
  leaseMs: number;
  /** Whether all of our own announcements are written; throws when one cannot be. */
  isAnnounced(): boolean;
  pause(): Promise<void>;
  onNote(text: string): void;
};

/**
 * @throws BookendError `conflict` when another uninstall of some of the objects runs, naming who, since when and what
 */
export async function untilAlone(options: AloneOptions): Promise<void> {
  const { cluster, clock, record, identity, leaseMs, isAnnounced, pause, onNote } = options;
  const first: FirstSeen = new Map();
  const told = new Set<string>();
  const note = (key: string, text: string) => {
    if (!told.has(key)) onNote(text);
    told.add(key);
  };
  const end = clock.now() + 3 * leaseMs;
  const places = placesOf(record);
  for (;;) {
    const isSure = isAnnounced();
    const found = (await Promise.all(places.map((place) => othersIn(cluster, place, note)))).flat();
    const others = found
      .filter(({ holder }) => holder !== '' && holder !== identity)
      .map((other) => ({ ...other, state: stateOf(other, first, clock.now(), leaseMs) }));
    const inTheWay = others.filter(({ shared, state }) => shared.length > 0 && state !== 'silent');
    const living = inTheWay.find(({ state }) => state === 'lives');
    // Of two that see each other one goes, so that not both do.
    if (living && (clock.now() >= end || isBefore(living, { record, identity }))) throw busy(living);
    const [waitedFor] = inTheWay;
    if (waitedFor) {
      const { holder, shared } = waitedFor;
      note(`wait ${describeRef(waitedFor.ref)}`, `waiting: ${holder} was uninstalling ${namesOf(shared, 3)}`);
    } else if (isSure) {
      const left = others.filter((other) => other.state === 'silent' || isOld(other, clock));
      for (const other of left) note(`left ${describeRef(other.ref)}`, leftText(other));
      return;
    }
    await pause();
  }
}

type FirstSeen = Map<string, { renewed: string; at: Instant }>;

/** lives: it was renewed while we looked. silent: it was not, for as long as a Lease lasts. */
function stateOf({ ref, renewed }: Other, first: FirstSeen, now: Instant, leaseMs: number): 'lives' | 'silent' | 'open' {
  const key = describeRef(ref);
  const seen = first.get(key) ?? { renewed, at: now };
  first.set(key, seen);
  if (seen.renewed !== renewed) return 'lives';
  return now - seen.at >= leaseMs ? 'silent' : 'open';
}

function isBefore({ ref, holder }: Other, { record, identity }: Pick<AloneOptions, 'record' | 'identity'>): boolean {
  return `${ref.name} ${holder}` < `${record.name} ${identity}`;
}

async function othersIn(
  cluster: Cluster,
  { namespace, ids }: Place,
  note: (key: string, text: string) => void,
): Promise<Other[]> {
  const known = new Map(ids.map((id) => [digestOf(id), id]));
  const sharedBy = (lease: KubernetesObject) => {
    const digests = textOf(lease.metadata.annotations?.[uninstallsAnnotation]) ?? '';
    return (digests.match(eachDigest) ?? []).filter((digest) => known.has(digest));
  };
  // An announcement of ten thousand objects is kept as what it has in common with ours.
  const keep = (lease: KubernetesObject): KubernetesObject | undefined => {
    const { apiVersion, kind, metadata, spec } = lease;
    if (!metadata.name.startsWith(prefixOfFiles)) return undefined;
    const annotations = { [uninstallsAnnotation]: sharedBy(lease).join('') };
    return { apiVersion, kind, metadata: { name: metadata.name, namespace, annotations }, spec };
  };
  const query = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace };
  try {
    const labelSelector = Object.entries(uninstallLabels)
      .map(([name, value]) => `${name}=${value}`)
      .join();
    const { items } = await cluster.list({ ...query, labelSelector, keep, limit: mostOthers });
    return items.map((lease) => {
      const field = (name: string) => textOf(fieldAt(lease, 'spec', name)) ?? '';
      const shared = sharedBy(lease).flatMap((digest) => known.get(digest) ?? []);
      const { renewed, since } = { renewed: field('renewTime'), since: field('acquireTime') };
      return { ref: refOf(lease), holder: field('holderIdentity'), renewed, since, shared };
    });
  } catch (error) {
    if (!isCode(error, 'forbidden')) throw error;
    note(`list ${namespace}`, notKnown(namespace, error.message));
    return [];
  }
}

const eachDigest = new RegExp(`[\\w-]{${digestLength}}`, 'g');

/** Without the permission the uninstall goes on: it needs none of these Leases for itself. */
export function notKnown(namespace: string, why: string): string {
  return `whether another uninstall of files deletes the same objects in namespace ${namespace} is not known: ${why}`;
}

function busy({ ref, holder, since, shared }: Other): BookendError {
  const begun = since === '' ? '' : ` since ${withoutFraction(since)}`;
  return new BookendError('conflict', `${holder} has been uninstalling some of these objects${begun}: ${namesOf(shared, 3)}`, {
    object: describeRef(ref),
    advice: 'Wait until that is over, then run the command again. Nothing was done.',
  });
}

/** Older than any difference between clocks. */
const oldMs = 60 * 60_000;

function isOld({ renewed }: Other, clock: Clock): boolean {
  const at = Date.parse(renewed);
  return Number.isNaN(at) || clock.now() - at > oldMs;
}

/** Nobody continues it: its record stays until somebody does, or removes it. */
function leftText({ ref, holder, renewed }: Other): string {
  const { name, namespace = '' } = ref;
  const command = shellCommand('kubectl', 'delete', `lease/${name}`, `secret/${name}`, '-n', namespace, '--ignore-not-found');
  return `an uninstall of files by ${holder} stopped at ${withoutFraction(renewed)} and was not finished. Its command continues it. To remove its record instead: ${command}`;
}

function withoutFraction(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}
