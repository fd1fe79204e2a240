/** Computes answers in this thread, for tests that are not about threads. */
import { isCode } from '../../errors.ts';
import { type Admit, answered } from '../admission/answer.ts';
import type { Answerer } from '../workers/pool.ts';

export function answerDirectly(admit: Admit): Answerer {
  return {
    start: () => undefined,
    trouble: undefined,
    answer: async (body) => {
      try {
        return { answered: answered(body, admit) };
      } catch (error) {
        if (!isCode(error, 'bad-input')) throw error;
        return { notAsked: error.message };
      }
    },
    close: async () => undefined,
  };
}
