/**
 * What to install next, given what is wanted and what is seen. Pure, like its sister in `teardown/`. An object is
 * applied once everything that it needs is ready, and again whenever it is not as we left it.
 */
import { describeId, type ObjectId } from '../objects/identity.ts';
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
  reason?: string;
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
      return {
        id,
        state: 'Waiting',
        reason: `${describeId(id)} is being deleted by somebody else; it is made anew when it is gone`,
      };
    }
    if (thing.current) {
      current.add(id);
      if (thing.notReady !== undefined) return { id, state: 'Settling', reason: `${describeId(id)} ${thing.notReady}` };
      ready.add(id);
      return { id, state: 'Ready' };
    }
    // What is new waits until its dependencies are ready; what exists only until they are as wanted, so that a repair
    // is never held up.
    const [reached, word] = thing.exists ? [current, 'applied'] : [ready, 'ready'];
    const missing = firstMissing(needs, reached);
    if (missing !== undefined) return { id, state: 'Waiting', reason: `waits until ${describeId(missing)} is ${word}` };
    apply.push(id);
    return applying(id, thing);
  });
  return { apply, states, ready: ready.size };
}

function applying(id: ObjectId, { refusal }: Present): InstallState {
  return refusal === undefined
    ? { id, state: 'Applying', reason: `${describeId(id)} is being applied` }
    : { id, state: 'Failed', reason: refusal };
}

const absent: Present = { exists: false, current: false, deleting: false };
