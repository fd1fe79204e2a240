/** What a tool did while it uninstalled, step by step. */
import type { ObjectId } from '../objects/identity.ts';

/** What the tool did, one request or wait after the other. Times are ms since the uninstall began. */
export type ToolStep = {
  at: number;
  /** When its answer came, or the wait was over. */
  until: number;
  what: 'delete' | 'create-hook' | 'wait-hook' | 'delete-hook' | 'wait-gone' | 'keep' | 'note';
  id?: ObjectId;
  /** deleted, terminating or absent as the API server answered; failed with `message`; timed-out. */
  answer?: 'deleted' | 'terminating' | 'absent' | 'done' | 'failed' | 'timed-out';
  message?: string;
};
