/**
 * What is wrong with a ClusterOperator is said at once and with the path of the field: by the API server where its
 * schema can tell, else in the conditions. Nothing is made then, and what was there before stays as it was.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { teardownFinalizer } from '../../src/objects/names.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { ClusterOperator } from '../../src/resource/cluster-operator.ts';
import { inventoryOf } from '../../src/resource/status/inventory.ts';
import { patienceMs, until } from '../../tools/lab/observe.ts';
import { clusterOperator, configMap, inOne, workloadOf } from './objects.ts';
import {
  bringUp,
  conditionOf,
  deleteResource,
  find,
  namesOf,
  put,
  untilGone,
  untilReady,
  untilResource,
  untilStalled,
  useTestBed,
} from './support.ts';

describe('Bad input', () => {
  const bed = useTestBed('bad-input');
  const harmless = (name: string) => configMap(`${name}-harmless`);
  const configMaps = async (prefix: string) =>
    (await namesOf(bed, { apiVersion: 'v1', kind: 'ConfigMap', namespace: bed.namespace })).filter((name) =>
      name.startsWith(prefix),
    );
  const remove = async (name: string, timeoutMs = patienceMs) => {
    await deleteResource(bed, name);
    await untilGone(bed, name, timeoutMs);
  };

  /** Refused in the conditions: the field, the reason, and nothing is made. */
  const refused = async (resource: ClusterOperator, reason: string, says: RegExp) => {
    const { name } = resource.metadata;
    await put(bed, resource);
    const stalled = await untilStalled(bed, name, says);
    assert.equal(conditionOf(stalled, 'Stalled')?.reason, reason);
    assert.equal(conditionOf(stalled, 'Ready')?.status, 'False');
    assert.equal(stalled.status?.phase, 'Refused');
    assert.deepEqual(await configMaps(name), [], 'nothing was made');
    assert.equal(stalled.metadata.finalizers?.includes(teardownFinalizer) ?? false, false, 'so nothing has to be undone');
    await remove(name);
  };

  test('a kind that nobody serves', async () => {
    const widget = { apiVersion: 'nobody.example/v1', kind: 'Gadget', metadata: { name: 'one' } };
    const components = inOne(harmless('e2e-unknown'), widget);
    await refused(
      clusterOperator('e2e-unknown', bed.namespace, components),
      'InvalidSpec',
      /^spec\.components\[0\]\.objects\[1\]: the cluster serves no kind Gadget of nobody\.example\/v1\./,
    );
  });

  test('a namespaced object without a namespace', async () => {
    const objects = [configMap('e2e-nowhere-harmless', {}, bed.namespace), configMap('e2e-nowhere')];
    const { spec, ...rest } = clusterOperator('e2e-nowhere', bed.namespace, inOne(...objects));
    const { namespace: _, ...without } = spec;
    await refused(
      { ...rest, spec: without },
      'InvalidSpec',
      /^spec\.components\[0\]\.objects\[1\]: ConfigMap e2e-nowhere needs a namespace/,
    );
  });

  test('the same object twice', async () => {
    const components = [
      { name: 'one', objects: [harmless('e2e-twice'), configMap('e2e-twice')] },
      { name: 'two', objects: [configMap('e2e-twice', {}, bed.namespace)] },
    ];
    const says = new RegExp(`spec\\.components\\[1\\]\\.objects\\[0\\].*ConfigMap ${bed.namespace}/e2e-twice.*`);
    await refused(clusterOperator('e2e-twice', bed.namespace, components), 'InvalidSpec', says);
  });

  test('components that depend on each other in a circle, and a circle through the objects', async () => {
    const circle = [
      { name: 'one', dependsOn: ['two'], objects: [harmless('e2e-circle')] },
      { name: 'two', dependsOn: ['three'], objects: [configMap('e2e-circle-b')] },
      { name: 'three', dependsOn: ['one'], objects: [configMap('e2e-circle-c')] },
    ];
    await refused(clusterOperator('e2e-circle', bed.namespace, circle), 'Cycle', /one.*two.*three|spec\.components.*dependsOn/s);
    const through = [
      { name: 'settings', dependsOn: ['agent'], objects: [configMap('e2e-through')] },
      { name: 'agent', objects: [workloadOf('e2e-through', { settings: 'e2e-through' })] },
    ];
    const says = /ConfigMap e2e-bad-input\/e2e-through.*envFrom|envFrom.*ConfigMap e2e-bad-input\/e2e-through/s;
    await refused(clusterOperator('e2e-through', bed.namespace, through), 'Cycle', says);
  });

  test('a name that no object can have', async () => {
    const components = inOne(harmless('e2e-unnamed'), configMap('Not_A_Name'));
    const says = /^spec\.components\[0\]\.objects\[1\].*metadata\.name/;
    await refused(clusterOperator('e2e-unnamed', bed.namespace, components), 'InvalidSpec', says);
  });

  test('a ClusterOperator within a ClusterOperator', async () => {
    const inner = clusterOperator('e2e-inner', bed.namespace, inOne(harmless('e2e-inner')));
    const outer = clusterOperator('e2e-outer', bed.namespace, inOne(harmless('e2e-outer'), inner));
    await refused(outer, 'InvalidSpec', /^spec\.components\[0\]\.objects\[1\]: a ClusterOperator cannot contain another one/);
    assert.equal(await find(bed, 'e2e-inner'), undefined);
  });

  test('what the schema can tell is refused by the API server, with the path of the field', async () => {
    const ok = () => [harmless('e2e-schema')];
    const many = Array.from({ length: 65 }, (_, at) => ({ name: `c${at}`, objects: [configMap(`e2e-schema-${at}`)] }));
    const bad: [string, object, RegExp][] = [
      [
        'dependsOn of nothing',
        { components: [{ name: 'one', dependsOn: ['nothing'], objects: ok() }] },
        /spec\.components.*must name a component/,
      ],
      [
        'dependsOn of itself',
        { components: [{ name: 'one', dependsOn: ['one'], objects: ok() }] },
        /spec\.components\[0\]\.dependsOn.*depend on itself/,
      ],
      [
        'two components of one name',
        {
          components: [
            { name: 'one', objects: ok() },
            { name: 'one', objects: ok() },
          ],
        },
        /spec\.components\[1\].*[Dd]uplicate/,
      ],
      ['no components', { components: [] }, /spec\.components.*at least 1/],
      ['too many components', { components: many }, /spec\.components.*at most 64/],
      [
        'an object without a kind',
        { components: [{ name: 'one', objects: [{ apiVersion: 'v1', metadata: { name: 'x' } }] }] },
        /spec\.components\[0\]\.objects\[0\]\.kind/,
      ],
      [
        'a time-out that is none',
        { components: [{ name: 'one', objects: ok() }], teardown: { timeout: 'soon' } },
        /spec\.teardown\.timeout/,
      ],
      [
        'an unknown onTimeout',
        { components: [{ name: 'one', objects: ok() }], teardown: { onTimeout: 'Explode' } },
        /spec\.teardown\.onTimeout/,
      ],
      [
        'an account without a namespace',
        { namespace: null, components: [{ name: 'one', objects: ok() }], serviceAccountName: 'x' },
        /spec\.serviceAccountName.*needs spec\.namespace/,
      ],
    ];
    for (const [what, spec, says] of bad) {
      const resource = {
        apiVersion: 'bookend.dev/v1alpha1',
        kind: 'ClusterOperator',
        metadata: { name: 'e2e-schema' },
        spec: { namespace: bed.namespace, ...spec },
      };
      const answer = await bed.lab.attempt('kubectl', ['create', '-f', '-'], { input: JSON.stringify(resource) });
      assert.notEqual(answer.code, 0, what);
      assert.match(answer.stderr, says, what);
    }
    assert.equal(await find(bed, 'e2e-schema'), undefined);
  });

  test('an object that the API server refuses: the condition names object and field, and it goes on when that is corrected', async () => {
    const broken = workloadOf('e2e-invalid', { kind: 'Deployment' });
    const spec = { ...(broken.spec as object), replicas: -1 };
    const components = (agent: KubernetesObject) => inOne(agent);
    await put(bed, clusterOperator('e2e-invalid', bed.namespace, components({ ...broken, spec })));
    const stalled = conditionOf(await untilStalled(bed, 'e2e-invalid', /replicas/), 'Stalled');
    const words = new RegExp(`Deployment ${bed.namespace}/e2e-invalid.*spec\\.replicas: Invalid value: -1`);
    assert.match(stalled?.message ?? '', words);
    const typed = { ...broken, spec: { ...(broken.spec as object), replcas: 1 } };
    await put(bed, clusterOperator('e2e-invalid', bed.namespace, components(typed)));
    await untilStalled(bed, 'e2e-invalid', /Deployment .*unknown field "spec\.replcas"/);
    const deployments = () => namesOf(bed, { apiVersion: 'apps/v1', kind: 'Deployment', namespace: bed.namespace });
    assert.deepEqual(await deployments(), []);
    await bringUp(
      bed,
      clusterOperator('e2e-invalid', bed.namespace, components({ ...broken, spec: { ...(broken.spec as object), replicas: 0 } })),
    );
    await remove('e2e-invalid');
    assert.deepEqual(await deployments(), []);
  });

  test('a good ClusterOperator that becomes bad keeps all that it has made, and goes on when it is good again', async () => {
    const name = 'e2e-worse';
    const good = inOne(configMap(name, { colour: 'blue' }), configMap(`${name}-other`));
    await bringUp(bed, clusterOperator(name, bed.namespace, good));
    const before = await bed.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: bed.namespace, name });
    const gadget = { apiVersion: 'nobody.example/v1', kind: 'Gadget', metadata: { name: 'one' } };
    await put(bed, clusterOperator(name, bed.namespace, inOne(configMap(name, { colour: 'red' }), gadget)));
    const stalled = await untilStalled(bed, name, /serves no kind Gadget/);
    assert.equal(inventoryOf(stalled.status).length, 2, 'the inventory knows what is there');
    const now = await bed.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: bed.namespace, name });
    assert.equal(now?.metadata.resourceVersion, before?.metadata.resourceVersion);
    assert.deepEqual(await configMaps(name), [name, `${name}-other`], 'nothing is removed either');
    await bringUp(bed, clusterOperator(name, bed.namespace, good));
    await put(bed, clusterOperator(name, bed.namespace, inOne(configMap(name), gadget)));
    await untilStalled(bed, name, /serves no kind Gadget/);
    await remove(name);
    assert.deepEqual(await configMaps(name), [], 'it can be taken down while it is bad');
  });

  test('a namespace that does not exist: the condition says so, and it goes on when it does', async () => {
    const name = 'e2e-homeless';
    await put(bed, clusterOperator(name, 'e2e-later', inOne(configMap(name))));
    await untilStalled(bed, name, /namespaces? "e2e-later" not found/);
    await bed.lab.run('kubectl', ['create', 'namespace', 'e2e-later']);
    await untilReady(bed, name);
    await remove(name);
    await bed.lab.run('kubectl', ['delete', 'namespace', 'e2e-later', '--wait=false']);
  });

  test('too large for what the status would have to hold, and too large for the API server', async () => {
    const fill = (name: string, count: number) =>
      Array.from({ length: count }, (_, at) => configMap(`${name}-${at}`, { text: 'x'.repeat(300_000) }));
    const large = clusterOperator('e2e-large', bed.namespace, inOne(...fill('e2e-large', 4)));
    const withMany = {
      ...large,
      spec: {
        ...large.spec,
        components: inOne(...fill('e2e-large', 4), ...small('e2e-large-small', 500)),
      },
    };
    await refused(
      withMany,
      'InvalidSpec',
      /ClusterOperator e2e-large is too large: 504 objects of [\d,]+ kB, and \d+ kB for their status; etcd stores at most/,
    );

    const huge = {
      ...large,
      metadata: { name: 'e2e-huge' },
      spec: { ...large.spec, components: inOne(...fill('e2e-huge', 9)) },
    };
    const answer = await bed.lab.attempt('kubectl', ['create', '-f', '-'], { input: JSON.stringify(huge) });
    assert.notEqual(answer.code, 0);
    assert.match(answer.stderr, /too large|limit is|larger than max/);
    assert.equal(await find(bed, 'e2e-huge'), undefined);
  });

  test('2,000 objects in one ClusterOperator come and go', async (context) => {
    const name = 'e2e-many';
    const started = performance.now();
    await put(bed, clusterOperator(name, bed.namespace, inOne(...small(name, 2_000))));
    const ready = await untilResource(
      bed,
      name,
      'is Ready',
      (resource) => conditionOf(resource, 'Ready')?.status === 'True',
      400_000,
    );
    const installedMs = performance.now() - started;
    assert.equal(ready.status?.progress, '2000/2000');
    assert.equal(inventoryOf(ready.status).length, 2_000);
    assert.equal((await configMaps(name)).length, 2_000);
    const deleted = performance.now();
    await remove(name, 400_000);
    const removedMs = performance.now() - deleted;
    await until('all of them to be gone', async () => (await configMaps(name)).length === 0);
    context.diagnostic(`installed in ${(installedMs / 1000).toFixed(1)} s, removed in ${(removedMs / 1000).toFixed(1)} s`);
  });
});

function small(name: string, count: number): KubernetesObject[] {
  return Array.from({ length: count }, (_, at) => configMap(`${name}-${at}`, { n: String(at) }));
}
