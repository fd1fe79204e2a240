/**
 * The one place where errors are made: each carries what failed, on which object, why, and what to do about it.
 *
 * `code` is stable and documented (docs/reference/errors.md is generated from this registry); the exit code of the
 * command line follows from it.
 */

/** Every error code, with its exit code and the advice that always holds. */
export const errorCodes = {
  'bad-input': { exit: 2, title: 'The input is not valid', advice: 'Correct the input. Nothing was changed.' },
  cycle: {
    exit: 2,
    title: 'The objects need each other in a cycle',
    advice: 'Remove one of the listed edges. Nothing was changed.',
  },
  'not-found': {
    exit: 3,
    title: 'The object or its kind does not exist',
    advice: 'Check the name, the namespace and the kubectl context.',
  },
  forbidden: { exit: 4, title: 'A permission is missing', advice: 'Grant the account this verb on this resource.' },
  'not-judged': {
    exit: 4,
    title: 'No policy checked the permissions of the last writer',
    advice: 'The message describes how to accept the object.',
  },
  unauthorized: {
    exit: 4,
    title: 'The API server does not accept the credentials',
    advice: 'Check the credentials in the kubeconfig.',
  },
  conflict: { exit: 5, title: 'Another client changed the object at the same time', advice: 'Run the command again.' },
  'already-exists': {
    exit: 5,
    title: 'An object with this name exists and does not belong to Bookend',
    advice: 'Delete it, or adopt it with the annotation bookend.dev/adopt: "true" in the spec.',
  },
  invalid: { exit: 2, title: 'The API server rejects the object', advice: 'Correct the field in the message.' },
  gone: { exit: 5, title: 'The list or watch has expired', advice: 'Run the command again.' },
  throttled: { exit: 6, title: 'The API server is rate-limiting requests', advice: 'Run the command again later.' },
  unreachable: {
    exit: 6,
    title: 'The API server does not answer',
    advice: 'Check the address, the network, and whether the API server runs.',
  },
  blocked: {
    exit: 7,
    title: 'An object does not go by itself',
    advice: 'Remove the blocker and run the command again.',
  },
  timeout: { exit: 8, title: 'Timed out', advice: 'Increase the time-out, or look at the object that it waited for.' },
  unsupported: { exit: 9, title: 'This machine or cluster does not support it', advice: 'The message names what is missing.' },
  internal: { exit: 70, title: 'A fault in Bookend', advice: 'Report it with this message.' },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** What an error may carry beyond its message; plain data, never secret. */
export type ErrorDetails = {
  /** The object it happened on, as people write it: `DaemonSet node-agent/agent`. */
  object?: string;
  /** The path of the field at fault, as `kubectl explain` writes it: `spec.components[1].dependsOn[0]`. */
  field?: string;
  /** What to do about it, if there is better advice than that of the code. */
  advice?: string;
  /** How long to wait before the next attempt, in milliseconds. */
  retryAfterMs?: number;
  /** The HTTP status and `reason` of the API server's answer, if there was one. */
  status?: number;
  reason?: string;
  cause?: unknown;
};

/** An error that a person can act on. */
export class BookendError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(readable(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'BookendError';
    this.code = code;
    this.details = details;
  }

  get advice(): string {
    return this.details.advice ?? errorCodes[this.code].advice;
  }

  get exitCode(): number {
    return errorCodes[this.code].exit;
  }
}

/** True when `error` is one of ours with this code. */
export function isCode(error: unknown, ...codes: ErrorCode[]): error is BookendError {
  return error instanceof BookendError && codes.includes(error.code);
}

/**
 * Libraries repeat the input that they could not read, which may be megabytes. People read a message, and events,
 * conditions and logs store it.
 */
function readable(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
}

/** In characters: far more than any message of Bookend has, lists of objects included. */
const longestMessage = 16_000;
