/**
 * What is wrong with a ClusterOperator is said at once and with the path of the field: by the API server where its
 * schema can tell, else in the conditions. Nothing is made then, and what was there before stays as it was.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { teardownFinalizer } from '../../src/objects/names.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { ClusterOperator } from '../../src/resource/cluster-operator.ts';
import { until } from '../../tools/lab/observe.ts';
import { clusterOperator, configMap, workloadOf } from './objects.ts';
import {
  conditionOf,
  deleteResource,
  find,
  namesOf,
  patienceMs,
  put,
  untilGone,
  untilReady,
  untilResource,
  untilStalled,
  useStage,
} from './support.ts';

describe('Bad input', () => {
  const stage = useStage('bad-input');
  const harmless = (name: string) => configMap(`${name}-harmless`);
  const configMaps = async (prefix: string) =>
    (await namesOf(stage, { apiVersion: 'v1', kind: 'ConfigMap', namespace: stage.namespace })).filter((name) =>
      name.startsWith(prefix),
    );
  const remove = async (name: string, timeoutMs = patienceMs) => {
    await deleteResource(stage, name);
    await untilGone(stage, name, timeoutMs);
  };

  /** Refused in the conditions: the field, the reason, and nothing is made. */
  const refused = async (resource: ClusterOperator, reason: string, says: RegExp) => {
    const { name } = resource.metadata;
    await put(stage, resource);
    const stalled = await untilStalled(stage, name, says);
    assert.equal(conditionOf(stalled, 'Stalled')?.reason, reason);
    assert.equal(conditionOf(stalled, 'Ready')?.status, 'False');
    assert.equal(stalled.status?.phase, 'Refused');
    assert.deepEqual(await configMaps(name), [], 'nothing was made');
    assert.equal(stalled.metadata.finalizers?.includes(teardownFinalizer) ?? false, false, 'so nothing has to be undone');
    await remove(name);
  };

  test('a kind that nobody serves', async () => {
    const widget = { apiVersion: 'nobody.example/v1', kind: 'Gadget', metadata: { name: 'one' } };
    const components = [{ name: 'all', objects: [harmless('e2e-unknown'), widget] }];
    await refused(
      clusterOperator('e2e-unknown', stage.namespace, components),
      'InvalidSpec',
      /^spec\.components\[0\]\.objects\[1\]: the cluster serves no kind Gadget of nobody\.example\/v1\./,
    );
  });

  test('a namespaced object without a namespace', async () => {
    const objects = [configMap('e2e-nowhere-harmless', {}, stage.namespace), configMap('e2e-nowhere')];
    const { spec, ...rest } = clusterOperator('e2e-nowhere', stage.namespace, [{ name: 'all', objects }]);
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
      { name: 'two', objects: [configMap('e2e-twice', {}, stage.namespace)] },
    ];
    const says = new RegExp(`spec\\.components\\[1\\]\\.objects\\[0\\].*ConfigMap ${stage.namespace}/e2e-twice.*`);
    await refused(clusterOperator('e2e-twice', stage.namespace, components), 'InvalidSpec', says);
  });

  test('components that depend on each other in a circle, and a circle through the objects', async () => {
    const circle = [
      { name: 'one', dependsOn: ['two'], objects: [harmless('e2e-circle')] },
      { name: 'two', dependsOn: ['three'], objects: [configMap('e2e-circle-b')] },
      { name: 'three', dependsOn: ['one'], objects: [configMap('e2e-circle-c')] },
    ];
    await refused(
      clusterOperator('e2e-circle', stage.namespace, circle),
      'Cycle',
      /one.*two.*three|spec\.components.*dependsOn/s,
    );
    const through = [
      { name: 'settings', dependsOn: ['agent'], objects: [configMap('e2e-through')] },
      { name: 'agent', objects: [workloadOf('e2e-through', { settings: 'e2e-through' })] },
    ];
    const says = /ConfigMap e2e-bad-input\/e2e-through.*envFrom|envFrom.*ConfigMap e2e-bad-input\/e2e-through/s;
    await refused(clusterOperator('e2e-through', stage.namespace, through), 'Cycle', says);
  });

  test('a name that no object can have', async () => {
    const components = [{ name: 'all', objects: [harmless('e2e-unnamed'), configMap('Not_A_Name')] }];
    const says = /^spec\.components\[0\]\.objects\[1\].*metadata\.name/;
    await refused(clusterOperator('e2e-unnamed', stage.namespace, components), 'InvalidSpec', says);
  });

  test('a ClusterOperator within a ClusterOperator', async () => {
    const inner = clusterOperator('e2e-inner', stage.namespace, [{ name: 'all', objects: [harmless('e2e-inner')] }]);
    const outer = clusterOperator('e2e-outer', stage.namespace, [{ name: 'all', objects: [harmless('e2e-outer'), inner] }]);
    await refused(outer, 'InvalidSpec', /^spec\.components\[0\]\.objects\[1\]: a ClusterOperator cannot contain another one/);
    assert.equal(await find(stage, 'e2e-inner'), undefined);
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
        spec: { namespace: stage.namespace, ...spec },
      };
      const answer = await stage.lab.attempt('kubectl', ['create', '-f', '-'], { input: JSON.stringify(resource) });
      assert.notEqual(answer.code, 0, what);
      assert.match(answer.stderr, says, what);
    }
    assert.equal(await find(stage, 'e2e-schema'), undefined);
  });

  test('an object that the API server refuses: the condition names object and field, and it goes on when that is corrected', async () => {
    const broken = workloadOf('e2e-invalid', { kind: 'Deployment' });
    const spec = { ...(broken.spec as object), replicas: -1 };
    const components = (agent: KubernetesObject) => [{ name: 'all', objects: [agent] }];
    await put(stage, clusterOperator('e2e-invalid', stage.namespace, components({ ...broken, spec })));
    const stalled = conditionOf(await untilStalled(stage, 'e2e-invalid', /replicas/), 'Stalled');
    assert.match(
      stalled?.message ?? '',
      new RegExp(`Deployment ${stage.namespace}/e2e-invalid.*spec\\.replicas: Invalid value: -1`),
    );
    const typed = { ...broken, spec: { ...(broken.spec as object), replcas: 1 } };
    await put(stage, clusterOperator('e2e-invalid', stage.namespace, components(typed)));
    await untilStalled(stage, 'e2e-invalid', /Deployment .*unknown field "spec\.replcas"/);
    const deployments = () => namesOf(stage, { apiVersion: 'apps/v1', kind: 'Deployment', namespace: stage.namespace });
    assert.deepEqual(await deployments(), []);
    await put(
      stage,
      clusterOperator(
        'e2e-invalid',
        stage.namespace,
        components({ ...broken, spec: { ...(broken.spec as object), replicas: 0 } }),
      ),
    );
    await untilReady(stage, 'e2e-invalid');
    await remove('e2e-invalid');
    assert.deepEqual(await deployments(), []);
  });

  test('a good ClusterOperator that becomes bad keeps all that it has made, and goes on when it is good again', async () => {
    const name = 'e2e-worse';
    const good = [{ name: 'all', objects: [configMap(name, { colour: 'blue' }), configMap(`${name}-other`)] }];
    await put(stage, clusterOperator(name, stage.namespace, good));
    await untilReady(stage, name);
    const before = await stage.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: stage.namespace, name });
    const gadget = { apiVersion: 'nobody.example/v1', kind: 'Gadget', metadata: { name: 'one' } };
    await put(
      stage,
      clusterOperator(name, stage.namespace, [{ name: 'all', objects: [configMap(name, { colour: 'red' }), gadget] }]),
    );
    const stalled = await untilStalled(stage, name, /serves no kind Gadget/);
    assert.equal(stalled.status?.inventory?.length, 2, 'the inventory knows what is there');
    const now = await stage.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: stage.namespace, name });
    assert.equal(now?.metadata.resourceVersion, before?.metadata.resourceVersion);
    assert.deepEqual(await configMaps(name), [name, `${name}-other`], 'nothing is removed either');
    await put(stage, clusterOperator(name, stage.namespace, good));
    await untilReady(stage, name);
    await put(stage, clusterOperator(name, stage.namespace, [{ name: 'all', objects: [configMap(name), gadget] }]));
    await untilStalled(stage, name, /serves no kind Gadget/);
    await remove(name);
    assert.deepEqual(await configMaps(name), [], 'it can be taken down while it is bad');
  });

  test('a namespace that does not exist: the condition says so, and it goes on when it does', async () => {
    const name = 'e2e-homeless';
    await put(stage, clusterOperator(name, 'e2e-later', [{ name: 'all', objects: [configMap(name)] }]));
    await untilStalled(stage, name, /namespaces? "e2e-later" not found/);
    await stage.lab.run('kubectl', ['create', 'namespace', 'e2e-later']);
    await untilReady(stage, name);
    await remove(name);
    await stage.lab.run('kubectl', ['delete', 'namespace', 'e2e-later', '--wait=false']);
  });

  test('too large for what the status would have to hold, and too large for the API server', async () => {
    const fill = (name: string, count: number) =>
      Array.from({ length: count }, (_, at) => configMap(`${name}-${at}`, { text: 'x'.repeat(300_000) }));
    const large = clusterOperator('e2e-large', stage.namespace, [{ name: 'all', objects: fill('e2e-large', 4) }]);
    const withMany = {
      ...large,
      spec: {
        ...large.spec,
        components: [{ name: 'all', objects: [...fill('e2e-large', 4), ...small('e2e-large-small', 500)] }],
      },
    };
    await refused(
      withMany,
      'InvalidSpec',
      /^spec\.components: 504 objects of \d+ kB in all need \d+ kB together with their status; etcd stores 1400 kB at most/,
    );

    const huge = {
      ...large,
      metadata: { name: 'e2e-huge' },
      spec: { ...large.spec, components: [{ name: 'all', objects: fill('e2e-huge', 9) }] },
    };
    const answer = await stage.lab.attempt('kubectl', ['create', '-f', '-'], { input: JSON.stringify(huge) });
    assert.notEqual(answer.code, 0);
    assert.match(answer.stderr, /too large|limit is|larger than max/);
    assert.equal(await find(stage, 'e2e-huge'), undefined);
  });

  test('2,000 objects in one ClusterOperator come and go', async (context) => {
    const name = 'e2e-many';
    const started = performance.now();
    await put(stage, clusterOperator(name, stage.namespace, [{ name: 'all', objects: small(name, 2_000) }]));
    const ready = await untilResource(
      stage,
      name,
      'is Ready',
      (resource) => conditionOf(resource, 'Ready')?.status === 'True',
      400_000,
    );
    const installedMs = performance.now() - started;
    assert.equal(ready.status?.progress, '2000/2000');
    assert.equal(ready.status?.inventory?.length, 2_000);
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
