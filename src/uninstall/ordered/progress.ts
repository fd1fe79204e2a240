/**
 * What outlives the process that uninstalls: the order, and how far it has come. It only orders: what may be deleted is
 * taken from the release and the command line each time, since others may be able to write where this is kept.
 */
import type { Instant } from '../../cluster/clock.ts';
import type { Plan } from '../../plan/plan.ts';
import type { HookEvent } from '../helm-hooks.ts';

export type Progress = {
  startedAt: Instant;
  /** A random word on each hook object that we create: after a crash it tells ours from others of the same name. */
  nonce: string;
  /** Hooks that ended well, as `pre-delete Job.batch/shop/clean`. */
  hooksDone: string[];
  /** Events of which all hooks ended well. */
  eventsDone: HookEvent[];
  order: Plan;
};

/** Where the progress is kept. */
export interface Memory {
  /** Undefined at the first start. */
  load(): Promise<Progress | undefined>;
  /** Resolves when it would survive the end of this process. */
  save(progress: Progress): Promise<void>;
  /** The uninstall is over. */
  forget(): Promise<void>;
}

/** For a preview, and for what ends with its process. */
export function forgetful(): Memory {
  return { load: async () => undefined, save: async () => {}, forget: async () => {} };
}
