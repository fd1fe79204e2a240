import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isCode } from '../../errors.ts';
import { wallClock } from '../clock.ts';
import { type RequestInfo, retryAfter } from './http.ts';
import type { KubeCluster, OpenOptions } from './open.ts';
import { configMapOf, eventually, type FakeAnswer, FakeServer, refusal } from './testing/fake-server.ts';
import { HastyClock } from './testing/hasty-clock.ts';

const one = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'one' };
const path = '/api/v1/namespaces/default/configmaps/one';
const collection = '/api/v1/namespaces/default/configmaps';
const found: FakeAnswer = { body: configMapOf('one') };

describe('requests', () => {
  let server: FakeServer;
  let clock: HastyClock;
  let counted: RequestInfo[];
  let cluster: KubeCluster;

  const open = async (options: OpenOptions = {}) => {
    cluster = await server.open({ clock, onRequest: (info) => counted.push(info), ...options });
    await cluster.kind('v1', 'ConfigMap');
    counted.length = 0;
    clock.waits.length = 0;
  };

  beforeEach(async () => {
    server = await FakeServer.start();
    clock = new HastyClock();
    counted = [];
    await open();
  });
  afterEach(() => server.close());

  describe('are repeated', () => {
    test('after 429, not before the seconds in Retry-After are over', async () => {
      server.script('GET', path, refusal(429, 'TooManyRequests', 'slow down', {}, { 'retry-after': '3' }), found);
      assert.ok(await cluster.get(one));
      assert.deepEqual(clock.waits, [3_000]);
    });

    test('after 429, not before the date in Retry-After', async () => {
      const date = new Date(clock.now() + 5_000).toUTCString();
      server.script('GET', path, refusal(429, 'TooManyRequests', 'slow down', {}, { 'retry-after': date }), found);
      assert.ok(await cluster.get(one));
      assert.deepEqual(clock.waits, [5_000]);
    });

    test('after 429 also when they create something: the server has not even looked at it', async () => {
      server.script('POST', collection, refusal(429, 'TooManyRequests'), { status: 201, body: configMapOf('one') });
      assert.ok(await cluster.create(configMapOf('one')));
      assert.equal(server.seen('POST', collection).length, 2);
    });

    test('after 5xx, with growing waits', async () => {
      const broken = refusal(500, 'InternalError');
      server.script('GET', path, broken, refusal(503, 'ServiceUnavailable'), broken, broken, found);
      assert.ok(await cluster.get(one));
      assert.deepEqual(clock.waits, [50, 100, 200, 400]);
    });

    test('not after a 500 that blames the request', async () => {
      const blame = 'failed to create typed patch object (a/one; /v1, Kind=ConfigMap): .dat: field not declared in schema';
      server.script('PATCH', path, refusal(500, 'InternalError', blame), { status: 200, body: configMapOf('one') });
      await assert.rejects(cluster.apply(configMapOf('one'), { fieldManager: 'test' }), { code: 'invalid' });
      assert.equal(server.seen('PATCH', path).length, 1);
    });

    test('after the connection was cut, when repeating does no harm', async () => {
      server.script('GET', path, 'reset', 'reset', found);
      assert.ok(await cluster.get(one));
      server.script('PATCH', path, 'reset', { status: 200, body: configMapOf('one') });
      assert.deepEqual(await cluster.apply(configMapOf('one'), { fieldManager: 'test' }), {
        object: configMapOf('one'),
        created: false,
      });
      server.script('DELETE', path, 'reset', refusal(404, 'NotFound', 'gone', { name: 'one', kind: 'configmaps' }));
      assert.equal(await cluster.delete(one), 'absent');
    });

    test('a JSON patch with a test after the connection was cut, one without a test never', async () => {
      server.script('PATCH', path, 'reset', { body: configMapOf('one') });
      const append = { op: 'add', path: '/metadata/finalizers/-', value: 'x' } as const;
      const guard = { op: 'test', path: '/metadata/resourceVersion', value: '1' } as const;
      assert.ok(await cluster.patch(one, { type: 'json', operations: [guard, append] }));
      server.script('PATCH', path, 'reset', { body: configMapOf('one') });
      const unguarded = cluster.patch(one, { type: 'json', operations: [append] });
      await assert.rejects(unguarded, { code: 'unreachable' });
    });

    test('a creation never, once it may have arrived', async () => {
      for (const answer of ['reset', refusal(500, 'InternalError')] as const) {
        server.script('POST', collection, answer, { status: 201, body: configMapOf('one') });
        await assert.rejects(cluster.create(configMapOf('one')), { code: 'unreachable' });
      }
      assert.equal(server.seen('POST', collection).length, 2);
    });

    test('a creation too while nobody listens: it cannot have arrived', async () => {
      await open({ clock: wallClock });
      const { port } = server;
      await server.stop();
      // Until the old connection is known to be closed a request may still be written to it, and then nobody knows.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const creation = cluster.create(configMapOf('one'));
      await eventually(() => counted.some(({ status }) => status === 0));
      server = await FakeServer.start({ port });
      server.on('POST', collection, { status: 201, body: configMapOf('one') });
      assert.ok(await creation);
      await cluster.close();
    });

    test('until retryForMs is over', async () => {
      server.on('GET', path, refusal(503, 'ServiceUnavailable', 'starting up'));
      await open({ retryForMs: 2_000 });
      await assert.rejects(cluster.get(one), (error) => {
        assert.ok(isCode(error, 'unreachable'));
        assert.match(error.message, /Cannot get ConfigMap default\/one: starting up/);
        assert.equal(error.details.status, 503);
        return true;
      });
      const waited = clock.waits.reduce((sum, wait) => sum + wait, 0);
      assert.ok(waited > 1_000 && waited <= 2_000, String(waited));
    });

    test('not at all when the server wants more patience than there is', async () => {
      server.on('GET', path, refusal(429, 'TooManyRequests', 'slow down', {}, { 'retry-after': '60' }));
      await assert.rejects(cluster.get(one), (error) => {
        assert.ok(isCode(error, 'throttled'));
        assert.equal(error.details.retryAfterMs, 60_000);
        return true;
      });
      assert.deepEqual(clock.waits, []);
    });

    test('not when the server says what is wrong with them', async () => {
      server.on('GET', path, refusal(403, 'Forbidden', 'no'));
      await assert.rejects(cluster.get(one), { code: 'forbidden' });
      assert.equal(server.seen('GET', path).length, 1);
    });
  });

  test('a server that does not answer in time is unreachable', async () => {
    server.on('GET', path, 'silence');
    await open({ timeoutMs: 100, retryForMs: 0 });
    await assert.rejects(cluster.get(one), { code: 'unreachable', message: /does not answer in time/ });
  });

  test('what answers in the place of an API server is named as such', async () => {
    server.on('GET', path, { headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' });
    await assert.rejects(cluster.get(one), { code: 'unreachable', message: /no Kubernetes object/ });
    server.on('GET', path, { status: 502, body: 'Bad gateway' });
    await open({ retryForMs: 0 });
    await assert.rejects(cluster.get(one), { code: 'unreachable', message: /Bad gateway/ });
  });

  test('500 of them at once use no more connections than allowed, and use them again', async () => {
    server.on('GET', path, found);
    await open({ connections: 8 });
    const before = server.connections;
    await Promise.all(Array.from({ length: 500 }, () => cluster.get(one)));
    await Promise.all(Array.from({ length: 500 }, () => cluster.get(one)));
    assert.ok(server.connections - before <= 8, `${server.connections - before} connections`);
    assert.equal(server.seen('GET', path).length, 1000);
  });

  test('one after the other they use one connection, deletes too', async () => {
    server.on('GET', path, found).on('DELETE', path, { body: { kind: 'Status' } });
    const before = server.connections;
    for (let count = 0; count < 50; count += 1) {
      await cluster.get(one);
      await cluster.delete(one);
    }
    assert.ok(server.connections - before <= 1);
  });

  test('are counted with their verb, resource and status, the repeated ones too', async () => {
    server.script('GET', path, 'reset', refusal(500, 'InternalError'), found);
    server.on('PATCH', `${path}/status`, { body: configMapOf('one') });
    await cluster.get(one);
    await cluster.patch(one, { type: 'merge', value: {} }, { subresource: 'status' });
    assert.deepEqual(
      counted.map(({ verb, resource, status }) => [verb, resource, status]),
      [
        ['get', 'configmaps', 0],
        ['get', 'configmaps', 500],
        ['get', 'configmaps', 200],
        ['patch', 'configmaps/status', 200],
      ],
    );
    assert.ok(counted.every(({ ms }) => ms >= 0));
  });

  test('are made as somebody else on request, discovery is not', async () => {
    server.on('GET', path, found);
    await cluster.as({ user: 'system:serviceaccount:a:b', groups: ['x', 'y'], uid: '42' }).get(one);
    await cluster.get(one);
    const [theirs, ours] = server.seen('GET', path);
    assert.equal(theirs?.headers['impersonate-user'], 'system:serviceaccount:a:b');
    assert.equal(theirs?.headers['impersonate-group'], 'x, y');
    assert.equal(theirs?.headers['impersonate-uid'], '42');
    assert.equal(ours?.headers['impersonate-user'], undefined);
    assert.ok(server.seen('GET', '/api').every(({ headers }) => headers['impersonate-user'] === undefined));
  });

  test('a 401 has the credentials renewed, and is repeated once with the new ones', async () => {
    let token = 'old';
    let renewals = 0;
    server.on('GET', path, ({ headers }) => (headers.authorization === 'Bearer new' ? found : refusal(401, 'Unauthorized')));
    const credentials = {
      current: async () => ({ authorization: `Bearer ${token}` }),
      renew: async () => {
        renewals += 1;
        token = 'new';
        return true;
      },
    };
    await open({ connection: server.connection({ credentials }) });
    assert.ok(await cluster.get(one));
    assert.equal(renewals, 1);
  });

  test('a 401 that stays says that nobody knows who is asking', async () => {
    server.on('GET', path, refusal(401, 'Unauthorized'));
    await assert.rejects(cluster.get(one), { code: 'unauthorized' });
    assert.equal(server.seen('GET', path).length, 1);
  });

  test('after close nothing is sent any more', async () => {
    await cluster.close();
    await assert.rejects(cluster.get(one), { code: 'unreachable', message: /closed/ });
    assert.equal(server.seen('GET', path).length, 0);
  });

  test('an API below a path is found there', async () => {
    server.on('GET', '/k8s/clusters/c-1/version', { body: { gitVersion: 'v1.36.0' } });
    await open({ connection: server.connection({ server: `${server.url}/k8s/clusters/c-1` }) }).catch(() => undefined);
    assert.equal(await cluster.version(), 'v1.36.0');
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');

  test('is understood as seconds and as a date', () => {
    assert.equal(retryAfter('7', now), 7_000);
    assert.equal(retryAfter('Sun, 22 Nov 2026 12:00:09 GMT', now), 9_000);
    assert.equal(retryAfter('Sun, 22 Nov 2026 11:00:00 GMT', now), 0);
  });

  test('is nothing when it is absent or senseless', () => {
    assert.equal(retryAfter(undefined, now), undefined);
    assert.equal(retryAfter('soon', now), undefined);
  });
});
