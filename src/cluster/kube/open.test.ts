import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { isCode } from '../../errors.ts';
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig-entries.ts';
import { findConnection } from './open.ts';
import { authority, client } from './testing/certificates.ts';

describe('the configuration', () => {
  let directory: string;
  const write = async (name: string, content: unknown) => {
    const path = join(directory, name);
    await writeFile(path, typeof content === 'string' ? content : stringify(content));
    return path;
  };
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bookend-config-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  describe('from a kubeconfig', () => {
    test('is its current context', async () => {
      const kubeconfig = await write('config', config({ server: 'https://api.example:6443/' }, { token: 'secret' }));
      const connection = await findConnection({ kubeconfig, environment: {} });
      assert.equal(connection.name, 'main');
      assert.equal(connection.server, 'https://api.example:6443');
      assert.equal(connection.namespace, 'place');
      assert.deepEqual(connection.tls, {});
      assert.deepEqual(await connection.credentials.current(), { authorization: 'Bearer secret' });
    });

    test('may be another context', async () => {
      const content = config({ server: 'https://one' }, {});
      content.contexts.push({ name: 'second', context: { cluster: 'main', user: 'main', namespace: 'elsewhere' } });
      const kubeconfig = await write('config', content);
      assert.equal((await findConnection({ kubeconfig, context: 'second', environment: {} })).namespace, 'elsewhere');
    });

    test('takes certificates inline or from files beside it', async () => {
      await write('ca.crt', authority);
      const inline = config(
        { server: 'https://x', 'certificate-authority-data': base64(authority) },
        { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) },
      );
      await write('client.crt', client.cert);
      await write('client.key', client.key);
      const beside = config(
        { server: 'https://x', 'certificate-authority': 'ca.crt' },
        { 'client-certificate': 'client.crt', 'client-key': join(directory, 'client.key') },
      );
      for (const content of [inline, beside]) {
        const connection = await findConnection({ kubeconfig: await write('config', content), environment: {} });
        assert.equal(connection.tls.ca, authority);
        assert.deepEqual((await connection.credentials.current()).certificate, client);
      }
    });

    test('takes TLS options, proxy, password and impersonation', async () => {
      const content = config(
        { server: 'https://x', 'insecure-skip-tls-verify': true, 'tls-server-name': 'api', 'proxy-url': 'socks5://p:1080' },
        { username: 'me', password: 'pass', as: 'someone', 'as-groups': ['g'], 'as-uid': '7' },
      );
      const connection = await findConnection({ kubeconfig: await write('config', content), environment: {} });
      assert.deepEqual(connection.tls, { serverName: 'api', verify: false });
      assert.equal(connection.proxyUrl, 'socks5://p:1080');
      assert.deepEqual(connection.impersonate, { user: 'someone', groups: ['g'], uid: '7' });
      assert.deepEqual(await connection.credentials.current(), { authorization: `Basic ${base64('me:pass')}` });
    });

    test('takes the proxy of the environment where it names none itself', async () => {
      const kubeconfig = await write('config', config({ server: 'https://api.example' }, {}));
      const environment = { HTTPS_PROXY: 'http://proxy:3128' };
      assert.equal((await findConnection({ kubeconfig, environment })).proxyUrl, 'http://proxy:3128');
    });

    test('is merged from all files of KUBECONFIG: what comes first wins, what is missing is skipped', async () => {
      const first = await write('first', {
        'current-context': 'main',
        users: [{ name: 'main', user: { token: 'from-first' } }],
      });
      const second = await write('second', config({ server: 'https://second' }, { token: 'from-second' }, 'other'));
      const environment = { KUBECONFIG: [first, join(directory, 'missing'), '', second].join(':') };
      const connection = await findConnection({ environment });
      assert.equal(connection.name, 'main');
      assert.equal(connection.server, 'https://second');
      assert.equal((await connection.credentials.current()).authorization, 'Bearer from-first');
    });

    test('is found in the home directory', async () => {
      await mkdir(join(directory, '.kube'));
      await write('.kube/config', config({ server: 'https://home' }, {}));
      assert.equal((await findConnection({ environment: {}, home: directory })).server, 'https://home');
    });

    const refused: [string, unknown, RegExp][] = [
      ['without a current context', { ...config({}, {}), 'current-context': '' }, /names no current context/],
      ['whose context is not there', { ...config({}, {}), 'current-context': 'lost' }, /no context lost/],
      ['whose cluster is not there', { ...config({}, {}), clusters: [] }, /cluster main, which/],
      ['whose user is not there', { ...config({ server: 'https://x' }, {}), users: null }, /user main, which/],
      ['without a server', config({}, {}), /no valid server address/],
      ['with a senseless server', config({ server: 'ftp://x' }, {}), /no valid server address/],
      [
        'with a certificate without its key',
        config({ server: 'https://x' }, { 'client-certificate-data': 'eA==' }),
        /no client-key/,
      ],
      ['with an exec plugin without a command', config({ server: 'https://x' }, { exec: {} }), /without a command/],
      [
        'with a certificate that cannot be read',
        config({ server: 'https://x', 'certificate-authority': 'no' }, {}),
        /does not exist/,
      ],
      ['that is not YAML', 'a: [', /not valid YAML/],
      ['that is something else', 'hello', /not a kubeconfig/],
    ];
    for (const [what, content, why] of refused) {
      test(`${what} is refused`, async () => {
        const kubeconfig = await write('config', content);
        await assert.rejects(findConnection({ kubeconfig, environment: {} }), (error) => {
          assert.ok(isCode(error, 'bad-input'), String(error));
          assert.match(error.message, why);
          return true;
        });
      });
    }

    const misshapen: [field: string, content: object][] = [
      ['clusters', { clusters: 'x' }],
      ['clusters[0].name', { clusters: [null] }],
      ['users[main].user', { users: [{ name: 'main', user: ['x'] }] }],
      ['clusters[main].cluster.server', { clusters: [{ name: 'main', cluster: { server: 1 } }] }],
      ['users[main].user.token', { users: [{ name: 'main', user: { token: { a: 1 } } }] }],
      ['users[main].user.as-groups', { users: [{ name: 'main', user: { as: 'a', 'as-groups': 'b' } }] }],
      [
        'users[main].user.exec.env[0].value',
        { users: [{ name: 'main', user: { exec: { command: 'a', env: [{ name: 'a', value: 1 }] } } }] },
      ],
      ['users[main].user.exec.command', { users: [{ name: 'main', user: { exec: { command: [] } } }] }],
      ['current-context', { 'current-context': ['main'] }],
    ];
    for (const [field, changed] of misshapen) {
      test(`with something else than is expected in ${field} is refused with that field`, async () => {
        const kubeconfig = await write('config', { ...config({ server: 'https://one' }, {}), ...changed });
        await assert.rejects(findConnection({ kubeconfig, environment: {} }), (error) => {
          return isCode(error, 'bad-input') && error.details.field === field && error.message.includes(` must be `);
        });
      });
    }

    test('may have empty fields, as client-go takes them', async () => {
      const kubeconfig = await write(
        'config',
        config({ server: 'https://one', 'proxy-url': null } as never, { exec: null, token: 'a' } as never),
      );
      const found = (await (await findConnection({ kubeconfig, environment: {} })).credentials.current()).authorization;
      assert.deepEqual(found, 'Bearer a');
    });

    test('that is missing is refused, with the choice of contexts where one is wrong', async () => {
      const missing = findConnection({ kubeconfig: join(directory, 'missing'), environment: {} });
      await assert.rejects(missing, { code: 'bad-input', message: /does not exist/ });
      const kubeconfig = await write('config', config({ server: 'https://x' }, {}));
      const wrong = findConnection({ kubeconfig, context: 'typo', environment: {} });
      await assert.rejects(wrong, { code: 'bad-input', advice: /--context: main/ });
    });
  });

  describe('inside of a Pod', () => {
    const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

    test("is the Pod's ServiceAccount", async () => {
      await write('token', 'pod-token\n');
      await write('ca.crt', authority);
      await write('namespace', 'home');
      const connection = await findConnection({ environment, home: directory, serviceAccountDirectory: directory });
      assert.equal(connection.server, 'https://10.96.0.1:443');
      assert.equal(connection.name, 'in-cluster');
      assert.equal(connection.namespace, 'home');
      assert.equal(connection.tls.ca, authority);
      assert.equal((await connection.credentials.current()).authorization, 'Bearer pod-token');
    });

    test('understands IPv6', async () => {
      await write('token', 'pod-token');
      const ipv6 = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
      const connection = await findConnection({ environment: ipv6, home: directory, serviceAccountDirectory: directory });
      assert.equal(connection.server, 'https://[fd00::1]:6443');
    });

    test('without a token is refused with the reason', async () => {
      const found = findConnection({ environment, home: directory, serviceAccountDirectory: directory });
      await assert.rejects(found, { code: 'bad-input', advice: /automountServiceAccountToken/ });
    });

    test('gives way to a kubeconfig', async () => {
      const kubeconfig = await write('config', config({ server: 'https://chosen' }, {}));
      assert.equal((await findConnection({ kubeconfig, environment })).server, 'https://chosen');
      assert.equal((await findConnection({ environment: { ...environment, KUBECONFIG: kubeconfig } })).server, 'https://chosen');
    });
  });

  test('that is nowhere is an error that says how to give one', async () => {
    await assert.rejects(findConnection({ environment: {}, home: directory }), {
      code: 'bad-input',
      message: /No cluster is configured/,
      advice: /--kubeconfig, set KUBECONFIG/,
    });
  });
});

function config(cluster: KubeconfigCluster, user: KubeconfigUser, currentContext = 'main') {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': currentContext,
    contexts: [{ name: 'main', context: { cluster: 'main', user: 'main', namespace: 'place' } }],
    clusters: [{ name: 'main', cluster }],
    users: [{ name: 'main', user }],
  };
}
