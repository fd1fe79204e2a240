/** What a person sees of a ClusterOperator's life, on the simulated cluster: refusals, repairs, holds, policies. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refOf } from '../objects/identity.ts';
import { adoptAnnotation, keepAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../resource/cluster-operator.ts';
import {
  account,
  clusterRole,
  clusterRoleBinding,
  configMap,
  widget,
  widgetDefinition,
  widgetKind,
  workload,
} from '../teardown/testing/samples.ts';
import { lives, one } from './testing/lives.ts';
import { clusterOperator, startOperator } from './testing/operator-run.ts';

describe('an object that exists already', () => {
  test('and is not ours is never touched: a clear condition, and nothing at all is installed', async () => {
    const simulated = await lives({ foreign: [configMap('theirs')] });
    const resource = one(configMap('theirs'), configMap('ours'));
    const before = await simulated.map('theirs');
    const { status } = await simulated.install(resource, 'Refused');
    assert.match(
      status?.blocker ?? '',
      /spec\.components\[0\]\.objects\[0\]: ConfigMap agents\/theirs exists already and is not ours/,
    );
    assert.equal(status?.conditions?.find(({ type }) => type === 'Stalled')?.reason, 'NotOurs');
    assert.deepEqual(await simulated.map('theirs'), before);
    assert.equal(await simulated.map('ours'), undefined);
  });

  test('is adopted on request', async () => {
    const simulated = await lives({ foreign: [configMap('theirs')] });
    const resource = one(configMap('theirs', { annotations: { [adoptAnnotation]: 'true' } }));
    await simulated.install(resource);
  });

  test('as another ClusterOperator has it is refused with its name', async () => {
    const simulated = await lives();
    const first = one(configMap('shared'));
    await simulated.install(first);
    const second = clusterOperator('two', [
      { name: 'all', objects: [configMap('shared', { annotations: { [adoptAnnotation]: 'true' } })] },
    ]);
    const { status } = await simulated.install(second, 'Refused');
    assert.match(status?.blocker ?? '', /belongs to ClusterOperator one/);
  });
});

describe('a spec that is corrected', () => {
  test('is never shown with what the one before was refused for', async () => {
    const simulated = await lives();
    const gadget = { apiVersion: 'nobody.example/v1', kind: 'Gadget', metadata: { name: 'one' } };
    const resource = one(gadget);
    await simulated.install(resource, 'Refused');
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
    await simulated.change({ components });
    await simulated.settled('Ready');
    await simulated.settle(1_000);
    watch.close();
    assert.ok(seen.length > 0);
    assert.deepEqual(
      seen.filter((blocker) => blocker?.includes('Gadget')),
      [],
    );
  });
});

describe('an object that is not ready', () => {
  test('for ten minutes makes the installation Stalled, with an Event; it goes on, and ends well when it is ready', async () => {
    const simulated = await lives();
    const web = workload('Deployment', 'web');
    (web.spec as { template: { spec: Record<string, unknown> } }).template.spec.nodeSelector = { pool: 'later' };
    const resource = one(configMap('ours'), web);
    await simulated.cluster.create(resource);
    const condition = (type: string) => simulated.status()?.conditions?.find((each) => each.type === type);
    await simulated.settle(9 * 60_000);
    assert.equal(condition('Stalled')?.status, 'False');
    await simulated.settle(2 * 60_000);
    const { status } = await simulated.settled('Installing');
    assert.equal(condition('Stalled')?.status, 'True');
    assert.equal(condition('Stalled')?.reason, 'ProgressDeadlineExceeded');
    assert.equal(condition('Reconciling')?.status, 'True');
    assert.match(status?.blocker ?? '', /^Deployment agents\/web 0 of 2 replicas are available$/);
    assert.ok(simulated.isTold('Stalled: Deployment agents/web 0 of 2'));
    const node = simulated.server.store.all('nodes')[0];
    assert.ok(node);
    await simulated.cluster.patch(refOf(node), { type: 'merge', value: { metadata: { labels: { pool: 'later' } } } });
    await simulated.settled('Ready');
    await simulated.settle(2_000);
    assert.equal(condition('Stalled')?.status, 'False');
  });
});

test('an API that does not answer for ten minutes makes it Stalled too, and it goes on by itself', async () => {
  const version = (name: string, storage: boolean) => ({
    ...{ name, served: true, storage },
    schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  });
  const racks: KubernetesObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'racks.example.org' },
    spec: {
      ...{ group: 'example.org', names: { kind: 'Rack', plural: 'racks' }, scope: 'Namespaced' },
      conversion: { strategy: 'Webhook', webhook: { clientConfig: { service: { name: 'gone', namespace: 'default' } } } },
      versions: [version('v1', false), version('v2', true)],
    },
  };
  const rack = (at: string) => ({ apiVersion: `example.org/${at}`, kind: 'Rack', metadata: { name: 'r', namespace: 'agents' } });
  const run = await lives({ foreign: [racks] });
  await run.cluster.create(rack('v2'));
  await run.cluster.create(one(rack('v1')));
  await run.settle(9 * 60_000);
  assert.equal(run.status()?.phase, undefined);
  await run.settle(2 * 60_000);
  assert.equal(run.status()?.conditions?.find(({ type }) => type === 'Stalled')?.status, 'True');
  assert.match(run.blocker(), /conversion webhook for example\.org\/v2, Kind=Rack failed/);
  await run.cluster.delete(refOf(rack('v2')));
  await run.cluster.patch(refOf(racks), { type: 'merge', value: { spec: { conversion: { strategy: 'None', webhook: null } } } });
  await run.settled('Ready');
});

describe('what others do to our objects', () => {
  test('a change is put right, and told', async () => {
    const simulated = await lives();
    const resource = one(configMap('ours'));
    await simulated.install(resource);
    await simulated.cluster.patch(refOf(configMap('ours')), { type: 'merge', value: { data: { a: 'changed' } } });
    await simulated.settle(5_000);
    assert.deepEqual((await simulated.map('ours'))?.data, { a: '1' });
    assert.ok(simulated.isTold('DriftRepaired: ConfigMap agents/ours was changed'));
  });

  test('a deletion is undone', async () => {
    const simulated = await lives();
    const resource = one(configMap('ours'));
    await simulated.install(resource);
    const before = await simulated.map('ours');
    await simulated.cluster.delete(refOf(configMap('ours')));
    await simulated.settle(5_000);
    assert.notEqual((await simulated.map('ours'))?.metadata.uid, before?.metadata.uid);
    assert.ok(await simulated.map('ours'));
  });
});

describe('what leaves the spec', () => {
  const access = () => [account('agent'), clusterRole('agent', []), clusterRoleBinding('agent')];
  const agent = workload('DaemonSet', 'agent', { account: 'agent', configMaps: ['settings'] });

  test('is held while something in the spec still needs it, with the evidence', async () => {
    const simulated = await lives();
    const resource = clusterOperator('one', [{ name: 'all', objects: [configMap('settings'), ...access(), agent] }]);
    await simulated.install(resource);
    await simulated.change({ components: [{ name: 'all', objects: [...access(), agent] }] });
    const { status } = await simulated.settled('Refused');
    assert.match(status?.blocker ?? '', /ConfigMap agents\/settings left the spec, but DaemonSet agents\/agent still needs it/);
    assert.ok(await simulated.map('settings'));
  });
});

describe('the end', () => {
  test('what the policy keeps stays, and is named', async () => {
    const simulated = await lives();
    const resource = one(configMap('kept', { annotations: { [keepAnnotation]: 'true' } }), configMap('gone'));
    await simulated.install(resource);
    await simulated.removed();
    assert.ok(await simulated.map('kept'));
    assert.equal(await simulated.map('gone'), undefined);
    assert.ok(simulated.events().some((event) => event.includes('kept by policy: ConfigMap/agents/kept')));
  });

  test('an object with a foreign finalizer: Stop holds, Continue goes on, Force removes it and says so', async () => {
    for (const [onTimeout, left] of [
      ['Continue', true],
      ['Force', false],
    ] as const) {
      const simulated = await lives();
      const resource = clusterOperator(
        'one',
        [{ name: 'all', objects: [configMap('stuck', { finalizers: ['example.dev/mine'] }), configMap('free')] }],
        { teardown: { timeout: '5s' } },
      );
      await simulated.install(resource);
      await simulated.remove();
      const { status } = await simulated.settled('Blocked');
      assert.equal(
        status?.blocker,
        'finalizer example.dev/mine on ConfigMap agents/stuck: the controller that set it must remove it',
      );
      assert.equal(await simulated.map('free'), undefined, 'independent branches go on');
      await simulated.change({ teardown: { timeout: '5s', onTimeout } });
      await simulated.gone();
      assert.equal((await simulated.map('stuck')) !== undefined, left);
      const told =
        onTimeout === 'Force'
          ? 'Forced: removed finalizers example.dev/mine of ConfigMap agents/stuck'
          : 'PassedOver: ConfigMap agents/stuck stays behind';
      assert.ok(simulated.isTold(told), simulated.events().join('\n'));
    }
  });

  test('a missing acting account stalls the teardown; it goes on when the account is there', async () => {
    const simulated = await lives({
      foreign: [
        account('deployer'),
        {
          ...clusterRoleBinding('deployer'),
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        },
      ],
    });
    const resource = clusterOperator('one', [{ name: 'all', objects: [configMap('ours')] }], { serviceAccountName: 'deployer' });
    await simulated.install(resource);
    await simulated.cluster.delete({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'agents', name: 'deployer' });
    await simulated.remove();
    const { status } = await simulated.settled('Blocked');
    assert.match(status?.blocker ?? '', /ServiceAccount agents\/deployer, which this ClusterOperator acts as, does not exist/);
    await simulated.cluster.create(account('deployer'));
    await simulated.gone();
  });

  test('what a custom resource left behind is waited for by an operator that comes after a crash', async () => {
    const simulated = await lives({ foreign: [widgetDefinition()] });
    const resource = clusterOperator('one', [
      { name: 'rights', objects: [account('agent')] },
      { name: 'widget', dependsOn: ['rights'], objects: [widget('a')] },
    ]);
    await simulated.install(resource);
    const owner = await simulated.cluster.get({ ...widgetKind, namespace: 'agents', name: 'a' });
    const ownerReferences = [{ ...widgetKind, name: 'a', uid: owner?.metadata.uid ?? '' }];
    await simulated.cluster.create(configMap('made', { ownerReferences, finalizers: ['example.dev/mine'] }));
    await simulated.remove();
    const isGone = () => simulated.server.store.all('widgets.example.dev').length === 0;
    await simulated.until(isGone, 60_000);
    simulated.first.connection.kill();
    startOperator(simulated);
    await simulated.settle(30_000);
    assert.match(simulated.blocker(), /finalizer example\.dev\/mine on ConfigMap agents\/made/);
    const access = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'agents', name: 'agent' };
    assert.ok(await simulated.cluster.get(access), 'what the Widget needs waits for what the Widget left');
    const made = refOf(configMap('made'));
    await simulated.cluster.patch(made, { type: 'merge', value: { metadata: { finalizers: null } } });
    await simulated.gone();
    assert.equal(await simulated.cluster.get(access), undefined);
  });

  test('under an account that may not read Events is told to be blind for failed preStop hooks', async () => {
    const rules = [{ apiGroups: ['', 'apps'], resources: ['configmaps', 'pods', 'daemonsets'], verbs: ['*'] }];
    const simulated = await lives({
      foreign: [account('deployer'), clusterRole('deployer', rules), clusterRoleBinding('deployer')],
    });
    const resource = clusterOperator(
      'one',
      [{ name: 'all', objects: [configMap('stuck', { finalizers: ['example.dev/mine'] }), workload('DaemonSet', 'agent')] }],
      { serviceAccountName: 'deployer', teardown: { timeout: '5s' } },
    );
    await simulated.install(resource);
    await simulated.remove();
    const { status } = await simulated.settled('Blocked');
    assert.match(status?.teardown?.notSeen?.[0] ?? '', /^failed preStop hooks: .*events/);
  });
});
