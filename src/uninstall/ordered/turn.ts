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
import { describeRef } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { announcementOf, notKnown, type Place, placesOf, untilAlone } from './overlap.ts';
import { leaseOf, ownerOf, type UninstallRecord } from './record.ts';

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
    for (const each of announcements) await each.end().catch(() => {});
    await own.end();
  };
  try {
    await untilLeading(own, options);
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
  /** Why the Lease could not be written the last time. */
  trouble(): { error: string; code?: string } | undefined;
  /** Deletes the Lease, if it is ours. */
  end(): Promise<void>;
};

/** @param place what is announced there; absent: nothing */
function standFor({ cluster, clock, record, identity }: TurnOptions, place: Place | undefined, onLose: () => void): Candidacy {
  const ref = { ...leaseOf(record), ...(place && { namespace: place.namespace }) };
  const { namespace = record.namespace, name } = ref;
  const owner = ownerOf(record);
  const nothing = () => {};
  let trouble: { error: string; code?: string } | undefined;
  const election = new Election({
    ...{ cluster, clock, namespace, name, identity, times, onLose },
    ...(owner && { owner }),
    ...(place && { marks: announcementOf(place) }),
    log: { debug: nothing, info: nothing, warn: (fields) => (trouble = fields as typeof trouble), error: nothing },
    onLead: nothing,
  });
  const end = async () => {
    const led = election.leading;
    await election.close();
    const lease = led ? await cluster.get(ref) : undefined;
    const { uid, resourceVersion } = lease?.metadata ?? {};
    // Somebody may have taken it since: the resourceVersion is that of a Lease which nobody holds.
    if (uid === undefined || resourceVersion === undefined || textOf(fieldAt(lease, 'spec', 'holderIdentity'))) return;
    await cluster.delete(ref, { uid, resourceVersion });
  };
  return { ref, election, trouble: () => trouble, end };
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
async function untilLeading({ election, ref, trouble }: Candidacy, options: TurnOptions): Promise<void> {
  const { cluster, clock, identity, record, onNote } = options;
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
