/**
 * What Node, OpenSSL and a real handshake say of the certificates; that Go takes them is shown end to end, by a real
 * API server.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { backdatedMs, type Credentials, issue } from './issue.ts';

const names = ['hook.system.svc', 'hook.system.svc.cluster.local'];
const day = 86_400_000;
const now = Math.floor(Date.now() / 1000) * 1000;
const made = issue({ names, now, validityMs: 90 * day });
const openssl = spawnSync('openssl', ['version']).status === 0;

describe('A certificate of the webhook', () => {
  test('is for the names of the Service, signed by its own authority, with the key that belongs to it', () => {
    const [authority, certificate] = [new X509Certificate(made.authority), new X509Certificate(made.certificate)];
    assert.equal(certificate.subjectAltName, names.map((name) => `DNS:${name}`).join(', '));
    assert.ok(certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
    assert.ok(authority.verify(authority.publicKey));
    assert.deepEqual([authority.ca, certificate.ca], [true, false]);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  });

  test('is valid from a little earlier, for clocks that are behind, as long as it was asked for', () => {
    for (const pem of [made.authority, made.certificate]) {
      const { validFromDate, validToDate } = new X509Certificate(pem);
      assert.equal(validFromDate.getTime(), now - backdatedMs);
      assert.equal(validToDate.getTime(), now + 90 * day);
    }
  });

  test('has numbers and names that none other has', () => {
    const other = issue({ names, now, validityMs: day });
    const facts = [made, other].flatMap(({ authority, certificate }) => [
      new X509Certificate(authority),
      new X509Certificate(certificate),
    ]);
    assert.equal(new Set(facts.map(({ serialNumber }) => serialNumber)).size, 4);
    assert.notEqual(facts[0]?.subject, facts[2]?.subject);
    for (const { serialNumber } of facts) assert.match(serialNumber, /^[4-7][0-9A-F]{31}$/, 'positive, 16 bytes');
  });

  test('is written well a hundred times over: lengths differ with the numbers in it', () => {
    for (let count = 0; count < 100; count += 1) {
      const { authority, certificate } = issue({ names, now, validityMs: day });
      assert.ok(new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey));
    }
  });

  test('is taken by OpenSSL at its strictest', { skip: !openssl && 'there is no openssl here' }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'bookend-certificate-'));
    try {
      const [authority, certificate] = [join(directory, 'ca.pem'), join(directory, 'tls.pem')];
      writeFileSync(authority, made.authority);
      writeFileSync(certificate, made.certificate);
      const verify = [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        '-verify_hostname',
        names[0] ?? '',
        '-CAfile',
        authority,
      ];
      const { status, stderr } = spawnSync('openssl', [...verify, certificate], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('is taken in a handshake by who trusts its authority and asks for its name, and by nobody else', async () => {
    assert.equal(await handshake(made, made.authority, names[0] ?? ''), 'trusted');
    const other = issue({ names, now, validityMs: day });
    assert.equal(await handshake(made, other.authority + made.authority, names[1] ?? ''), 'trusted');
    assert.match(await handshake(made, other.authority, names[0] ?? ''), /unable to (verify|get)|self.signed/i);
    assert.match(await handshake(made, made.authority, 'other.system.svc'), /does not match/);
    const over = issue({ names, now: now - 2 * day, validityMs: day });
    assert.match(await handshake(over, over.authority, names[0] ?? ''), /expired/);
  });
});

async function handshake({ certificate, key }: Credentials, ca: string, servername: string): Promise<string> {
  const server = createServer({ cert: certificate, key });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    return await new Promise<string>((resolve) => {
      const socket: TLSSocket = connect({ port, host: '127.0.0.1', ca, servername, minVersion: 'TLSv1.3' }, () => {
        socket.end();
        resolve('trusted');
      });
      socket.on('error', (error) => resolve(error.message));
    });
  } finally {
    server.close();
  }
}
