/**
 * Why an object does not go: the chain of what holds it, each link with the fields that show it, the command that would
 * help, and what that command would lose. Pure: it looks at what `gather.ts` has read, and changes nothing.
 */
import { describeRef, refOf } from '../objects/identity.ts';
import { duration } from '../teardown/blockers.ts';
import { type Blocker, isStuck, type Snapshot, type Why } from './blocker.ts';
import { blockersOf, contextOf } from './blockers.ts';
import { deletingSince } from './since.ts';

export function why(snapshot: Snapshot): Why {
  const { object, now, notSeen, tried } = snapshot;
  const since = deletingSince(object);
  const blockers = blockersOf(object, contextOf(snapshot));
  const stuck = blockers.some(isStuck);
  const name = describeRef(refOf(object));
  return {
    object: refOf(object),
    state: since === undefined ? 'present' : 'terminating',
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    says: since === undefined ? presentSays(name, blockers, stuck) : terminatingSays(name, now - since, blockers, stuck),
    stuck,
    blockers,
    ...(tried && { tried }),
    notSeen: [...notSeen],
  };
}

function terminatingSays(name: string, ms: number, blockers: readonly Blocker[], stuck: boolean): string {
  const start = `${name} has been terminating for ${duration(ms)}`;
  if (blockers.length === 0) return `${start}; nothing that could be seen holds it: it should be gone in a moment`;
  return stuck ? `${start}, and will not go by itself` : `${start}, and is on its way`;
}

function presentSays(name: string, blockers: readonly Blocker[], stuck: boolean): string {
  const start = `${name} is not being deleted: nobody has asked for it`;
  if (blockers.length === 0) return `${start}, and nothing that could be seen would hold it`;
  const refusers = blockers.filter(({ kind }) => kind === 'webhook' || kind === 'refusal');
  const would = refusers.some((each) => each.stuck)
    ? 'would be refused'
    : stuck
      ? 'would be stuck'
      : refusers.length === blockers.length
        ? 'may be refused'
        : 'would wait';
  return `${start}; if somebody did, it ${would}`;
}
