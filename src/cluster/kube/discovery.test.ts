import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { KubeCluster } from './open.ts';
import { configMapOf, FakeServer, listOf, notServed, refusal } from './testing/fake-server.ts';
import { HastyClock } from './testing/hasty-clock.ts';

const verbs = ['get', 'list', 'watch'];

describe('discovery', () => {
  let server: FakeServer;
  let clock: HastyClock;
  let cluster: KubeCluster;

  beforeEach(async () => {
    server = await FakeServer.start();
    clock = new HastyClock();
    cluster = await server.open({ clock });
  });
  afterEach(() => server.close());

  const asked = (path = '/apis') => server.seen('GET', path).length;

  test('asks for everything in two requests, however many want to know at the same time', async () => {
    const found = await Promise.all(Array.from({ length: 50 }, () => cluster.kind('apps/v1', 'Deployment')));
    assert.ok(found.every((kind) => kind?.resource === 'deployments'));
    assert.deepEqual([asked('/api'), asked('/apis'), server.requests.length], [1, 1, 2]);
    assert.match(server.requests[0]?.headers.accept ?? '', /v=v2;as=APIGroupDiscoveryList/);
  });

  test('remembers what is served, and looks for what is not at most once a second', async () => {
    await cluster.kind('v1', 'ConfigMap');
    assert.equal(await cluster.kind('v1', 'Unknown'), undefined);
    assert.equal(asked(), 1);
    clock.pass(1_001);
    assert.equal(await cluster.kind('v1', 'Unknown'), undefined);
    assert.equal(await cluster.kind('v1', 'Unknown'), undefined);
    await cluster.kind('v1', 'ConfigMap');
    assert.equal(asked(), 2);
  });

  test('sends the ETag that it has seen, and is content with 304', async () => {
    server.on('GET', '/apis', ({ headers }) =>
      headers['if-none-match'] === '"7"'
        ? { status: 304, body: '' }
        : { ...groups([group('apps', ['v1', [resource('deployments', 'Deployment')]])]), headers: { etag: '"7"' } },
    );
    await cluster.kinds();
    clock.pass(2_000);
    const { kinds } = await cluster.kinds();
    assert.ok(kinds.some(({ kind }) => kind === 'Deployment'));
    assert.equal(server.requests.at(-1)?.headers['if-none-match'] ?? server.requests.at(-2)?.headers['if-none-match'], '"7"');
  });

  test('lists each kind once, at the most preferred version that has it', async () => {
    server.on(
      'GET',
      '/apis',
      groups([
        group(
          'example.com',
          ['v2', [resource('widgets', 'Widget')]],
          ['v1', [resource('widgets', 'Widget'), resource('gadgets', 'Gadget'), resource('reviews', 'Review', ['create'])]],
        ),
      ]),
    );
    const { kinds } = await cluster.kinds();
    const known = kinds.filter((kind) => kind.group === 'example.com').map((kind) => `${kind.apiVersion} ${kind.kind}`);
    assert.deepEqual(known, ['example.com/v2 Widget', 'example.com/v1 Gadget']);
    assert.equal((await cluster.kind('example.com/v1', 'Widget'))?.version, 'v1');
  });

  test('names an aggregated API that does not answer, and knows nothing of its kinds instead of denying them', async () => {
    server.on(
      'GET',
      '/apis',
      groups([
        { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale' }] },
        group('apps', ['v1', [resource('deployments', 'Deployment')]]),
      ]),
    );
    const { kinds, missing } = await cluster.kinds();
    assert.deepEqual(missing, ['metrics.k8s.io/v1beta1']);
    assert.ok(kinds.some(({ kind }) => kind === 'Deployment'));
    await assert.rejects(cluster.kind('metrics.k8s.io/v1beta1', 'PodMetrics'), { code: 'unreachable', advice: /APIService/ });
  });

  test('takes a server without these paths for no API server', async () => {
    server.on('GET', '/apis', { status: 404, body: 'no such page' });
    await assert.rejects(cluster.kinds(), { code: 'unreachable', message: /not a Kubernetes API server: \/apis does not exist/ });
  });

  test('asks again when the server no longer knows the URL of a kind that it knew', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments/one';
    server.on('GET', path, notServed());
    await cluster.kind('apps/v1', 'Deployment');
    server.on('GET', '/apis', groups([]));
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'one' };
    await assert.rejects(cluster.get(ref), { code: 'not-found', message: /serves no kind Deployment in apps\/v1/ });
    assert.equal(await cluster.kind('apps/v1', 'Deployment'), undefined);
  });

  test('an absent object does not make it ask again', async () => {
    const absent = refusal(404, 'NotFound', 'configmaps "one" not found', { name: 'one', kind: 'configmaps' });
    server.on('GET', '/api/v1/namespaces/default/configmaps/one', absent);
    assert.equal(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'one' }), undefined);
    assert.equal(asked(), 1);
  });

  describe('of a server that does not aggregate', () => {
    beforeEach(() => {
      server
        .on('GET', '/api', { body: { kind: 'APIVersions', versions: ['v1'] } })
        .on('GET', '/apis', {
          body: {
            kind: 'APIGroupList',
            groups: [
              {
                name: 'example.com',
                versions: [{ groupVersion: 'example.com/v1' }, { groupVersion: 'example.com/v2' }],
                preferredVersion: { groupVersion: 'example.com/v2' },
              },
              { name: 'dead.example', versions: [{ groupVersion: 'dead.example/v1' }] },
            ],
          },
        })
        .on('GET', '/api/v1', {
          body: {
            kind: 'APIResourceList',
            groupVersion: 'v1',
            resources: [
              { name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs, shortNames: ['cm'] },
              { name: 'namespaces', kind: 'Namespace', namespaced: false, verbs },
              { name: 'namespaces/finalize', kind: 'Namespace', namespaced: false, verbs: ['update'] },
            ],
          },
        })
        .on('GET', '/apis/example.com/v1', resourceList('example.com/v1'))
        .on('GET', '/apis/example.com/v2', resourceList('example.com/v2'))
        .on('GET', '/apis/dead.example/v1', refusal(503, 'ServiceUnavailable'));
    });

    test('asks each group version, prefers as the server does, and names the dead', async () => {
      const { kinds, missing } = await cluster.kinds();
      const known = kinds.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
      assert.deepEqual(known, ['v1 ConfigMap', 'v1 Namespace', 'example.com/v2 Widget']);
      assert.deepEqual(missing, ['dead.example/v1']);
      assert.deepEqual((await cluster.kind('v1', 'Namespace'))?.subresources, ['finalize']);
      assert.equal((await cluster.kind('v1', 'ConfigMap'))?.namespaced, true);
    });
  });
});

