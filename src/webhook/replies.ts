/** From the result of a request to the HTTP reply, with its log entry and metrics. */

import type { Log } from '../log.ts';
import { type Answered, exceededAnswer } from './admission/answer.ts';
import type { Reply } from './server.ts';
import type { Outcome } from './workers/pool.ts';

export type ReplyReport = {
  log: Log;
  answered(outcome: Answered['outcome'] | 'exceeded', seconds: number): void;
  turnedAway(reason: string): void;
};

/** @param seconds that it took */
export function replyTo(outcome: Outcome, seconds: number, { log, answered, turnedAway }: ReplyReport): Reply {
  if ('answered' in outcome) {
    const { text, pod, refused, fault, outcome: kind } = outcome.answered;
    if (fault !== undefined) log.error({ pod, fault }, 'a fault in Bookend itself refuses a Pod');
    else if (refused) log.info({ pod, refused }, 'a Pod is refused');
    else log.debug({ pod }, 'a Pod is admitted');
    answered(kind, seconds);
    return { status: 200, body: text, json: true };
  }
  if ('notAsked' in outcome) {
    turnedAway('400');
    return { status: 400, body: `${outcome.notAsked}\n` };
  }
  if ('busy' in outcome) {
    turnedAway('503');
    return { status: 503, body: 'the webhook has more questions than it can answer in time\n', retryAfter: 1 };
  }
  const { exceeded, asked } = outcome;
  log.warn({ pod: asked?.pod }, `an answer of the webhook could not be computed ${exceeded}`);
  answered('exceeded', seconds);
  if (asked) return { status: 200, body: exceededAnswer(asked, exceeded), json: true };
  return { status: 500, body: `the question could not be read ${exceeded}\n` };
}
