/** Shows an error: as text for people (the fact, the place, a fix) and as JSON. */
import { BookendError, type ErrorCode, errorCodes } from '../errors.ts';
import { oneLine } from '../objects/visible-text.ts';

/** Any failure as a BookendError. An unexpected one is a fault in Bookend. */
export function asBookendError(error: unknown): BookendError {
  if (error instanceof BookendError) return error;
  // Only an object from the API server can be that deep: everything that is read from files has a limit.
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return new BookendError('unsupported', 'an object is nested too deeply to be processed', {
      advice: 'Find the custom resource with thousands of nested levels, and its writer.',
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new BookendError('internal', message, { cause: error });
}

/**
 * The fact first, then where, then what to do; without a final line break. What the message names already is not
 * repeated. Only a fault of Bookend shows its stack.
 */
export function errorText(error: BookendError): string {
  const { code, details, message } = error;
  const [first = '', ...more] = `${code === 'internal' ? 'internal fault in Bookend: ' : ''}${message}`.split('\n');
  const where = [details.object, details.field].filter((place) => place !== undefined && !message.includes(place)).join(', ');
  const stack = code === 'internal' && details.cause instanceof Error ? details.cause.stack : undefined;
  const lines = [
    `Error: ${first} (${code})`,
    ...more.map((line) => `  ${line}`),
    ...(where === '' ? [] : [`  Where: ${oneLine(where)}`]),
    `  Try:   ${indented(error.advice)}`,
    ...(stack ? [indented(stack)] : []),
  ];
  return lines.join('\n');
}

export type ErrorDocument = {
  error: {
    code: ErrorCode;
    exitCode: number;
    title: string;
    message: string;
    object?: string;
    field?: string;
    advice: string;
    status?: number;
    reason?: string;
    retryAfterMs?: number;
  };
};

export function errorDocument(error: BookendError): ErrorDocument {
  const { object, field, status, reason, retryAfterMs } = error.details;
  return {
    error: {
      code: error.code,
      exitCode: error.exitCode,
      title: titleOf(error.code),
      message: error.message,
      ...(object !== undefined && { object }),
      ...(field !== undefined && { field }),
      advice: error.advice,
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { reason }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  };
}

function titleOf(code: ErrorCode): string {
  return errorCodes[code].title;
}

function indented(text: string): string {
  return text.split('\n').join('\n         ');
}
