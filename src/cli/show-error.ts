/** An error as a person reads it (what, where, why, what to do) and as a program does. */
import { BookendError, type ErrorCode, errorCodes } from '../errors.ts';
import { oneLine } from '../objects/visible-text.ts';

/** Any failure as one of ours: what was not foreseen is a fault in Bookend. */
export function asBookendError(error: unknown): BookendError {
  if (error instanceof BookendError) return error;
  // Only what the API server holds can still be so deep: all that is read from files has a limit.
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return new BookendError('unsupported', 'an object that was read is nested too deeply to be looked at', {
      advice: 'Find the custom resource with thousands of levels in each other, and what wrote it.',
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new BookendError('internal', message, { cause: error });
}

/** Several lines, the last one without an end of line. The stack is only shown for faults of Bookend itself, which have to be found. */
export function errorText(error: BookendError): string {
  const { object, field, cause } = error.details;
  const stack = error.code === 'internal' && cause instanceof Error ? cause.stack : undefined;
  const lines = [
    `Error: ${titleOf(error.code)} (${error.code})`,
    ...(object
      ? [`  where:      ${oneLine(`${object}${field ? `, ${field}` : ''}`)}`]
      : field
        ? [`  where:      ${oneLine(field)}`]
        : []),
    `  why:        ${indented(error.message)}`,
    `  what to do: ${indented(error.advice)}`,
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
  return text.split('\n').join('\n              ');
}
