/** What a decision consists of: what is to be done now, and how each step of the plan stands. Plain data. */
import type { Instant } from '../cluster/clock.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { Blocker } from './blocker.ts';

export type Target = ObjectRef & { uid: string };

export type Action =
  /** Delete the step's object, or something made out of it that nobody else will delete any more. */
  | {
      type: 'delete';
      step: ObjectId;
      target: Target;
      propagation: 'Foreground' | 'Background';
      /** Only if nobody has written the object since it was read. */
      resourceVersion?: string;
    }
  /** Read currently whether anything of the step is left, since the watch shows nothing. */
  | { type: 'confirm'; step: ObjectId }
  /** Read currently what is in the Namespace. */
  | { type: 'look'; step: ObjectId }
  /** Only with `onTimeout: Force`. */
  | { type: 'force-delete'; step: ObjectId; target: Target }
  | { type: 'remove-finalizers'; step: ObjectId; target: Target; finalizers: string[] };

/** What only reads, and what writes. */
export type Read = Extract<Action, { type: 'confirm' | 'look' }>;
export type Write = Exclude<Action, Read>;

export function isRead(action: Action): action is Read {
  return action.type === 'confirm' || action.type === 'look';
}

/** Actions of the same key are the same. */
export function keyOf(action: Action): string {
  return isRead(action) ? `${action.type} ${action.step}` : `${action.type} ${action.target.uid}`;
}

export type StepState = {
  id: ObjectId;
  /** `Passed`: not gone, but the user asked to go on without it (`onTimeout: Continue`). `Blocked`: past its time. */
  state: 'Waiting' | 'Deleting' | 'Blocked' | 'Gone' | 'Kept' | 'Passed';
  /** When Bookend sent its DELETE. */
  since?: Instant;
  /** Why it is not gone: present in every state but Gone. */
  blocker?: Blocker;
  /** It would be its turn, but Pods still live on it that do not go with the plan. */
  isUsed?: true;
  /** Its deletion no longer waits for such Pods (`onTimeout`): who loses it, in words. */
  inSpiteOf?: string;
};

export type Decision = {
  actions: Action[];
  /** One for each step of the plan, in the plan's order; barriers included. */
  states: StepState[];
  /** Nothing is left to do or to wait for. */
  done: boolean;
};
