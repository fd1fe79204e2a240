/**
 * One uninstall of the same things at a time. A process that uninstalls holds a Lease and renews it; a second one stops
 * and names the holder. When the holder has not renewed the Lease in time, it writes nothing any more, and the next one
 * may begin.
 */
import { type Clock, sleep } from '../../cluster/clock.ts';
import { Election } from '../../cluster/election.ts';
import { fenced } from '../../cluster/fence.ts';
import type { Cluster } from '../../cluster/port.ts';
import { BookendError } from '../../errors.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeRef, idOfRef, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { announcementOf, notKnown, type Place, placesOf, untilAlone } from './overlap.ts';
import { leaseOf, ownerOf, progressRef, type UninstallRecord } from './record.ts';

export type TurnOptions = {
  cluster: Cluster;
  clock: Clock;
  record: UninstallRecord;
  /** Who runs this, for the message to a second one; unique. */
  identity: string;
  onNote(text: string): void;
};

export type Turn = {
  /** The same cluster; it writes nothing once the turn is over. */
  cluster: Cluster;
  /** Rejects when the turn was lost. */
  lost: Promise<never>;
  end(): Promise<void>;
};

/** What an uninstall keeps in the cluster while it runs. */
export function tracesOf(record: UninstallRecord): Set<ObjectId> {
  const leases = placesOf(record).map(({ namespace }) => ({ ...leaseOf(record), namespace }));
  return new Set([progressRef(record), ...leases].map(idOfRef));
}

/** In ms. */
const times = { lease: 10_000, renewDeadline: 7_000, retry: 1_500 };
const pollMs = 250;

/** @throws BookendError `conflict` when somebody else uninstalls it, or some of the same objects, naming who */
export async function takeTurn(options: TurnOptions): Promise<Turn> {
  const { cluster, record } = options;
  const { promise: lost, reject } = Promise.withResolvers<never>();
  lost.catch(() => {});
  const [place, ...more] = placesOf(record);
  const own = standFor(options, record.objects && place, () => {
    const lease = describeRef(leaseOf(record));
    reject(new BookendError('conflict', `the ${lease} could not be renewed in time`));
  });
  const announcements = more.map((each) => standFor(options, each, () => {}));
  // The one that the fence goes by goes last: while it is there, the same command finds the rest.
  const end = async () => {
    await Promise.all(announcements.map(({ election }) => election.remove()));
    await own.election.remove();
  };
  try {
    await untilLeading(own, options);
    await soonest(options.clock, pollMs, Promise.all(announcements.map(({ tried }) => tried)));
    if (record.objects)
      await untilAlone({
        ...options,
        ...{ leaseMs: times.lease, pause: () => sleep(options.clock, pollMs) },
        isAnnounced: isAnnouncedBy(announcements, options),
      });
  } catch (error) {
    await end().catch(() => {});
    throw error;
  }
  return { cluster: fenced(cluster, () => own.election.mayAct), lost, end };
}

type Candidacy = {
  ref: ObjectRef;
  election: Election;
  /** Resolves when the Lease is held, or could not be written. */
  tried: Promise<void>;
  /** Why the Lease could not be written the last time. */
  trouble(): Trouble | undefined;
};

type Trouble = { error: string; code?: string };

/** @param place what is announced there; absent: nothing */
function standFor({ cluster, clock, record, identity }: TurnOptions, place: Place | undefined, onLose: () => void): Candidacy {
  const ref = { ...leaseOf(record), ...(place && { namespace: place.namespace }) };
  const { namespace = record.namespace, name } = ref;
  const owner = ownerOf(record);
  const nothing = () => {};
  const { promise: tried, resolve: onTried } = Promise.withResolvers<void>();
  let trouble: Trouble | undefined;
  const warn = (fields: object) => {
    trouble = fields as Trouble;
    onTried();
  };
  const election = new Election({
    ...{ cluster, clock, namespace, name, identity, times, onLose },
    ...(owner && { owner }),
    ...(place && { marks: announcementOf(place) }),
    log: { debug: nothing, info: nothing, warn, error: nothing },
    onLead: onTried,
  });
  return { ref, election, tried, trouble: () => trouble };
}

/**
 * In other namespaces people may lack the permission, or the namespace goes already: then it is said, and not needed.
 */
function isAnnouncedBy(announcements: readonly Candidacy[], { clock, onNote }: TurnOptions): () => boolean {
  const end = clock.now() + 3 * times.lease;
  const open = new Set(announcements);
  const settle = ({ election, ref, trouble }: Candidacy): boolean => {
    const last = trouble();
    if (election.leading || last === undefined) return election.leading;
    const isRefused = last.code === 'forbidden' || last.code === 'not-found';
    if (!isRefused && clock.now() > end) throw notTaken(ref, last.error);
    if (last.code === 'forbidden') onNote(notKnown(ref.namespace ?? '', last.error));
    if (isRefused) void election.close();
    return isRefused;
  };
  return () => {
    for (const each of open) if (settle(each)) open.delete(each);
    return open.size === 0;
  };
}

/** A holder who lives renews the Lease while we look; one who is gone does not. */
async function untilLeading({ election, ref, trouble, tried }: Candidacy, options: TurnOptions): Promise<void> {
  const { cluster, clock, identity, record, onNote } = options;
  await soonest(clock, pollMs, tried);
  const end = clock.now() + 3 * times.lease;
  let first: string | undefined;
  while (!election.leading) {
    const { holder, renewed, since } = holderOf(await cluster.get(ref));
    const seen = holder === '' || holder === identity ? undefined : `${holder} ${renewed}`;
    if (seen !== undefined && first === undefined)
      onNote(`waiting for up to ${times.lease / 1_000} s: ${holder} was uninstalling ${record.of}`);
    else if (seen !== undefined && first !== seen) throw busy(record, holder, since);
    if (clock.now() > end) {
      const last = trouble();
      throw last === undefined ? busy(record, holder, since) : notTaken(ref, last.error);
    }
    first = seen;
    await sleep(clock, pollMs);
  }
}

/** Waits for something, for so long at most. */
function soonest(clock: Clock, ms: number, something: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void something.then(() => {
      cancel();
      resolve();
    });
  });
}

function notTaken(ref: ObjectRef, trouble: string): BookendError {
  return new BookendError('unreachable', `${describeRef(ref)} could not be written: ${trouble}`, {
    object: describeRef(ref),
    advice: 'Bookend holds this Lease so that nobody else uninstalls the same at the same time. Nothing was deleted.',
  });
}

function holderOf(lease: KubernetesObject | undefined): { holder: string; renewed: string; since: string } {
  const field = (name: string) => textOf(fieldAt(lease, 'spec', name)) ?? '';
  return { holder: field('holderIdentity'), renewed: field('renewTime'), since: field('acquireTime') };
}

function busy({ of }: UninstallRecord, holder: string, since: string): BookendError {
  const begun = since === '' ? '' : ` since ${since.replace(/\.\d+Z$/, 'Z')}`;
  return new BookendError('conflict', `${holder} has been uninstalling ${of}${begun}`, {
    object: of,
    advice: 'Wait until that is over, then run the command again. Nothing was done.',
  });
}
