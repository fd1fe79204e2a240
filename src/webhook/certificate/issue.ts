/**
 * Creates the certificate for the webhook's Service, and the authority that signs it.
 *
 * Each certificate has its own authority, whose key signs once and is never stored. So nothing in the cluster can
 * create another certificate that the API server trusts, and both are always renewed together.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { Instant } from '../../cluster/clock.ts';
import { bitString, explicit, objectIdentifier, sequence, setOf, time, unsignedInteger, utf8String } from './der.ts';
import { authorityExtensions, serverExtensions } from './extensions.ts';

/** All in PEM. */
export type Credentials = {
  /** The authority, for the caBundle. */
  authority: string;
  certificate: string;
  /** The private key of `certificate`, PKCS #8. */
  key: string;
};

export type IssueOptions = {
  /** DNS names of the server. */
  names: readonly string[];
  now: Instant;
  /** How long both are valid from now on, in ms. */
  validityMs: number;
};

/** Clocks of other machines may be behind: a certificate that is "not yet valid" would refuse Pods for nothing. */
export const backdatedMs = 60 * 60_000;

/** ECDSA on P-256 with SHA-256: every API server takes it, FIPS builds too, and a handshake costs little. */
export function issue({ names, now, validityMs }: IssueOptions): Credentials {
  const validity = { from: now - backdatedMs, to: now + validityMs };
  const authority = newKey();
  const server = newKey();
  // Authorities of one bundle are told apart by their names.
  const authorityName = commonName(`Bookend webhook authority ${randomBytes(8).toString('hex')}`);
  return {
    authority: certificate({
      issuer: authorityName,
      subject: authorityName,
      subjectKey: authority.publicKey,
      signedWith: authority.privateKey,
      validity,
      extensions: authorityExtensions(keyIdentifier(authority.publicKey)),
    }),
    certificate: certificate({
      issuer: authorityName,
      subject: commonName('Bookend webhook'),
      subjectKey: server.publicKey,
      signedWith: authority.privateKey,
      validity,
      extensions: serverExtensions(names, keyIdentifier(server.publicKey), keyIdentifier(authority.publicKey)),
    }),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

type Signed = {
  issuer: Uint8Array;
  subject: Uint8Array;
  subjectKey: KeyObject;
  signedWith: KeyObject;
  validity: { from: Instant; to: Instant };
  extensions: Uint8Array[];
};

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const version3 = explicit(0, unsignedInteger(Uint8Array.of(2)));

/** RFC 5280 section 4.1. */
function certificate({ issuer, subject, subjectKey, signedWith, validity, extensions }: Signed): string {
  const toBeSigned = sequence(
    version3,
    unsignedInteger(serialNumber()),
    ecdsaWithSha256,
    issuer,
    sequence(time(validity.from), time(validity.to)),
    subject,
    publicKeyInfo(subjectKey),
    explicit(3, sequence(...extensions)),
  );
  const signature = sign('sha256', toBeSigned, { key: signedWith, dsaEncoding: 'der' });
  return pem(sequence(toBeSigned, ecdsaWithSha256, bitString(signature)));
}

function newKey(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** Above zero, always of the same length, unguessable. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function publicKeyInfo(key: KeyObject): Uint8Array {
  return key.export({ type: 'spki', format: 'der' });
}

/**
 * RFC 7093 section 2, method 1: the first 160 bits of the SHA-256 of the key's bits. In P-256 those are the last 65
 * bytes.
 */
function keyIdentifier(key: KeyObject): Uint8Array {
  return createHash('sha256').update(publicKeyInfo(key).subarray(-65)).digest().subarray(0, 20);
}

function commonName(text: string): Uint8Array {
  return sequence(setOf(sequence(objectIdentifier('2.5.4.3'), utf8String(text))));
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
