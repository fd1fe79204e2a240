/**
 * The one place where errors are made: each carries what failed, on which object, why, and what to do about it.
 *
 * `code` is stable and documented (docs/reference/errors.md is generated from this registry); the exit code of the command
 * line follows from it.
 */

/** Every error code, with the exit code that the command line ends with and the advice that is always true for it. */
export const errorCodes = {
  'bad-input': { exit: 2, title: 'The input is not valid', advice: 'Correct the named field; nothing was changed.' },
  cycle: {
    exit: 2,
    title: 'The objects need each other in a circle',
    advice: 'Remove one of the named edges; nothing was changed.',
  },
  'not-found': {
    exit: 3,
    title: 'The object or its kind does not exist',
    advice: 'Check the name, the namespace and the kubectl context.',
  },
  forbidden: { exit: 4, title: 'A right is missing', advice: 'Grant the named verb on the named resource to the named account.' },
  'not-judged': {
    exit: 4,
    title: 'No policy has checked the rights of its last writer',
    advice: 'See the message for how to accept it.',
  },
  unauthorized: {
    exit: 4,
    title: 'The API server does not know who is asking',
    advice: 'Check the credentials in the kubeconfig.',
  },
  conflict: { exit: 5, title: 'The object was changed by somebody else at the same time', advice: 'Try again.' },
  'already-exists': {
    exit: 5,
    title: 'An object of this name exists already and is not ours',
    advice: 'Remove it, or adopt it with the annotation bookend.dev/adopt: "true".',
  },
  invalid: { exit: 2, title: 'The API server refuses the object', advice: 'Correct the named field.' },
  gone: { exit: 5, title: 'The read is too old to be continued', advice: 'Read again from the start.' },
  throttled: { exit: 6, title: 'The API server asks for patience', advice: 'Try again after the named time.' },
  unreachable: {
    exit: 6,
    title: 'The API server does not answer',
    advice: 'Check the address, the network and that the server runs.',
  },
  blocked: {
    exit: 7,
    title: 'Something is not gone and will not go by itself',
    advice: 'Remove the named blocker and run again.',
  },
  timeout: { exit: 8, title: 'The time is over', advice: 'Give more time, or look at what it waited for.' },
  unsupported: { exit: 9, title: 'This machine or cluster cannot do that', advice: 'See the message for what is missing.' },
  internal: { exit: 70, title: 'A fault in Bookend itself', advice: 'Please report it with this message.' },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** What an error may carry beyond its message; plain data, never secret. */
export type ErrorDetails = {
  /** The object it happened on, as people write it: `DaemonSet node-agent/agent`. */
  object?: string;
  /** The path of the field at fault, as `kubectl explain` writes it: `spec.components[1].dependsOn[0]`. */
  field?: string;
  /** What to do about it, when there is better advice than the code's own. */
  advice?: string;
  /** How long to wait before trying again, in milliseconds. */
  retryAfterMs?: number;
  /** The HTTP status and `reason` of the API server's answer, where there was one. */
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
 * Libraries repeat what they could not read, and that may be megabytes. A message is read by people and stored in events, conditions and logs.
 */
function readable(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
}

/** In characters: far more than any message of ours has, lists of objects included. */
const longestMessage = 16_000;
