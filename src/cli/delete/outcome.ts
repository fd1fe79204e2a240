/** How a deletion ends: each way is a value that the report puts into words. */
import type { Instant } from '../../cluster/clock.ts';
import type { BookendError } from '../../errors.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { Plan } from '../../plan/plan.ts';
import type { FailedHook } from '../../teardown/failed-hooks.ts';
import type { Ignored } from '../../teardown/live-directives.ts';
import type { Ledger } from './ledger.ts';

export type Ended =
  | { how: 'done' }
  /** The whole time is over. */
  | { how: 'timeout' }
  /** The signal was aborted. */
  | { how: 'interrupted' }
  /** It cannot go on without more rights. */
  | { how: 'refused'; error: BookendError }
  /** What is deleted is made again by somebody, each time. */
  | { how: 'recreated'; objects: ObjectId[] };

export type Outcome = {
  ended: Ended;
  ledger: Ledger;
  /** The last plan; absent when there was nothing to plan. */
  plan?: Plan;
  startedAt: Instant;
  endedAt: Instant;
  failedHooks: FailedHook[];
  notSeen: string[];
  /** Annotations of ours on live objects that counted for nothing. */
  ignored?: readonly Ignored[];
};
