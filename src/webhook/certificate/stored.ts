/**
 * The content of the Secret: current credentials, next credentials, and the previous authority. Unusable parts count as
 * missing, with the reason: a Secret that somebody emptied or mixed up is filled again.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Instant } from '../../cluster/clock.ts';
import { BookendError } from '../../errors.ts';
import { mapOf, textOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Credentials } from './issue.ts';

/** Credentials with the time in which they are valid. */
export type Held = Credentials & { from: Instant; until: Instant };

export type Stored = {
  current?: Held;
  /** Trusted already, but not served yet. */
  next?: Held;
  /** The authority of what was served before, in PEM: a replica that has not heard yet may still serve it. */
  previous?: string;
};

/**
 * The keys of the Secret. Those of `current` are named as `kubernetes.io/tls` names them, so that people and tools
 * find them.
 */
const keys = {
  current: { certificate: 'tls.crt', key: 'tls.key', authority: 'ca.crt' },
  next: { certificate: 'next-tls.crt', key: 'next-tls.key', authority: 'next-ca.crt' },
  previous: 'previous-ca.crt',
} as const;

/**
 * @param names DNS names that the certificate must have
 * @returns what can be used now, and why something cannot
 */
export function readStored(
  secret: KubernetesObject,
  names: readonly string[],
  now: Instant,
): { stored: Stored; problems: string[] } {
  const data = mapOf(secret.data);
  const stored: Stored = {};
  const problems: string[] = [];
  for (const which of ['current', 'next'] as const) {
    try {
      const held = readHeld(data, keys[which], names, now);
      if (held) stored[which] = held;
    } catch (error) {
      problems.push(`${keys[which].certificate} cannot be used: ${(error as Error).message}`);
    }
  }
  const previous = decoded(data, keys.previous);
  if (previous !== undefined && isValid(previous, now)) stored.previous = previous;
  return { stored, problems };
}

/** The `data` of the Secret. */
export function writeStored({ current, next, previous }: Stored): Record<string, string> {
  const plain = {
    ...(current && fields(current, keys.current)),
    ...(next && fields(next, keys.next)),
    ...(previous !== undefined && { [keys.previous]: previous }),
  };
  return Object.fromEntries(Object.entries(plain).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

/** With their times, which the certificate says itself. */
export function held(credentials: Credentials): Held {
  const { validFromDate, validToDate } = new X509Certificate(credentials.certificate);
  return { ...credentials, from: validFromDate.getTime(), until: validToDate.getTime() };
}

type Keys = { certificate: string; key: string; authority: string };

function readHeld(data: Record<string, unknown>, at: Keys, names: readonly string[], now: Instant): Held | undefined {
  const [authority, certificate, key] = [at.authority, at.certificate, at.key].map((name) => decoded(data, name));
  if (authority === undefined && certificate === undefined && key === undefined) return undefined;
  if (authority === undefined || certificate === undefined || key === undefined)
    throw unusable(`${[at.authority, at.certificate, at.key].filter((name) => !textOf(data[name])).join(' and ')} missing`);
  const parsed = new X509Certificate(certificate);
  const { publicKey } = new X509Certificate(authority);
  if (!parsed.verify(publicKey)) throw unusable(`it is not signed by ${at.authority}`);
  if (!parsed.checkPrivateKey(createPrivateKey(key))) throw unusable(`${at.key} is the key of another certificate`);
  const missing = names.filter((name) => parsed.checkHost(name) === undefined);
  if (missing.length > 0) throw unusable(`it is not for ${missing.join(', ')}`);
  const found = held({ authority, certificate, key });
  if (found.until <= now) throw unusable(`it has expired at ${new Date(found.until).toISOString()}`);
  return found;
}

function isValid(certificate: string, now: Instant): boolean {
  try {
    return new X509Certificate(certificate).validToDate.getTime() > now;
  } catch {
    return false; // Not a certificate: nobody can serve with it.
  }
}

function decoded(data: Record<string, unknown>, key: string): string | undefined {
  const text = textOf(data[key]);
  return text === undefined ? undefined : Buffer.from(text, 'base64').toString();
}

function fields({ certificate, key, authority }: Held, at: Keys): Record<string, string> {
  return { [at.certificate]: certificate, [at.key]: key, [at.authority]: authority };
}

function unusable(reason: string): BookendError {
  return new BookendError('bad-input', reason);
}
