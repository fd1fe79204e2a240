/**
 * Signs what is released, with keys from files. Two kinds, because those who verify have two kinds of programs:
 *
 * - OpenPGP for charts and plugins, as Helm verifies them: a clear-signed text with the metadata and the SHA-256
 *   (Helm's pkg/provenance).
 * - ECDSA P-256 over SHA-256, in base64, for the list of checksums and the images: what cosign writes and verifies, and
 *   what openssl can verify too.
 *
 * A rehearsal without keys makes its own and leaves the public ones beside the artifacts.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSign,
  createVerify,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { run } from './programs.ts';

export type Signer = {
  /** OpenPGP: a text with its signature, as `gpg --clear-sign` writes it. */
  clearSign(text: string): string;
  /** @throws BookendError `internal` when gpg does not accept a text that clearSign made. */
  verifyClear(signed: string): void;
  /** The public OpenPGP key as a keyring, which is what Helm reads. */
  keyring: Buffer;
  /** ECDSA, in base64. */
  sign(content: Buffer | string): string;
  /** PEM. */
  publicKey: string;
  /** True when the keys were made for this run. */
  isRehearsal: boolean;
  /** Removes the copies of the keys. */
  dispose(): void;
};

/** The files of the keys: an OpenPGP secret key without a passphrase, and an EC P-256 private key in PEM. */
export type KeyFiles = { openpgp?: string; ecdsa?: string };

/** @throws BookendError `bad-input` when only one key is given, or a key cannot sign. */
export function openSigner({ openpgp, ecdsa }: KeyFiles): Signer {
  if ((openpgp === undefined) !== (ecdsa === undefined)) {
    throw new BookendError('bad-input', 'a release is signed with two keys, and only one is given', {
      advice: 'Set both BOOKEND_OPENPGP_KEY and BOOKEND_ECDSA_KEY to files.',
    });
  }
  const key = ecdsa === undefined ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey : ecdsaKey(ecdsa);
  // A short path: the sockets of GnuPG lie below it.
  const home = mkdtempSync(join(tmpdir(), 'bookend-gpg-'));
  const gpg = (args: string[], input?: string) =>
    run('gpg', ['--homedir', home, '--batch', '--yes', '--quiet', ...args], input === undefined ? {} : { input });
  const dispose = () => {
    // gpg leaves an agent behind, which holds the key.
    run('gpgconf', ['--homedir', home, '--kill', 'all']);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    if (openpgp === undefined) gpg(['--passphrase', '', '--quick-generate-key', 'Bookend rehearsal', 'rsa3072', 'sign', '1d']);
    else gpg(['--import', openpgp]);
    const keyringFile = join(home, 'public.gpg');
    gpg(['--output', keyringFile, '--export']);
    return {
      verifyClear: (signed) => gpg(['--verify'], signed),
      clearSign: (text) => gpg(['--digest-algo', 'SHA512', '--clear-sign'], text),
      keyring: readFileSync(keyringFile),
      sign: (content) => createSign('sha256').update(content).sign(key, 'base64'),
      publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
      isRehearsal: openpgp === undefined,
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function ecdsaKey(file: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch (cause) {
    throw new BookendError('bad-input', `${file} is not a private key that can be read: ${(cause as Error).message}`, {
      cause,
      advice: 'Make one: openssl ecparam -name prime256v1 -genkey -noout -out FILE',
    });
  }
  throw new BookendError('bad-input', `${file} is not an EC key on the curve P-256, which cosign needs`, {
    advice: 'Make one: openssl ecparam -name prime256v1 -genkey -noout -out FILE',
  });
}

/** Whether `signature`, in base64, was made with the private half of `publicKey`. */
export function verifies(publicKey: string, content: Buffer | string, signature: string): boolean {
  return createVerify('sha256').update(content).verify(publicKey, signature, 'base64');
}

/**
 * A signature as a Sigstore bundle 0.3, which cosign 3 asks for instead of base64. The bundle has no proof of a public
 * log. The hint may be anything: cosign verifies with the key that the user names.
 */
export function sigstoreBundle(publicKey: string, content: Buffer | string, signature: string): string {
  const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('base64');
  const key = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: sha256(key) } },
    messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest: sha256(content) }, signature },
  });
}

/**
 * What cosign signs for an image ("simple signing"), byte for byte as in its signature layer.
 * @param name Without tag: `registry.bookend.dev/bookend`.
 */
export function imagePayload(name: string, digest: string): string {
  return JSON.stringify({
    critical: {
      identity: { 'docker-reference': name },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  });
}

/**
 * The text that Helm signs: metadata, then the SHA-256 of the archive. `...` ends a YAML document (Helm's
 * messageBlock).
 */
export function provenanceText(metadata: string, file: string, sha256: string): string {
  return `${metadata.trim()}\n\n...\nfiles:\n  ${file}: sha256:${sha256}\n`;
}