describe('a list', () => {
  let server: FakeServer;
  let cluster: KubeCluster;
  const path = '/api/v1/configmaps';
  const query = { apiVersion: 'v1', kind: 'ConfigMap' };

  beforeEach(async () => {
    server = await FakeServer.start();
    cluster = await server.open({ clock: new HastyClock(), pageSize: 2 });
  });
  afterEach(() => server.close());

  test('is read page by page', async () => {
    server.script(
      'GET',
      path,
      listOf([configMapOf('a'), configMapOf('b')], '7', { continue: 'next' }),
      listOf([configMapOf('c')], '7'),
    );
    const { items, resourceVersion } = await cluster.list(query);
    const names = items.map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ['a', 'b', 'c']);
    assert.equal(resourceVersion, '7');
    const [first, second] = server.seen('GET', path);
    assert.deepEqual([first?.query.get('limit'), first?.query.get('continue')], ['2', null]);
    assert.deepEqual([second?.query.get('limit'), second?.query.get('continue')], ['2', 'next']);
  });

  test('begins anew when its pages have expired', async () => {
    const page = listOf([configMapOf('old')], '7', { continue: 'next' });
    server.script(
      'GET',
      path,
      page,
      refusal(410, 'Expired', 'The provided continue parameter is too old'),
      listOf([configMapOf('new')], '9'),
    );
    const { items, resourceVersion } = await cluster.list(query);
    const names = items.map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ['new']);
    assert.equal(resourceVersion, '9');
  });

  test('is read in one piece when its pages expire again and again', async () => {
    server.on('GET', path, ({ query: asked }) => {
      if (!asked.has('limit')) return listOf([configMapOf('a')], '9');
      return asked.has('continue') ? refusal(410, 'Expired') : listOf([], '7', { continue: 'next' });
    });
    assert.equal((await cluster.list(query)).resourceVersion, '9');
  });

  test('survives a failure between two pages', async () => {
    server.script(
      'GET',
      path,
      listOf([configMapOf('a')], '7', { continue: 'next' }),
      'reset',
      refusal(500, 'InternalError'),
      listOf([], '7'),
    );
    assert.equal((await cluster.list(query)).items.length, 1);
  });

  test('without items has none', async () => {
    server.on('GET', path, { body: { kind: 'ConfigMapList', metadata: { resourceVersion: '7' }, items: null } });
    assert.deepEqual(await cluster.list(query), { items: [], resourceVersion: '7' });
  });
});

function resource(name: string, kind: string, its: string[] = verbs) {
  return { resource: name, responseKind: { kind }, scope: 'Namespaced', verbs: its };
}

function group(name: string, ...versions: [string, unknown[]][]) {
  return { metadata: { name }, versions: versions.map(([version, resources]) => ({ version, freshness: 'Current', resources })) };
}

function groups(items: unknown[]) {
  return { body: { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items } };
}

function resourceList(groupVersion: string) {
  return {
    body: { kind: 'APIResourceList', groupVersion, resources: [{ name: 'widgets', kind: 'Widget', namespaced: true, verbs }] },
  };
}
