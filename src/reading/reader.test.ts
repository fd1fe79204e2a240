/** What is read of a cluster that may be large: how often it is asked, and how much of each object is held. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decorated } from '../cluster/decorated.ts';
import type { Cluster, Query } from '../cluster/port.ts';
import { makeSimulatedCluster } from '../cluster/simulated/index.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { gather } from '../why/gather.ts';
import { everythingIn } from './namespace.ts';

const group = 'example.com';
const definition: KubernetesObject = {
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `widgets.${group}` } },
  spec: {
    group,
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};
const widget = (namespace: string): KubernetesObject => ({
  ...{ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'one', namespace, finalizers: [`${group}/hold`] } },
});
const configMap = (namespace: string): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace } },
  data: { settings: 'large' },
});

/** A cluster with so many namespaces, and everything that is asked of it. */
async function watched(namespaces: number) {
  const simulated = makeSimulatedCluster();
  const names = Array.from({ length: namespaces }, (_, index) => `ns-${index}`);
  for (const name of names) await simulated.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await simulated.cluster.create(definition);
  await simulated.settle(5_000);
  for (const name of names) for (const object of [widget(name), configMap(name)]) await simulated.cluster.create(object);
  await simulated.settle(5_000);
  const queries: Query[] = [];
  let gets = 0;
  const cluster: Cluster = decorated(simulated.cluster, {
    list: (query) => {
      queries.push(query);
      return simulated.cluster.list(query);
    },
    get: (ref, options) => {
      gets += 1;
      return simulated.cluster.get(ref, options);
    },
  });
  return { cluster, queries, requests: () => queries.length + gets, now: simulated.clock.now() };
}

async function why(namespaces: number) {
  const seen = await watched(namespaces);
  await gather(seen.cluster, { apiVersion: `${group}/v1`, kind: 'Widget', namespace: 'ns-0', name: 'one' }, seen.now);
  return seen;
}

describe('reading a large cluster', () => {
  test('bookend why asks as often in 60 namespaces as in 30, and for nothing twice', async () => {
    const [some, many] = [await why(30), await why(60)];
    assert.equal(many.requests(), some.requests());
    assert.ok(many.requests() < 150, `${many.requests()} requests`);
    const keys = many.queries.map(({ keep: _, ...query }) => JSON.stringify(query));
    assert.deepEqual(
      keys.filter((key, index) => keys.indexOf(key) !== index),
      [],
    );
  });

  test('a whole cluster is one list for each kind, whatever is in it', async () => {
    const { cluster, queries } = await watched(20);
    const { objects } = await everythingIn(cluster);
    assert.ok(objects.length > 60);
    const kinds = queries.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
    assert.equal(new Set(kinds).size, kinds.length);
    assert.deepEqual(
      queries.filter(({ namespace }) => namespace !== undefined),
      [],
    );
  });

  test('each object is made slim as it arrives, so that only a page of whole ones is held', async () => {
    const { cluster, queries } = await watched(1);
    await everythingIn(cluster);
    assert.ok(queries.length > 20);
    for (const { kind, keep } of queries) {
      const kept = keep?.({
        ...configMap('ns-0'),
        metadata: { name: 'one', managedFields: [{ manager: 'a', fieldsV1: { 'f:data': {} } }] },
      });
      assert.equal(kept?.data, undefined, kind);
      assert.deepEqual(kept?.metadata.managedFields, [{ manager: 'a', fieldsV1: {} }], kind);
    }
  });
});
