/** What a person sees of a ClusterOperator's life, on the simulated cluster: refusals, repairs, holds, policies. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster, type SimulatedCluster } from '../cluster/simulated/index.ts';
import { adoptAnnotation, keepAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../resource/cluster-operator.ts';
import {
  account,
  clusterRole,
  clusterRoleBinding,
  configMap,
  namespace,
  widget,
  widgetDefinition,
  widgetKind,
  workload,
} from '../teardown/testing/samples.ts';
import { clusterOperator, prepareCluster, resourceOf, startOperator } from './testing/operator-run.ts';

async function withOperator(foreign: KubernetesObject[] = []): Promise<SimulatedCluster> {
  const simulated = makeSimulatedCluster();
  await prepareCluster(simulated, [namespace(), ...foreign]);
  startOperator(simulated);
  return simulated;
}
const eventsOf = ({ server }: SimulatedCluster) =>
  server.store.all('events').map(({ reason, message }) => `${String(reason)}: ${String(message)}`);
const read = ({ cluster }: SimulatedCluster, name: string) =>
  cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name });

async function settled(simulated: SimulatedCluster, resource: ClusterOperator, phase: string): Promise<ClusterOperator> {
  await simulated.until(() => resourceOf(simulated, { resource })?.status?.phase === phase, 60_000);
  const found = resourceOf(simulated, { resource });
  assert.ok(found);
  return found;
}
const one = (...objects: KubernetesObject[]) => clusterOperator('one', [{ name: 'all', objects }]);

describe('an object that exists already', () => {
  test('and is not ours is never touched: a clear condition, and nothing at all is installed', async () => {
    const simulated = await withOperator([configMap('theirs')]);
    const resource = one(configMap('theirs'), configMap('ours'));
    const before = await read(simulated, 'theirs');
    await simulated.cluster.create(resource);
    const { status } = await settled(simulated, resource, 'Refused');
    assert.match(
      status?.blocker ?? '',
      /spec\.components\[0\]\.objects\[0\]: ConfigMap agents\/theirs exists already and is not ours/,
    );
    assert.equal(status?.conditions?.find(({ type }) => type === 'Stalled')?.reason, 'NotOurs');
    assert.deepEqual(await read(simulated, 'theirs'), before);
    assert.equal(await read(simulated, 'ours'), undefined);
  });

  test('is adopted on request', async () => {
    const simulated = await withOperator([configMap('theirs')]);
    const resource = one(configMap('theirs', { annotations: { [adoptAnnotation]: 'true' } }));
    await simulated.cluster.create(resource);
    await settled(simulated, resource, 'Ready');
  });

  test('as another ClusterOperator has it is refused with its name', async () => {
    const simulated = await withOperator();
    const first = one(configMap('shared'));
    await simulated.cluster.create(first);
    await settled(simulated, first, 'Ready');
    const second = clusterOperator('two', [
      { name: 'all', objects: [configMap('shared', { annotations: { [adoptAnnotation]: 'true' } })] },
    ]);
    await simulated.cluster.create(second);
    const { status } = await settled(simulated, second, 'Refused');
    assert.match(status?.blocker ?? '', /belongs to ClusterOperator one/);
  });
});

describe('a spec that is corrected', () => {
  test('is never shown with what the one before was refused for', async () => {
    const simulated = await withOperator();
    const gadget = { apiVersion: 'nobody.example/v1', kind: 'Gadget', metadata: { name: 'one' } };
    const resource = one(gadget);
    await simulated.cluster.create(resource);
    await settled(simulated, resource, 'Refused');
    const seen: (string | undefined)[] = [];
    const watch = simulated.cluster.watch(clusterOperatorKind, {
      replace: () => {},
      changed: (object) => {
        const { phase, blocker } = (object as ClusterOperator).status ?? {};
        if (phase !== 'Refused') seen.push(blocker);
      },
      removed: () => {},
    });
    const components = [{ name: 'all', objects: [configMap('ours')] }];
    await simulated.cluster.patch({ ...clusterOperatorKind, name: 'one' }, { type: 'merge', value: { spec: { components } } });
    await settled(simulated, resource, 'Ready');
    await simulated.settle(1_000);
    watch.close();
    assert.ok(seen.length > 0);
    assert.deepEqual(
      seen.filter((blocker) => blocker?.includes('Gadget')),
      [],
    );
  });
});

describe('what others do to our objects', () => {
  test('a change is put right, and told', async () => {
    const simulated = await withOperator();
    const resource = one(configMap('ours'));
    await simulated.cluster.create(resource);
    await settled(simulated, resource, 'Ready');
    await simulated.cluster.patch(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name: 'ours' },
      { type: 'merge', value: { data: { a: 'changed' } } },
    );
    await simulated.settle(5_000);
    assert.deepEqual((await read(simulated, 'ours'))?.data, { a: '1' });
    assert.ok(eventsOf(simulated).some((event) => event.startsWith('DriftRepaired: ConfigMap agents/ours was changed')));
  });

  test('a deletion is undone', async () => {
    const simulated = await withOperator();
    const resource = one(configMap('ours'));
    await simulated.cluster.create(resource);
    await settled(simulated, resource, 'Ready');
    const before = await read(simulated, 'ours');
    await simulated.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name: 'ours' });
    await simulated.settle(5_000);
    assert.notEqual((await read(simulated, 'ours'))?.metadata.uid, before?.metadata.uid);
    assert.ok(await read(simulated, 'ours'));
  });
});

describe('what leaves the spec', () => {
  const access = () => [account('agent'), clusterRole('agent', []), clusterRoleBinding('agent')];
  const agent = workload('DaemonSet', 'agent', { account: 'agent', configMaps: ['settings'] });

  test('is held while something in the spec still needs it, with the evidence', async () => {
    const simulated = await withOperator();
    const resource = clusterOperator('one', [{ name: 'all', objects: [configMap('settings'), ...access(), agent] }]);
    await simulated.cluster.create(resource);
    await settled(simulated, resource, 'Ready');
    await simulated.cluster.patch(
      { ...clusterOperatorKind, name: 'one' },
      { type: 'merge', value: { spec: { components: [{ name: 'all', objects: [...access(), agent] }] } } },
    );
    const { status } = await settled(simulated, resource, 'Refused');
    assert.match(status?.blocker ?? '', /ConfigMap agents\/settings left the spec, but DaemonSet agents\/agent still needs it/);
    assert.ok(await read(simulated, 'settings'));
  });
});

describe('the end', () => {
  test('what the policy keeps stays, and is named', async () => {
    const simulated = await withOperator();
    const resource = one(configMap('kept', { annotations: { [keepAnnotation]: 'true' } }), configMap('gone'));
    await simulated.cluster.create(resource);
    await settled(simulated, resource, 'Ready');
    await simulated.cluster.delete({ ...clusterOperatorKind, name: 'one' });
    await simulated.until(() => resourceOf(simulated, { resource }) === undefined, 60_000);
    assert.ok(await read(simulated, 'kept'));
    assert.equal(await read(simulated, 'gone'), undefined);
    assert.ok(eventsOf(simulated).some((event) => event.includes('kept by policy: ConfigMap/agents/kept')));
  });

  test('an object with a foreign finalizer: Stop holds, Continue goes on, Force removes it and says so', async () => {
    for (const [onTimeout, left] of [
      ['Continue', true],
      ['Force', false],
    ] as const) {
      const simulated = await withOperator();
      const resource = clusterOperator(
        'one',
        [{ name: 'all', objects: [configMap('stuck', { finalizers: ['example.dev/mine'] }), configMap('free')] }],
        { teardown: { timeout: '5s' } },
      );
      await simulated.cluster.create(resource);
      await settled(simulated, resource, 'Ready');
      await simulated.cluster.delete({ ...clusterOperatorKind, name: 'one' });
      const { status } = await settled(simulated, resource, 'Blocked');
      assert.equal(status?.blocker, 'finalizer example.dev/mine on ConfigMap agents/stuck: whoever set it must remove it');
      assert.equal(await read(simulated, 'free'), undefined, 'independent branches go on');
      await simulated.cluster.patch(
        { ...clusterOperatorKind, name: 'one' },
        { type: 'merge', value: { spec: { teardown: { timeout: '5s', onTimeout } } } },
      );
      await simulated.until(() => resourceOf(simulated, { resource }) === undefined, 60_000);
      assert.equal((await read(simulated, 'stuck')) !== undefined, left);
      const told =
        onTimeout === 'Force'
          ? 'Forced: removed finalizers example.dev/mine of ConfigMap agents/stuck'
          : 'PassedOver: ConfigMap agents/stuck stays behind';
      assert.ok(
        eventsOf(simulated).some((event) => event.startsWith(told)),
        eventsOf(simulated).join('\n'),
      );
    }
  });

  test('a missing acting account stalls the teardown; it goes on when the account is there', async () => {
    const simulated = await withOperator([
      account('deployer'),
      {
        ...clusterRoleBinding('deployer'),
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      },
    ]);
    const resource = clusterOperator('one', [{ name: 'all', objects: [configMap('ours')] }], { serviceAccountName: 'deployer' });
    await simulated.cluster.create(resource);
    await settled(simulated, resource, 'Ready');
    await simulated.cluster.delete({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'agents', name: 'deployer' });
    await simulated.cluster.delete({ ...clusterOperatorKind, name: 'one' });
    const { status } = await settled(simulated, resource, 'Blocked');
    assert.match(status?.blocker ?? '', /ServiceAccount agents\/deployer, which this ClusterOperator acts as, does not exist/);
    await simulated.cluster.create(account('deployer'));
    await simulated.until(() => resourceOf(simulated, { resource }) === undefined, 120_000);
  });

  test('what a custom resource left behind is waited for by an operator that comes after a crash', async () => {
    const simulated = makeSimulatedCluster();
    await prepareCluster(simulated, [namespace(), widgetDefinition()]);
    const first = startOperator(simulated);
    const resource = clusterOperator('one', [
      { name: 'rights', objects: [account('agent')] },
      { name: 'widget', dependsOn: ['rights'], objects: [widget('a')] },
    ]);
    await simulated.cluster.create(resource);
    await settled(simulated, resource, 'Ready');
    const owner = await simulated.cluster.get({ ...widgetKind, namespace: 'agents', name: 'a' });
    const ownerReferences = [{ ...widgetKind, name: 'a', uid: owner?.metadata.uid ?? '' }];
    await simulated.cluster.create(configMap('made', { ownerReferences, finalizers: ['example.dev/mine'] }));
    await simulated.cluster.delete({ ...clusterOperatorKind, name: 'one' });
    const isGone = () => simulated.server.store.all('widgets.example.dev').length === 0;
    await simulated.until(isGone, 60_000);
    first.connection.kill();
    startOperator(simulated);
    await simulated.settle(30_000);
    assert.match(
      resourceOf(simulated, { resource })?.status?.blocker ?? '',
      /finalizer example\.dev\/mine on ConfigMap agents\/made/,
    );
    const access = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'agents', name: 'agent' };
    assert.ok(await simulated.cluster.get(access), 'what the Widget needs waits for what the Widget left');
    const made = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name: 'made' };
    await simulated.cluster.patch(made, { type: 'merge', value: { metadata: { finalizers: null } } });
    await simulated.until(() => resourceOf(simulated, { resource }) === undefined, 60_000);
    assert.equal(await simulated.cluster.get(access), undefined);
  });

  test('under an account that may not read Events is told to be blind for failed preStop hooks', async () => {
    const rules = [{ apiGroups: ['', 'apps'], resources: ['configmaps', 'pods', 'daemonsets'], verbs: ['*'] }];
    const simulated = await withOperator([account('deployer'), clusterRole('deployer', rules), clusterRoleBinding('deployer')]);
    const resource = clusterOperator(
      'one',
      [{ name: 'all', objects: [configMap('stuck', { finalizers: ['example.dev/mine'] }), workload('DaemonSet', 'agent')] }],
      { serviceAccountName: 'deployer', teardown: { timeout: '5s' } },
    );
    await simulated.cluster.create(resource);
    await settled(simulated, resource, 'Ready');
    await simulated.cluster.delete({ ...clusterOperatorKind, name: 'one' });
    const { status } = await settled(simulated, resource, 'Blocked');
    assert.match(status?.teardown?.notSeen?.[0] ?? '', /^failed preStop hooks: .*events/);
  });
});
