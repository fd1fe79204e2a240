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

/** @throws BookendError `conflict` when somebody else uninstalls it, naming who */
export async function takeTurn({ cluster, clock, record, identity, onNote }: TurnOptions): Promise<Turn> {
  const ref = leaseOf(record);
  const owner = ownerOf(record);
  const { promise: lost, reject } = Promise.withResolvers<never>();
  lost.catch(() => {});
  const nothing = () => {};
  let trouble: string | undefined;
  const election = new Election({
    cluster,
    clock,
    namespace: record.namespace,
    name: ref.name,
    identity,
    ...(owner && { owner }),
    log: { debug: nothing, info: nothing, warn: ({ error }: { error?: unknown }) => (trouble = String(error)), error: nothing },
    onLead: nothing,
    onLose: () => reject(new BookendError('conflict', `the Lease ${record.namespace}/${ref.name} could not be renewed in time`)),
    times,
  });
  try {
    await untilLeading(election, { cluster, clock, ref, identity, record, onNote, trouble: () => trouble });
  } catch (error) {
    await election.close();
    throw error;
  }
  return {
    cluster: fenced(cluster, () => election.mayAct),
    lost,
    end: async () => {
      await election.close();
      const lease = await cluster.get(ref);
      const { uid, resourceVersion } = lease?.metadata ?? {};
      // Somebody may have taken it since: the resourceVersion is that of a Lease which nobody holds.
      if (uid === undefined || resourceVersion === undefined || textOf(fieldAt(lease, 'spec', 'holderIdentity'))) return;
      await cluster.delete(ref, { uid, resourceVersion });
    },
  };
}

type Candidate = Pick<TurnOptions, 'cluster' | 'clock' | 'identity' | 'record' | 'onNote'> & {
  ref: ObjectRef;
  /** Why the Lease could not be written the last time. */
  trouble(): string | undefined;
};

/** A holder who lives renews the Lease while we look; one who is gone does not. */
async function untilLeading(election: Election, candidate: Candidate): Promise<void> {
  const { cluster, clock, ref, identity, record, onNote } = candidate;
  const end = clock.now() + 3 * times.lease;
  let first: string | undefined;
  while (!election.leading) {
    const { holder, renewed, since } = holderOf(await cluster.get(ref));
    const seen = holder === '' || holder === identity ? undefined : `${holder} ${renewed}`;
    if (seen !== undefined && first === undefined)
      onNote(`waiting for up to ${times.lease / 1_000} s: ${holder} was uninstalling ${record.of}`);
    else if (seen !== undefined && first !== seen) throw busy(record, holder, since);
    if (clock.now() > end)
      throw candidate.trouble() === undefined ? busy(record, holder, since) : notTaken(ref, candidate.trouble());
    first = seen;
    await sleep(clock, pollMs);
  }
}

function notTaken(ref: ObjectRef, trouble: string | undefined): BookendError {
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
