/** AdmissionReview of `admission.k8s.io/v1`: request and answer. */
import { BookendError } from '../../errors.ts';
import { fieldAt, isMap, textOf } from '../../objects/fields.ts';
import { jsonPatch } from '../../objects/json-patch.ts';
import { shortened } from '../../share/limits.ts';

export type ReviewRequest = {
  uid: string;
  namespace: string;
  /** As it was sent, with everything that the API server and others have put into it. */
  object: Record<string, unknown>;
};

export type Verdict = { object: Record<string, unknown>; warnings?: readonly string[] } | { refused: readonly Cause[] };

/** Why something is refused: in which field, in a sentence. */
export type Cause = { field: string; message: string };

/**
 * @throws BookendError `bad-input` for what is no question at all
 */
export function reviewRequestIn(body: string): ReviewRequest {
  const review = parsed(body);
  const uid = textOf(fieldAt(review, 'request', 'uid'));
  const object = fieldAt(review, 'request', 'object');
  const version = fieldAt(review, 'apiVersion');
  if (version !== apiVersion || fieldAt(review, 'kind') !== kind || uid === undefined || !isMap(object)) {
    throw notAsked(`the body is not an ${kind} of ${apiVersion} with an object`);
  }
  if (uid.length > longestUid) throw notAsked(`the uid of this ${kind} has more than ${longestUid} characters`);
  if (!isPod(fieldAt(review, 'request', 'kind'))) throw notAsked(`this ${kind} is not about a Pod`);
  return { uid, namespace: textOf(fieldAt(review, 'request', 'namespace')) ?? '', object };
}

/** The whole answer, and how many changes it asks for. What did not change needs no patch. */
export function answerTo({ uid, object }: ReviewRequest, verdict: Verdict): { answer: object; changes: number } {
  if ('refused' in verdict) {
    return { answer: answer({ uid, allowed: false, status: invalid(object, verdict.refused) }), changes: 0 };
  }
  const operations = jsonPatch(object, verdict.object);
  const changed = answer({
    uid,
    allowed: true,
    ...(verdict.warnings?.length && { warnings: verdict.warnings }),
    ...(operations.length > 0 && {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
    }),
  });
  return { answer: changed, changes: operations.length };
}

/** When there is no answer, and it is not for what is asked. */
export function faultAnswer(uid: string, code: number, reason: string, message: string): object {
  return answer({ uid, allowed: false, status: { code, reason, message } });
}

const apiVersion = 'admission.k8s.io/v1';
/** Kubernetes makes UUIDs of 36. */
const longestUid = 128;
const kind = 'AdmissionReview';

function answer(response: object): object {
  return { apiVersion, kind, response };
}

/**
 * In the shape in which the API server itself refuses a field: kubectl then shows it like any other invalid field,
 * and programs find it in `details.causes`.
 */
function invalid(object: Record<string, unknown>, causes: readonly Cause[]): object {
  const name = shortened(
    textOf(fieldAt(object, 'metadata', 'name')) ?? textOf(fieldAt(object, 'metadata', 'generateName')) ?? '',
    253,
  );
  return {
    code: 422,
    reason: 'Invalid',
    message: causes.map(({ field, message }) => `${field}: ${message}`).join('; '),
    details: {
      name,
      kind: 'Pod',
      causes: causes.map(({ field, message }) => ({ reason: 'FieldValueInvalid', field, message })),
    },
  };
}

/** Absent in hand-made reviews: then the object speaks for itself. */
function isPod(asked: unknown): boolean {
  return asked === undefined || (fieldAt(asked, 'kind') === 'Pod' && (fieldAt(asked, 'group') ?? '') === '');
}

function notAsked(message: string): BookendError {
  return new BookendError('bad-input', message, { advice: 'This endpoint only serves the API server, for Pods.' });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new BookendError('bad-input', 'the body is not JSON', { cause });
  }
}
