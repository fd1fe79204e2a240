/**
 * What an operator asks of the API server, counted: the same on any machine. Each object costs one request to install
 * and one to delete; everything else is a constant.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Request } from '../cluster/simulated/index.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { clusterOperatorKind } from '../resource/cluster-operator.ts';
import { configMap } from '../teardown/testing/samples.ts';
import { type Lives, lives, one } from './testing/lives.ts';
import { startSlow } from './testing/slow.ts';

const count = 400;
/** Reads and watches of each kind, Events, the status, the finalizer. */
const constant = 35;
const constantOfOneKind = 25;
const mostStatusWrites = 10;

describe(`a ClusterOperator of ${count} small objects`, () => {
  const objects = Array.from({ length: count }, (_, index) => configMap(`c-${index}`));

  test('is installed with one request an object', async () => {
    const simulated = await lives();
    simulated.clearRequests();
    await simulated.install(one(...objects));
    assertFew(simulated.requests, count + constantOfOneKind);
  });

  test('is taken down with one request an object, also beside objects of others', async () => {
    const foreign = Array.from({ length: count }, (_, index) => configMap(`other-${index}`));
    const simulated = await lives({ foreign });
    await simulated.install(one(...objects));
    simulated.clearRequests();
    await simulated.removed();
    assertFew(simulated.requests, count + constantOfOneKind);
  });
});

describe('a ClusterOperator of 2,000 objects that need each other, on an API server that takes 300 ms for a write', () => {
  const most = 2_000;
  const applications = Array.from({ length: most / 2 }, (_, index) => `some-application-${index}`);
  const objects = [...applications.slice(0, most / 4).flatMap(access), ...applications.map((name) => configMap(name))];

  test('has a status below 150 KiB, written a few times, and few Events', async () => {
    const simulated = await lives({ start: (world) => startSlow(world, { writeMs: 300 }) });
    const sizes = sizesOf(simulated);
    simulated.clearRequests();
    await simulated.install(one(...objects));
    assertFew(simulated.requests, most + constant);
    assert.equal(eventsIn(simulated.requests), 1, 'Installed');
    simulated.clearRequests();
    const begun = simulated.clock.now();
    await simulated.removed();
    assert.ok(simulated.clock.now() - begun > 15_000, 'it takes long');
    assertFew(simulated.requests, most + constant);
    assert.equal(eventsIn(simulated.requests), 2, 'TeardownStarted and TeardownFinished');
    assert.ok(Math.max(...sizes) < 150 * 1024, `${Math.max(...sizes)} bytes of status`);
  });
});

/** A RoleBinding needs its Role. */
function access(name: string): KubernetesObject[] {
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name, namespace: 'agents' };
  return [
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'User', apiGroup: rbac, name }],
    },
  ];
}

/** The size of each status that is written, in bytes. */
function sizesOf({ cluster }: Lives): number[] {
  const sizes: number[] = [];
  const note = ({ status }: KubernetesObject) => sizes.push(Buffer.byteLength(JSON.stringify(status ?? {})));
  cluster.watch(clusterOperatorKind, { replace: (all) => all.forEach(note), changed: note, removed: () => undefined });
  return sizes;
}

function eventsIn(requests: readonly Request[]): number {
  return requests.filter(({ verb, ref }) => verb === 'create' && ref.kind === 'Event').length;
}

function assertFew(requests: readonly Request[], mostRequests: number): void {
  const status = requests.filter(({ subresource }) => subresource === 'status').length;
  assert.ok(requests.length <= mostRequests, `${requests.length} requests`);
  assert.ok(status <= mostStatusWrites, `${status} writes of the status`);
}
