import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { scratch } from '../test/scratch.ts';
import { imagePayload, openSigner, provenanceText, sigstoreBundle, verifies } from './signing.ts';

const directory = scratch();
const signer = openSigner({});
after(() => signer.dispose());

describe('a signature of a rehearsal', () => {
  test('over a list of checksums is one that openssl verifies, and only for that list', () => {
    const list = `${'0'.repeat(64)}  bookend-0.1.0.tgz\n`;
    const signature = signer.sign(list);
    const file = (name: string, content: string | Buffer) => {
      writeFileSync(join(directory, name), content);
      return join(directory, name);
    };
    const args = ['dgst', '-sha256', '-verify', file('key.pub', signer.publicKey), '-signature'];
    args.push(file('list.sig', Buffer.from(signature, 'base64')));
    assert.match(execFileSync('openssl', [...args, file('list', list)], { encoding: 'utf8' }), /Verified OK/);
    assert.notEqual(spawnSync('openssl', [...args, file('other', `${list} `)]).status, 0);
    assert.deepEqual([verifies(signer.publicKey, list, signature), verifies(signer.publicKey, 'x', signature)], [true, false]);
  });

  test('as a bundle names the checksum of what is signed, as cosign 3 reads it', () => {
    const signature = signer.sign('list\n');
    const bundle = JSON.parse(sigstoreBundle(signer.publicKey, 'list\n', signature));
    assert.equal(bundle.mediaType, 'application/vnd.dev.sigstore.bundle.v0.3+json');
    assert.match(bundle.verificationMaterial.publicKey.hint, /^[\w+/]{43}=$/);
    const digest = createHash('sha256').update('list\n').digest('base64');
    assert.deepEqual(bundle.messageSignature, { messageDigest: { algorithm: 'SHA2_256', digest }, signature });
  });

  test('over the metadata of a chart is one that gpg verifies with the keyring of the release', () => {
    const signed = signer.clearSign(provenanceText('name: bookend\nversion: 0.1.0\n', 'bookend-0.1.0.tgz', 'a'.repeat(64)));
    signer.verifyClear(signed);
    assert.match(signed, /\n\.\.\.\nfiles:\n {2}bookend-0\.1\.0\.tgz: sha256:a{64}\n/);
    const keyring = join(directory, 'bookend.gpg');
    writeFileSync(keyring, signer.keyring);
    const verify = (text: string) => spawnSync('gpgv', ['--keyring', keyring], { input: text }).status;
    assert.deepEqual([verify(signed), verify(signed.replace('0.1.0', '0.1.1'))], [0, 1]);
  });

  test('of an image is over the payload that cosign expects', () => {
    assert.equal(
      imagePayload('registry.bookend.dev/bookend', 'sha256:abc'),
      '{"critical":{"identity":{"docker-reference":"registry.bookend.dev/bookend"},"image":{"docker-manifest-digest":"sha256:abc"},"type":"cosign container image signature"},"optional":null}',
    );
  });
});

describe('the keys of a release', () => {
  test('are used from files, and every run has the same public half', () => {
    const home = scratch();
    const gpg = (...args: string[]) => execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args], { stdio: 'pipe' });
    gpg('--passphrase', '', '--quick-generate-key', 'Somebody', 'rsa2048', 'sign', '1d');
    const openpgp = join(directory, 'openpgp.key');
    writeFileSync(openpgp, gpg('--export-secret-keys', '--armor'));
    const ecdsa = join(directory, 'ecdsa.pem');
    execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', ecdsa]);
    const [one, two] = [openSigner({ openpgp, ecdsa }), openSigner({ openpgp, ecdsa })];
    assert.deepEqual([one.isRehearsal, one.publicKey, one.keyring], [false, two.publicKey, two.keyring]);
    two.verifyClear(one.clearSign('text\n'));
    for (const each of [one, two]) each.dispose();
  });

  test('are refused when one is missing, is no key, or is on another curve', () => {
    const file = join(directory, 'other.pem');
    assert.throws(() => openSigner({ ecdsa: file }), { code: 'bad-input', advice: /Set both/ });
    writeFileSync(file, 'no key');
    assert.throws(() => openSigner({ openpgp: file, ecdsa: file }), { code: 'bad-input', message: /not a private key/ });
    execFileSync('openssl', ['ecparam', '-name', 'secp384r1', '-genkey', '-noout', '-out', file]);
    assert.throws(() => openSigner({ openpgp: file, ecdsa: file }), { code: 'bad-input', message: /P-256/ });
    assert.ok(readFileSync(file).length > 0);
  });
});
