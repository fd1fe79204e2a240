/**
 * What the API server says when it refuses, turned into our errors by type. The server's own sentence is kept whole: it
 * names accounts, policies and webhooks better than we could; what was tried is put in front of it.
 *
 * Relies on the `Status` object (apimachinery `metav1.Status`) that every API server answers failures with; proxies and
 * half-started servers answer plain text.
 */
import { BookendError, type ErrorCode, type ErrorDetails } from '../../errors.ts';
import { fieldAt, isMap, listOf, mapOf, textMapOf } from '../../objects/fields.ts';
import { circumstanceIn, isTooLarge } from '../circumstances.ts';
import type { Connection } from './connection.ts';

/** What was tried, in words for messages. */
export type Attempt = {
  /** The Kubernetes verb: get, list, watch, create, patch, delete. */
  verb: string;
  /** What it was tried on: `ConfigMap default/one`, `ConfigMaps in namespace default`. */
  target: string;
  /** The one object, where there is one. */
  object?: string;
  /** On whose behalf, when not as ourselves. */
  account?: string;
};

export type Status = {
  message?: string;
  reason?: string;
  code?: number;
  details?: {
    name?: string;
    kind?: string;
    group?: string;
    retryAfterSeconds?: number;
    causes?: { reason?: string; message?: string; field?: string }[];
  };
};

/** The error for an answer of status 400 and above. */
export function errorOfAnswer(attempt: Attempt, httpStatus: number, body: unknown, retryAfterMs?: number): BookendError {
  const status = asStatus(body);
  const causes = status.details?.causes ?? [];
  const special = circumstanceIn(status, httpStatus, attempt.object?.startsWith('Namespace ') ?? false);
  const text = status.message?.trim() || `the server answered ${httpStatus}`;
  const untyped = untypedField(text);
  const field = untyped ?? causes.find((cause) => cause.field)?.field?.replace(/^\./, '');
  const wait = retryAfterMs ?? (status.details?.retryAfterSeconds ? status.details.retryAfterSeconds * 1000 : undefined);
  const details: ErrorDetails = { status: httpStatus };
  const reason = special ?? status.reason;
  const advice = adviceFor(text);
  if (reason) details.reason = reason;
  if (field) details.field = field;
  if (attempt.object) details.object = attempt.object;
  if (advice) details.advice = advice;
  if (wait !== undefined) details.retryAfterMs = wait;
  const code = untyped === undefined && !isTooLarge(text) ? codeOf(httpStatus, status.reason) : 'invalid';
  return new BookendError(code, `${describeAttempt(attempt)}: ${text}`, details);
}

/** `Cannot delete ConfigMap default/one as system:serviceaccount:default:nobody`. */
export function describeAttempt({ verb, target, account }: Attempt): string {
  return `Cannot ${verb} ${target}${account ? ` as ${account}` : ''}`;
}

/** The `Status` in an answer's body, whatever it was. */
export function asStatus(body: unknown): Status {
  if (typeof body === 'string') return { message: body.length > 500 ? `${body.slice(0, 500)}…` : body };
  const { message, reason, code } = mapOf(body);
  const details = fieldAt(body, 'details');
  return {
    ...(typeof message === 'string' && { message }),
    ...(typeof reason === 'string' && { reason }),
    ...(typeof code === 'number' && { code }),
    ...(isMap(details) && { details: detailsIn(details) }),
  };
}

/** Each field only where it has its type: anybody may stand between us and the API server, or behind it. */
function detailsIn(details: Record<string, unknown>): NonNullable<Status['details']> {
  const texts = ['name', 'kind', 'group'] as const;
  const { retryAfterSeconds } = details;
  const causes = listOf(details.causes).map((cause) => textMapOf(cause));
  return {
    ...Object.fromEntries(texts.flatMap((field) => (typeof details[field] === 'string' ? [[field, details[field]]] : []))),
    ...(typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
    ...(causes.length > 0 && { causes }),
  };
}

/**
 * True when a 404 speaks of the object (or its namespace), false when the server does not know the URL at all: the kind
 * is not served.
 */
export function namesAnObject(body: unknown): boolean {
  return typeof body === 'object' && asStatus(body).details?.name !== undefined;
}

/**
 * The field of an apply that does not fit the kind's schema, a typing error as a rule. The API server answers 500 to it
 * (`structuredmerge`, "failed to create typed patch object"), as if it were at fault itself and another attempt could
 * succeed.
 */
function untypedField(text: string): string | undefined {
  return /failed to create typed patch object \([^)]*\): (?:errors:\s*)?\.?([^\s:]*)/.exec(text)?.[1];
}

