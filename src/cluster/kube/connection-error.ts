/** Failures below HTTP: what Node, TLS and undici throw, told in words a person can act on. */
import { BookendError } from '../../errors.ts';
import type { Connection } from './connection.ts';
import { type Attempt, describeAttempt } from './status.ts';

/** `details.reason` is `Permanent` where trying again cannot help: the name does not resolve, the certificate is not trusted. */
export function errorOfConnection(attempt: Attempt, connection: Connection, cause: unknown): BookendError {
  const code = codeOf(cause);
  const known = knownFailures(connection.server).find(({ codes }) => codes.test(code));
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
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(codeOf(cause));
}

function knownFailures(server: string) {
  const certificate = 'Check certificate-authority and tls-server-name in the kubeconfig.';
  return [
    { codes: /^ECONNREFUSED$/, what: `nothing listens at ${server}` },
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
  ] as { codes: RegExp; what: string; advice?: string; permanent?: boolean }[];
}

function codeOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return '';
  const { code, errors } = cause as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  // Node tries every address of a name and reports all failures together.
  return Array.isArray(errors) ? codeOf(errors[0]) : '';
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
