/** From the body of a question to that of its answer, with what is logged and counted of it. */
import type { Clock } from '../../cluster/clock.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import type { Log } from '../log.ts';
import { isEqual } from './json-patch.ts';
import { answerTo, faultAnswer, type Question, questionIn, type Verdict } from './review.ts';

/** What becomes of a Pod. Pure. */
export type Admit = (pod: Record<string, unknown>) => Verdict;

export type Told = {
  clock: Clock;
  log: Log;
  answered(outcome: 'changed' | 'unchanged' | 'refused' | 'failed', seconds: number): void;
};

/** @throws BookendError `bad-input` for what is no question */
export function answering(admit: Admit, { clock, log, answered }: Told): (body: string) => object {
  return (body) => {
    const began = clock.now();
    const question = questionIn(body);
    const pod = nameOf(question);
    const done = (outcome: Parameters<Told['answered']>[0]) => answered(outcome, (clock.now() - began) / 1000);
    try {
      const verdict = admit(question.object);
      const answer = answerTo(question, verdict);
      if ('refused' in verdict) log.info({ pod, refused: verdict.refused }, 'a Pod is refused');
      else log.debug({ pod }, 'a Pod is admitted');
      done('refused' in verdict ? 'refused' : isEqual(question.object, verdict.object) ? 'unchanged' : 'changed');
      return answer;
    } catch (error) {
      log.error({ pod, error: String(error), stack: (error as Error).stack }, 'a fault in Bookend itself refuses a Pod');
      done('failed');
      return faultAnswer(question, `a fault in Bookend itself: ${(error as Error).message}. Please report it with this message.`);
    }
  };
}

function nameOf({ namespace, object }: Question): string {
  const name = textOf(fieldAt(object, 'metadata', 'name')) ?? `${textOf(fieldAt(object, 'metadata', 'generateName')) ?? ''}…`;
  return `${namespace}/${name}`;
}