function codeOf(httpStatus: number, reason: string | undefined): ErrorCode {
  if (httpStatus === 409) return reason === 'AlreadyExists' ? 'already-exists' : 'conflict';
  if (httpStatus >= 500) return 'unreachable';
  return codes[httpStatus] ?? 'unsupported';
}

const codes: Record<number, ErrorCode> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  410: 'gone',
  413: 'invalid',
  422: 'invalid',
  429: 'throttled',
};

/** Better advice than the code's own, where the server's words tell what exactly is wrong. */
function adviceFor(text: string): string | undefined {
  const right = /User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/.exec(
    text,
  );
  if (right) {
    const [, account, verb, resource, group, namespace] = right;
    const where = namespace ? ` in namespace ${namespace}` : ' at cluster scope';
    return `Grant "${verb}" on "${resource}" (API group "${group}")${where} to ${account}.`;
  }
  const webhook = /failed calling webhook "([^"]+)"/.exec(text);
  if (webhook) return `Repair what serves the webhook ${webhook[1]}, or remove its webhook configuration.`;
  if (/denied (the )?request/.test(text)) return 'The named webhook or policy refuses this: satisfy it or change it.';
  if (/is being terminated/.test(text)) return 'Wait until the namespace is gone, then create it again.';
  return undefined;
}

/**
 * Failures below HTTP: what Node, TLS and undici throw, in words that a person can act on. `details.reason` is
 * `Permanent` where trying again cannot help: the name does not resolve, the certificate is not trusted.
 */
export function errorOfConnection(attempt: Attempt, connection: Connection, cause: unknown): BookendError {
  const code = codeOfFailure(cause);
  const known = refusedByProxy(connection, cause) ?? failuresOn(connection, cause).find(({ codes }) => codes.test(code));
  const what = known?.what ?? messageOf(cause);
  return new BookendError('unreachable', `${describeAttempt(attempt)}: ${what}`, {
    ...(attempt.object && { object: attempt.object }),
    ...(known?.advice && { advice: known.advice }),
    ...(known?.permanent && { reason: 'Permanent' }),
    cause,
  });
}

/** True when the connection was never made, so that the server cannot have seen the request. */
export function arrivedSurelyNot(cause: unknown): boolean {
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(codeOfFailure(cause));
}

type Failure = { codes: RegExp; what: string; advice?: string; permanent?: boolean };

/** Through a proxy, who could not be reached is the proxy: the API server was never asked. */
function failuresOn({ server, proxyUrl }: Connection, cause: unknown): Failure[] {
  if (proxyUrl === undefined || !arrivedSurelyNot(cause)) return knownFailures(server);
  return knownFailures(`the proxy ${withoutPassword(proxyUrl)}`).map((failure) => ({ ...failure, advice: proxyAdvice }));
}

/** undici's words for an answer to CONNECT. */
function refusedByProxy({ server, proxyUrl }: Connection, cause: unknown): Failure | undefined {
  const [, status] = /^Proxy response \((\d+)\)/.exec(messageOf(cause)) ?? [];
  if (proxyUrl === undefined || status === undefined) return undefined;
  const what = `the proxy ${withoutPassword(proxyUrl)} does not connect to ${server}: it answers ${status}`;
  return { codes: /^/, what, advice: proxyAdvice };
}

const proxyAdvice = 'Check HTTPS_PROXY and NO_PROXY, or proxy-url in the kubeconfig.';

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}

function knownFailures(server: string): Failure[] {
  const certificate = 'Check certificate-authority and tls-server-name in the kubeconfig.';
  return [
    { codes: /^ECONNREFUSED$/, what: `nothing listens at ${server}: the connection is refused` },
    { codes: /^E(HOST|NET)UNREACH$/, what: `there is no route to ${server}` },
    { codes: /^ENOTFOUND$/, what: `the name in ${server} does not resolve`, permanent: true },
    { codes: /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$|^ETIMEDOUT$/, what: `${server} does not answer in time` },
    { codes: /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, what: `${server} closed the connection before it had answered` },
    {
      codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
      what: `the certificate of ${server} is for another name`,
      advice: certificate,
      permanent: true,
    },
    { codes: /^CERT_HAS_EXPIRED$/, what: `the certificate of ${server} has expired`, permanent: true },
    {
      codes: /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|^CERT_|DEPTH_ZERO/,
      what: `the certificate of ${server} is not signed by the authority that is expected`,
      advice: certificate,
      permanent: true,
    },
  ];
}

function codeOfFailure(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return '';
  const { code, errors } = cause as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  // Node tries every address of a name and reports all failures together.
  return Array.isArray(errors) ? codeOfFailure(errors[0]) : '';
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
