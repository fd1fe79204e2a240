import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Credentials } from './connection.ts';
import { authProviderCredentials, tokenFileCredentials } from './credentials.ts';
import { execCredentials } from './exec-credentials.ts';
import type { KubeconfigExec } from './kubeconfig-entries.ts';
import { client } from './testing/certificates.ts';
import { FakeServer, refusal } from './testing/fake-server.ts';
import { HastyClock } from './testing/hasty-clock.ts';

describe('credentials', () => {
  let directory: string;
  let clock: HastyClock;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bookend-credentials-'));
    clock = new HastyClock();
  });
  afterEach(() => rm(directory, { recursive: true }));

  describe('from a token file', () => {
    let file: string;
    const token = async (credentials: Credentials) => (await credentials.current()).authorization;

    beforeEach(async () => {
      file = join(directory, 'token');
      await writeFile(file, 'first\n');
    });

    test('follow the file within a minute', async () => {
      const credentials = tokenFileCredentials(file, clock);
      assert.equal(await token(credentials), 'Bearer first');
      await writeFile(file, 'second');
      clock.pass(60_000);
      assert.equal(await token(credentials), 'Bearer second');
    });

    test('follow the file at once when the server refuses the old token', async () => {
      const credentials = tokenFileCredentials(file, clock);
      assert.equal(await token(credentials), 'Bearer first');
      assert.equal(await credentials.renew(), false);
      await writeFile(file, 'second');
      assert.equal(await credentials.renew(), true);
      assert.equal(await token(credentials), 'Bearer second');
    });

    test('keep the last token while the file is away', async () => {
      const credentials = tokenFileCredentials(file, clock);
      await token(credentials);
      await rm(file);
      clock.pass(60_000);
      assert.equal(await token(credentials), 'Bearer first');
    });

    test('without the file are an error', async () => {
      await assert.rejects(tokenFileCredentials(join(directory, 'missing'), clock).current(), { code: 'bad-input' });
    });

    test('are used by requests: a rotated token is noticed by its 401', async () => {
      const server = await FakeServer.start();
      server.on('GET', '/version', ({ headers }) =>
        headers.authorization === 'Bearer second' ? { body: { gitVersion: 'v1.37.2' } } : refusal(401, 'Unauthorized'),
      );
      const cluster = await server.open({
        clock,
        connection: server.connection({ credentials: tokenFileCredentials(file, clock) }),
      });
      await assert.rejects(cluster.version(), { code: 'unauthorized' });
      await writeFile(file, 'second');
      assert.equal(await cluster.version(), 'v1.37.2');
      await server.close();
    });
  });

  describe('from an exec plugin', () => {
    const cluster = { name: 'c', file: 'config', value: { server: 'https://api.example' } };
    /** A plugin that counts its runs in a file and prints what the test gave it. */
    const plugin = async (script: string, exec: Partial<KubeconfigExec> = {}) => {
      const command = join(directory, 'plugin');
      await writeFile(command, `#!/bin/sh\necho run >> ${directory}/runs\n${script}\n`);
      await chmod(command, 0o755);
      const user = { name: 'u', file: join(directory, 'config'), value: {} };
      return execCredentials(user, { command: './plugin', interactiveMode: 'Never', ...exec }, cluster, clock);
    };
    const prints = (status: unknown) => `cat <<'EOT'\n${JSON.stringify({ kind: 'ExecCredential', status })}\nEOT`;
    const runs = async () => (await readFile(join(directory, 'runs'), 'utf8')).split('\n').length - 1;

    test('are asked for once, however many need them', async () => {
      const credentials = await plugin(prints({ token: 'secret' }));
      const all = await Promise.all(Array.from({ length: 20 }, () => credentials.current()));
      assert.ok(all.every(({ authorization }) => authorization === 'Bearer secret'));
      assert.equal(await runs(), 1);
    });

    test('are asked for again when they have expired and when they are refused', async () => {
      const expirationTimestamp = new Date(clock.now() + 60_000).toISOString();
      const credentials = await plugin(prints({ token: 'secret', expirationTimestamp }));
      await credentials.current();
      clock.pass(59_000);
      await credentials.current();
      assert.equal(await runs(), 1);
      clock.pass(2_000);
      await credentials.current();
      assert.equal(await runs(), 2);
      assert.equal(await credentials.renew(), true);
      await credentials.current();
      assert.equal(await runs(), 3);
    });

    test('may be a client certificate', async () => {
      const credentials = await plugin(prints({ clientCertificateData: client.cert, clientKeyData: client.key }));
      assert.deepEqual(await credentials.current(), { certificate: client });
    });

    test('see their arguments, environment and the cluster', async () => {
      const script = `echo "{\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$1-$COLOUR\\"}}"; echo "$KUBERNETES_EXEC_INFO" > ${directory}/info`;
      const credentials = await plugin(script, {
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        args: ['argument'],
        env: [{ name: 'COLOUR', value: 'red' }],
        provideClusterInfo: true,
      });
      assert.equal((await credentials.current()).authorization, 'Bearer argument-red');
      assert.deepEqual(JSON.parse(await readFile(join(directory, 'info'), 'utf8')), {
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        kind: 'ExecCredential',
        spec: { interactive: false, cluster: cluster.value },
      });
    });

    const failures: [string, string, RegExp][] = [
      ['fails', 'echo "please log in" >&2; exit 3', /ended with 3: please log in/],
      ['prints something else', 'echo hello', /did not print an ExecCredential/],
      ['gives nothing', prints({}), /neither a token nor a client certificate/],
    ];
    for (const [what, script, why] of failures) {
      test(`that ${what} are an error with the reason, and are asked for again`, async () => {
        const credentials = await plugin(script);
        for (let round = 1; round <= 2; round += 1) {
          await assert.rejects(credentials.current(), { code: 'unauthorized', message: why });
          assert.equal(await runs(), round);
        }
      });
    }

    test('that is not installed are an error with the hint', async () => {
      const user = { name: 'u', file: 'config', value: {} };
      const exec = {
        command: 'no-such-plugin-anywhere',
        installHint: 'Install it from example.com',
        interactiveMode: 'Never',
      } as const;
      await assert.rejects(execCredentials(user, exec, cluster, clock).current(), {
        code: 'unauthorized',
        message: /not installed/,
        advice: 'Install it from example.com',
      });
    });

    test('that need a terminal where there is none are an error', { skip: process.stdin.isTTY }, async () => {
      const credentials = await plugin(prints({ token: 'x' }), { interactiveMode: 'Always' });
      await assert.rejects(credentials.current(), { code: 'unauthorized', message: /terminal/ });
    });
  });

  describe('from the oidc auth provider', () => {
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const credentialsOf = (idToken: string) => {
      const client = { 'client-id': 'c', 'client-secret': 's', 'refresh-token': 'r', 'idp-issuer-url': 'https://127.0.0.1:1' };
      return authProviderCredentials({ name: 'oidc', config: { 'id-token': idToken, ...client } }, 'somebody');
    };

    test('are the ID token, as long as it is valid', async () => {
      const idToken = `${encoded({ alg: 'none' })}.${encoded({ exp: Math.floor(Date.now() / 1000) + 3600 })}.x`;
      assert.equal((await credentialsOf(idToken).current()).authorization, `Bearer ${idToken}`);
    });

    test('that cannot be refreshed are an error with the reason', async () => {
      await assert.rejects(credentialsOf(`e30.${encoded({ exp: 1 })}.x`).current(), {
        code: 'unauthorized',
        message: /auth provider oidc of user somebody/,
      });
    });
  });
});
