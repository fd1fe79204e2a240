/** Messages between the pool and its threads. Plain data. */
import type { Answered, Asked } from '../admission/answer.ts';

export type ToWorker<Data> = {
  body: Uint8Array;
  /** What answers depend on besides the question, when it has changed since this thread was last sent it. */
  data?: Data;
};

export type FromWorker =
  /** It can be asked. */
  | { ready: true }
  /** It has begun with this question. */
  | { asked: Asked }
  | { answered: Answered }
  /** The body is no question, in words. */
  | { notAsked: string };
