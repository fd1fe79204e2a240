/** The API server's refusals, in its own words, status and reason, as the `BookendError`s that the port promises. */
import { BookendError, type ErrorCode, type ErrorDetails } from '../../../errors.ts';
import type { Kind } from './kind.ts';

/** Any refusal. `reason` is the machine-readable one of `metav1.Status`. */
export function apiError(code: ErrorCode, message: string, details: ErrorDetails = {}): BookendError {
  return new BookendError(code, message, details);
}

/** 404: the server does not serve such a kind. */
export function kindNotServed(apiVersion: string, kind: string): BookendError {
  return apiError('not-found', `the server could not find the requested resource: no kind ${kind} in ${apiVersion}`, {
    status: 404,
    reason: 'KindNotServed',
  });
}

/** 503: the aggregated API that serves the kind does not answer. */
export function apiNotAvailable(): BookendError {
  return apiError('unreachable', 'the server is currently unable to handle the request', {
    status: 503,
    reason: 'ServiceUnavailable',
  });
}

/** 404: there is no such object. */
export function objectNotFound(kind: Kind, name: string, namespace?: string): BookendError {
  return apiError('not-found', `${kind.key} "${name}" not found`, {
    status: 404,
    reason: 'NotFound',
    object: describe(kind, name, namespace),
  });
}

/** 409: the world has moved on. */
export function conflict(kind: Kind, name: string, namespace: string | undefined, why: string): BookendError {
  return apiError('conflict', `Operation cannot be fulfilled on ${kind.key} "${name}": ${why}`, {
    status: 409,
    reason: 'Conflict',
    object: describe(kind, name, namespace),
  });
}

/** 409 on create. */
export function alreadyExists(kind: Kind, name: string, namespace?: string): BookendError {
  return apiError('already-exists', `${kind.key} "${name}" already exists`, {
    status: 409,
    reason: 'AlreadyExists',
    object: describe(kind, name, namespace),
  });
}

/** 403 for a reason other than a missing right. */
export function refused(
  kind: Kind,
  name: string,
  namespace: string | undefined,
  why: string,
  reason = 'Forbidden',
): BookendError {
  return apiError('forbidden', `${kind.key} "${name}" is forbidden: ${why}`, {
    status: 403,
    reason,
    object: describe(kind, name, namespace),
  });
}

/** 422: a field is wrong. */
export function invalidField(kind: Kind, name: string, namespace: string | undefined, field: string, why: string): BookendError {
  return apiError('invalid', `${kind.kind}${kind.group && `.${kind.group}`} "${name}" is invalid: ${field}: ${why}`, {
    status: 422,
    reason: 'Invalid',
    field,
    object: describe(kind, name, namespace),
  });
}

function describe({ kind }: Kind, name: string, namespace: string | undefined): string {
  return namespace ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}
