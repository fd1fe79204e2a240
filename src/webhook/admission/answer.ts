/** From the body of a request to the body of the answer. Pure, so that it can run in a thread. */
import { BookendError, isCode } from '../../errors.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { shortened } from '../../share/limits.ts';
import { webhookLimits } from '../limits.ts';
import { answerTo, type Cause, faultAnswer, type ReviewRequest, reviewRequestIn, type Verdict } from './review.ts';
import { checkShape } from './shape.ts';

/** What becomes of a Pod. Pure. */
export type Admit = (pod: Record<string, unknown>) => Verdict;

/** Which question is meant: for an answer that is given by somebody else. */
export type Asked = {
  uid: string;
  /** For people: `shop/web-…`. */
  pod: string;
};

/** The answer, and what is to be logged and counted of it. */
export type Answered = Asked & {
  /** The body. */
  text: string;
  outcome: 'changed' | 'unchanged' | 'refused' | 'failed';
  refused?: readonly Cause[];
  /** The fault of ours, with its stack. */
  fault?: string;
};

/**
 * @param onAsked told what is asked before the answer is computed
 * @throws BookendError `bad-input` for what is no question
 */
export function answered(body: Uint8Array, admit: Admit, onAsked: (asked: Asked) => void = () => undefined): Answered {
  checkShape(body, webhookLimits);
  const question = reviewRequestIn(new TextDecoder().decode(body));
  const asked = { uid: question.uid, pod: nameOf(question) };
  onAsked(asked);
  try {
    const verdict = admit(question.object);
    const { answer, changes } = answerTo(question, verdict);
    const text = JSON.stringify(answer);
    if (text.length > webhookLimits.answerLength) throw tooLarge(text.length);
    if ('refused' in verdict) return { ...asked, text, outcome: 'refused', refused: verdict.refused };
    return { ...asked, text, outcome: changes ? 'changed' : 'unchanged' };
  } catch (error) {
    if (isCode(error, 'bad-input')) {
      const refused = [{ field: error.details.field ?? 'metadata.annotations', message: error.message }];
      return { ...asked, text: JSON.stringify(answerTo(question, { refused }).answer), outcome: 'refused', refused };
    }
    const message = `fault in Bookend: ${(error as Error).message}. Please report it with this message.`;
    const fault = String((error as Error).stack ?? error);
    return { ...asked, text: JSON.stringify(faultAnswer(question.uid, 500, 'InternalError', message)), outcome: 'failed', fault };
  }
}

/** The refusal of a question that nobody has answered in time, or whose answer took too much memory. */
export function exceededAnswer({ uid }: Asked, what: string): string {
  const message = `the shares of this Pod could not be computed ${what}. If the Pod has many shares, containers or volume mounts, use fewer; otherwise the operator is overloaded: try again`;
  return JSON.stringify(faultAnswer(uid, 504, 'Timeout', message));
}

function tooLarge(length: number): BookendError {
  const message = `the changes to the Pod have ${length} characters; the maximum is ${webhookLimits.answerLength}. Shorten resources, images and security contexts of the source containers`;
  return new BookendError('bad-input', message, { field: 'spec' });
}

function nameOf({ namespace, object }: ReviewRequest): string {
  const name = textOf(fieldAt(object, 'metadata', 'name')) ?? `${textOf(fieldAt(object, 'metadata', 'generateName')) ?? ''}…`;
  return shortened(`${namespace}/${name}`, 320);
}
