/**
 * Why an object does not go: the chain of what holds it. Each link has the fields that prove it, the command that
 * helps, and what that command loses. Pure: it uses what `gather.ts` has read.
 */
import { describeRef, refOf } from '../objects/identity.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import { duration } from '../teardown/blockers.ts';
import { type Blocker, isStuck, type Snapshot, type Why } from './blocker.ts';
import { blockersOf, contextOf } from './blockers.ts';
import { toldOnce } from './once.ts';
import { deletingSince, isSlow } from './since.ts';

export function why(snapshot: Snapshot): Why<ProposedRemedy> {
  const { object, now, notSeen, tried } = snapshot;
  const since = deletingSince(object);
  const blockers = toldOnce(blockersOf(object, contextOf(snapshot)));
  const isLate = isSlow(since, { now });
  const stuck = blockers.some(isStuck) || (blockers.length === 0 && isLate);
  const name = describeRef(refOf(object));
  return {
    object: refOf(object),
    state: since === undefined ? 'present' : 'terminating',
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    says: since === undefined ? presentSays(name, blockers, stuck) : terminatingSays(name, now - since, blockers, stuck, notSeen),
    stuck,
    blockers,
    ...(tried && { tried }),
    notSeen: [...notSeen],
  };
}

function terminatingSays(
  name: string,
  ms: number,
  blockers: readonly Blocker[],
  stuck: boolean,
  notSeen: readonly string[],
): string {
  const start = `${name} has been terminating for ${duration(ms)}`;
  if (blockers.length === 0) {
    const but = notSeen.length > 0 ? `; not everything could be read: ${notSeen.length} refusals` : '';
    return `${start}; nothing that Bookend can see holds it${but}${stuck ? '' : ': it should be gone in a moment'}`;
  }
  return stuck ? `${start}, and will not go by itself` : `${start}, and is on its way`;
}

function presentSays(name: string, blockers: readonly Blocker[], stuck: boolean): string {
  const start = `${name} is not being deleted`;
  if (blockers.length === 0) return `${start}, and nothing that Bookend can see would hold it`;
  const refusers = blockers.filter(({ kind }) => kind === 'webhook' || kind === 'refusal');
  const would = refusers.some((each) => each.stuck)
    ? 'would be refused'
    : stuck
      ? 'would be stuck'
      : refusers.length === blockers.length
        ? 'may be refused'
        : 'would wait';
  return `${start}; its deletion ${would}`;
}
