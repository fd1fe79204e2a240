import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isCode } from '../../errors.ts';
import type { KubeCluster } from './open.ts';
import { configMapOf, FakeServer, refusal } from './testing/fake-server.ts';

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'one' };
const path = '/api/v1/namespaces/default/configmaps/one';

describe('a delete', () => {
  let server: FakeServer;
  let cluster: KubeCluster;

  beforeEach(async () => {
    server = await FakeServer.start();
    cluster = await server.open({ retryForMs: 0 });
  });
  afterEach(() => server.close());

  test('sends preconditions, propagation and grace only where they are given', async () => {
    server.on('DELETE', path, { body: { kind: 'Status', status: 'Success' } });
    await cluster.delete(ref);
    await cluster.delete(ref, { uid: 'u', resourceVersion: '7', propagation: 'Foreground', gracePeriodSeconds: 0, dryRun: true });
    assert.deepEqual(
      server.seen('DELETE', path).map(({ body }) => JSON.parse(body)),
      [
        { apiVersion: 'v1', kind: 'DeleteOptions' },
        {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Foreground',
          preconditions: { uid: 'u', resourceVersion: '7' },
          gracePeriodSeconds: 0,
          dryRun: ['All'],
        },
      ],
    );
  });

  const metadata = configMapOf('one').metadata;
  const dying = { ...metadata, deletionTimestamp: '2026-11-22T12:00:00Z' };
  const answers: [string, unknown, string][] = [
    ['a Status', { kind: 'Status', status: 'Success', details: { name: 'one' } }, 'deleted'],
    ['the object as it was', { kind: 'ServiceAccount', metadata }, 'deleted'],
    ['the object with finalizers', { kind: 'ConfigMap', metadata: { ...dying, finalizers: ['x'] } }, 'terminating'],
    ['a Pod with grace', { kind: 'Pod', metadata: { ...dying, deletionGracePeriodSeconds: 30 } }, 'terminating'],
    ['a Pod without grace', { kind: 'Pod', metadata: { ...dying, deletionGracePeriodSeconds: 0 } }, 'deleted'],
    [
      'a Namespace with its own finalizer',
      { kind: 'Namespace', metadata: dying, spec: { finalizers: ['kubernetes'] } },
      'terminating',
    ],
  ];
  for (const [answer, body, meaning] of answers) {
    test(`that is answered with ${answer} means ${meaning}`, async () => {
      server.on('DELETE', path, { body });
      assert.equal(await cluster.delete(ref), meaning);
    });
  }

  test('of another object than the one that was seen is a conflict', async () => {
    server.on('DELETE', path, refusal(409, 'Conflict', 'Precondition failed: UID in precondition: a, UID in object meta: b'));
    await assert.rejects(cluster.delete(ref, { uid: 'a' }), { code: 'conflict', message: /UID in precondition/ });
  });

  test('never reaches another URL, whatever the name', async () => {
    for (const name of ['', '.', '..', 'a/b', '..%2f']) {
      const isRefused = (error: unknown) => isCode(error, 'invalid') && error.details.field === 'metadata.name';
      await assert.rejects(cluster.delete({ ...ref, name }), isRefused);
    }
    assert.deepEqual(server.seen('DELETE', path), []);
    server.on('DELETE', /roles|configmaps/, { body: { kind: 'Status' } });
    await cluster.delete({ ...ref, namespace: 'a?b', name: 'system:x#y' });
    assert.equal(server.requests.at(-1)?.path, '/api/v1/namespaces/a%3Fb/configmaps/system%3Ax%23y');
  });
});
