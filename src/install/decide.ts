/**
 * What to install next, given what is wanted and what is seen. Pure, like its sister in `teardown/`. An object is
 * applied once everything that it needs is ready, and again whenever it is not as we left it.
 */
import { describeId, type ObjectId } from '../objects/identity.ts';
import { type Blocker, blockedBy } from '../teardown/blocker.ts';
import type { DesiredObject } from './desired.ts';

/** One object as it stands. */
export type Present = {
  exists: boolean;
  /** It was applied as it is wanted now, and nobody has changed it since. */
  current: boolean;
  /** Absent: ready. Else why not, in words. */
  notReady?: string;
  /** Why the last attempt to apply it failed, in words. */
  refusal?: string;
  /** Being deleted by somebody else: it can only be made anew when it is gone. */
  deleting: boolean;
};

type InstallState = {
  id: ObjectId;
  state: 'Waiting' | 'Applying' | 'Settling' | 'Ready' | 'Failed';
  /** Why it is not ready. */
  blocker?: Blocker;
};

export type InstallDecision = { apply: ObjectId[]; states: InstallState[]; ready: number };

/**
 * @param desired in installation order: what an object needs stands before it
 * @param barriers for each barrier of the plan, what must be ready before it counts as reached
 */
export function decideInstall(
  desired: readonly Pick<DesiredObject, 'id' | 'needs'>[],
  barriers: ReadonlyMap<ObjectId, readonly ObjectId[]>,
  present: ReadonlyMap<ObjectId, Present>,
): InstallDecision {
  const ready = new Set<ObjectId>();
  const current = new Set<ObjectId>();
  const apply: ObjectId[] = [];
  const firstMissing = (needs: readonly ObjectId[], have: ReadonlySet<ObjectId>) =>
    needs.flatMap((need) => barriers.get(need) ?? [need]).find((need) => !have.has(need));

  const states = desired.map(({ id, needs }): InstallState => {
    const thing = present.get(id) ?? absent;
    if (thing.deleting) {
      const text = `${describeId(id)} is being deleted by another client; Bookend recreates it when it is gone`;
      return { id, state: 'Waiting', blocker: blockedBy('Terminating', id, text) };
    }
    if (thing.current) {
      current.add(id);
      if (thing.notReady !== undefined) {
        return { id, state: 'Settling', blocker: blockedBy('NotReady', id, `${describeId(id)} ${thing.notReady}`) };
      }
      ready.add(id);
      return { id, state: 'Ready' };
    }
    // What is new waits until its dependencies are ready; what exists only until they are as wanted, so that a repair
    // is never held up.
    const [reached, word] = thing.exists ? [current, 'applied'] : [ready, 'ready'];
    const missing = firstMissing(needs, reached);
    if (missing !== undefined) {
      const text = `waits until ${describeId(missing)} is ${word}`;
      return { id, state: 'Waiting', blocker: blockedBy('NeedsNotReady', missing, text) };
    }
    apply.push(id);
    return applying(id, thing);
  });
  return { apply, states, ready: ready.size };
}

function applying(id: ObjectId, { refusal }: Present): InstallState {
  return refusal === undefined
    ? { id, state: 'Applying', blocker: blockedBy('NotApplied', id, `${describeId(id)} is being applied`) }
    : { id, state: 'Failed', blocker: blockedBy('AttemptFailed', id, refusal) };
}

const absent: Present = { exists: false, current: false, deleting: false };
