/**
 * What is seen of the cluster at one moment, reduced to what decisions need. Plain data: `gather` makes it, `decide`
 * and the blockers read it.
 */
import type { Instant } from '../cluster/clock.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { Inhabitants } from './inhabitants.ts';

export type SeenObject = {
  /** With the UID that was seen: a delete names it. */
  ref: ObjectRef & { uid: string };
  /** When its deletion was asked for; absent while nobody did. */
  deletingSince?: Instant;
  finalizers: string[];
  /**
   * On children and Pods that have lost their owners in the middle of the teardown: the garbage collector will never
   * delete them, only we will.
   */
  ownerless?: true;
};

export type SeenContainer = { name: string; running: boolean; preStop: boolean };

export type SeenPod = SeenObject & {
  node?: string;
  /** Seconds that its deletion grants it. */
  graceSeconds?: number;
  /** Succeeded or Failed: its containers never run again, only the object is left. */
  ended?: true;
  containers: SeenContainer[];
};

/** What the last look into a Namespace found. */
export type SeenInhabitants = Inhabitants & {
  at: Instant;
  /** The first look in a row that found anything, or could not look at all. */
  since: Instant;
};

/** A living Pod that uses an object of the plan, and does not go with what the plan has before that. */
export type SeenUser = {
  pod: { namespace: string; name: string; uid: string };
  /** The object that it names, and in which field. */
  names: ObjectId;
  field: string;
  /** The step that it lives for; absent on Pods of others. */
  maker?: ObjectId;
  /** Since when it has kept a step from its turn, as far as this run knows. */
  since?: Instant;
};

/** One step of the plan as it stands in the cluster. */
export type SeenStep = {
  /** Absent: it does not exist. */
  object?: SeenObject;
  /**
   * Living things that were made out of it, Pods excluded: by owner chain. For a CustomResourceDefinition: custom
   * resources of its kind that came after the plan was made.
   */
  children: SeenObject[];
  /** Its Pods; for a step that is a Pod, that Pod itself. */
  pods: SeenPod[];
  /**
   * What may come from it, though no owner proves it: Pods, and what its operator made without an owner. They are
   * waited for, and neither deleted nor forced.
   */
  strays?: SeenObject[];
  /** Since when nothing else has been left of it, and as much as now, as far as this run knows. */
  aloneSince?: Instant;
  /** A current read, made after the watch showed nothing, found nothing either. */
  confirmedGone: boolean;
  /** Living Pods that would lose it: they name it, or the ServiceAccount that it gives rights to. */
  users?: SeenUser[];
  /** Since when such Pods have kept it from its turn, as far as this run knows. */
  usedSince?: Instant;
  /** Of a Namespace whose turn has come: what is in it besides what goes with it. */
  inhabitants?: SeenInhabitants;
  /**
   * The watch shows nothing, but that proves nothing: it shows only what has our label, and nobody saw the object go.
   */
  doubtful?: true;
  /** Since when it has been its turn, as far as this run knows. */
  turnSince?: Instant;
  /** Why the last action on it failed, in words; absent after a success. */
  refusal?: string;
  /** Since when it has been failing. */
  refusedSince?: Instant;
};

export type Seen = {
  /** False until every watch has delivered its first state: nothing may be concluded before. */
  synced: boolean;
  /** Why it is not synced, in words. */
  unsyncedBecause?: string;
  /** Why what is seen may be out of date, in words: a watch is broken and being mended. */
  lagging?: string;
  steps: ReadonlyMap<ObjectId, SeenStep>;
};

/** A step about which nothing is known: not there, no dependents, not confirmed. */
export const nothingSeen: SeenStep = { children: [], pods: [], confirmedGone: false };
