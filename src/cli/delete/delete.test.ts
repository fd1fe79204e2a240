import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Patch } from '../../cluster/port.ts';
import { makesChildren, type SimulatedCluster, servesFinalizer, serviceAccount } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import {
  account,
  clusterRoleWithBinding,
  configMap,
  custom,
  definition,
  namespace,
  roleWithBinding,
  workload,
} from '../testing/manifests.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import { storedRelease } from '../testing/stored-release.ts';
import type { DeleteDocument } from './report.ts';

async function withObjects(...objects: KubernetesObject[]) {
  const terminal = simulatedTerminal();
  for (const object of objects) {
    if (object.metadata.namespace) await ensureNamespace(terminal.simulated, object.metadata.namespace);
    await terminal.simulated.cluster.create(object);
    if (object.kind === 'CustomResourceDefinition') await terminal.simulated.settle();
  }
  await terminal.simulated.settle(3_000);
  return terminal;
}

async function ensureNamespace({ cluster }: SimulatedCluster, name: string): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Namespace', name };
  if (!(await cluster.get(ref))) await cluster.create(namespace(name));
}

const agentRules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['delete'] }];
const agent = () => [
  account('agents', 'agent'),
  ...roleWithBinding('agents', 'agent', agentRules),
  workload('DaemonSet', 'agents', 'agent', {
    serviceAccountName: 'agent',
    preStopMs: 12_000,
    preStopNeeds: 'delete configmaps agents',
  }),
];
const agentKinds = 'daemonsets,serviceaccounts,roles,rolebindings';

describe('bookend delete', () => {
  test('says where objects are when the namespace of the context has none, and takes that for no success', async () => {
    const { run, simulated } = await withObjects(configMap('ops', 'a', { app: 'x' }), configMap('shop', 'b', { app: 'x' }));
    const args = ['delete', 'configmaps', '-l', 'app=x'];
    const { exitCode, err } = await run(args);
    assert.equal(exitCode, 3);
    assert.match(err, /namespace default has no configmaps; there are some in namespaces ops, shop/);
    assert.match(err, /-n ops, or -A/);
    await simulated.cluster.create(namespace('empty'));
    const named = await run([...args, '-n', 'empty']);
    assert.equal(named.exitCode, 0);
    assert.match(named.err, /namespace empty has no configmaps; there are some in namespaces ops, shop/);
    assert.equal((await run([...args, '--ignore-not-found'])).exitCode, 0);
    const unknown = await run(['delete', 'configmap', '-l', 'app=none']);
    assert.deepEqual([unknown.exitCode, unknown.errLines], [0, ['Nothing to delete']]);
  });

  test('suggests the kind that was meant', async () => {
    const { run } = await withObjects();
    for (const [typed, meant] of [
      ['deploymnets', 'deployments.apps'],
      ['confgimap', 'configmaps'],
    ] as const) {
      const { exitCode, err } = await run(['delete', typed, 'a']);
      assert.equal(exitCode, 3);
      assert.match(err, new RegExp(`the cluster serves no kind "${typed}"; did you mean ${meant}\\?`));
    }
    assert.doesNotMatch((await run(['delete', 'zzzzzz', 'a'])).err, /did you mean/);
  });

  test('deletes each object once all that need it are gone, and waits for the Pods', async () => {
    const { run, simulated } = await withObjects(...agent());
    const { exitCode, out, ms } = await run(['delete', agentKinds, 'agent', '-n', 'agents', '-o', 'json']);
    assert.equal(exitCode, 0);
    const document = JSON.parse(out) as DeleteDocument;
    const order = document.deleted.map(({ object }) => object as string);
    assert.equal(order[0], 'DaemonSet.apps/agents/agent');
    assert.deepEqual(order.slice(1).sort(), [
      'Role.rbac.authorization.k8s.io/agents/agent',
      'RoleBinding.rbac.authorization.k8s.io/agents/agent',
      'ServiceAccount/agents/agent',
    ]);
    assert.deepEqual([document.left, document.failedPreStopHooks, document.notSeen], [[], [], []]);
    assert.ok(ms >= 12_000 && ms < 13_500, `took ${ms} ms`);
    assert.ok((document.criticalPathMs ?? 0) >= 12_000 && (document.criticalPathMs ?? 0) <= document.durationMs);
    const pods = await simulated.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'agents' });
    assert.deepEqual(pods.items, []);
  });

  test('says in a log what is deleted, what is waited for at least every ten seconds, and what is gone', async () => {
    const { run } = await withObjects(...agent());
    const { err } = await run(['delete', agentKinds, 'agent', '-n', 'agents']);
    assert.match(err, /^\d\d:\d\d:\d\d delete {3}DaemonSet agents\/agent$/m);
    assert.match(err, /waiting {2}Pod agents\/agent-\w+ on node-1: preStop of container main has run 2s of 30s/);
    assert.match(err, /waiting {2}Pod agents\/agent-\w+ on node-1: preStop of container main has run 12s of 30s/);
    assert.match(err, /gone {5}DaemonSet agents\/agent after 12\.\ds \(1\/4\)/);
    assert.match(err, /4 objects gone in 12\.\ds, in this order: DaemonSet agents\/agent → /);
  });

  test('keeps a Namespace in which others have something, names it, and exits with 7', async () => {
    const { run, simulated } = await withObjects(configMap('shop', 'theirs'));
    const text = await run(['delete', 'namespace', 'shop']);
    assert.equal(text.exitCode, 7);
    assert.match(text.err, /Namespace shop was kept, because objects of others are in it/);
    assert.match(text.err.trimEnd().split('\n').at(-1) ?? '', /1 object of others is in it: ConfigMap shop\/theirs/);
    assert.ok(await simulated.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'theirs' }));
    const json = await run(['delete', 'namespace', 'shop', '-o', 'json']);
    assert.equal(json.exitCode, 7);
    assert.equal((JSON.parse(json.out) as DeleteDocument).left[0]?.state, 'Kept');
  });

  test('shows with --dry-run the Pods of others that it would wait for', async () => {
    const visitor = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'visitor', namespace: 'shop' },
      spec: { serviceAccountName: 'agent', containers: [{ name: 'c', image: 'c' }] },
    };
    const { run } = await withObjects(account('shop', 'agent'), visitor);
    const { out, exitCode } = await run(['delete', 'serviceaccount', 'agent', '-n', 'shop', '--dry-run']);
    assert.equal(exitCode, 0);
    assert.match(
      out,
      /Pod shop\/visitor {2}\(not ours, waited for: uses ServiceAccount shop\/agent \(spec\.serviceAccountName\)\)/,
    );
  });

  test('redraws one view in place for a person at a terminal', async () => {
    const { run } = await withObjects(...agent());
    const { err, exitCode } = await run(['delete', agentKinds, 'agent', '-n', 'agents'], { interactive: true });
    assert.equal(exitCode, 0);
    assert.ok(err.includes('\u001b[5A\r\u001b[J'), 'the view of five lines is taken back');
    assert.match(err, /● DaemonSet agents\/agent +\d+\.\ds {2}Pod agents\/agent-\w+ on node-1: preStop/);
    assert.match(err, /○ ServiceAccount agents\/agent +waits for DaemonSet agents\/agent/);
  });

  test('understands kinds as kubectl does, also as KIND/NAME', async () => {
    const { run, simulated } = await withObjects(
      definition('Widget'),
      custom('Widget', 'a', 'shop'),
      custom('Widget', 'b', 'shop'),
    );
    for (const kind of ['wi/a', 'Widget/b']) {
      assert.equal((await run(['delete', kind, '-n', 'shop'])).exitCode, 0);
    }
    const left = await simulated.cluster.list({ apiVersion: 'example.com/v1', kind: 'Widget' });
    assert.deepEqual(left.items, []);
  });

  test('deletes only what a Helm release installed', async () => {
    const mine = configMap('shop', 'mine');
    // Whoever may change an object can write Helm's annotations on it.
    const forged = configMap('shop', 'forged');
    forged.metadata.annotations = { 'meta.helm.sh/release-name': 'mine', 'meta.helm.sh/release-namespace': 'shop' };
    const { run, simulated } = await withObjects(mine, forged, storedRelease('shop', 'mine', [mine]));
    const args = ['delete', 'configmaps', '-n', 'shop', '--release', 'mine', '--release-namespace', 'shop'];
    assert.equal((await run(args)).exitCode, 0);
    const { items } = await simulated.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop' });
    const names = items.map(({ metadata }) => metadata.name);
    assert.ok(names.includes('forged') && !names.includes('mine'));
    const unknown = await run(['delete', 'configmaps', '-n', 'shop', '--release', 'other']);
    assert.equal(unknown.exitCode, 3);
  });

  test('changes nothing with --dry-run and shows the order', async () => {
    const { run, simulated } = await withObjects(...agent());
    simulated.clearRequests();
    const { exitCode, out } = await run(['delete', agentKinds, 'agent', '-n', 'agents', '--dry-run']);
    assert.equal(exitCode, 0);
    assert.match(out, /1 {2}DaemonSet agents\/agent\n2 {2}RoleBinding agents\/agent {2}\(after DaemonSet agents\/agent\)/);
    assert.deepEqual([...new Set(simulated.requests.map(({ verb }) => verb))].sort(), ['get', 'list']);
  });
});

describe('what does not exist', () => {
  test('is an error where it was named', async () => {
    const { run } = await withObjects();
    const missing = await run(['delete', 'configmaps', 'nothing']);
    assert.equal(missing.exitCode, 3);
    assert.match(missing.err, /ConfigMap default\/nothing does not exist/);
    const unknown = await run(['delete', 'gadgets.example.com', 'x']);
    assert.equal(unknown.exitCode, 3);
    assert.match(unknown.err, /serves no kind "gadgets.example.com"/);
  });

  test('is nothing to do with --ignore-not-found, --all and --targets', async () => {
    const { run } = await withObjects();
    const targets = JSON.stringify([{ kind: 'gadgets.example.com' }, { kind: 'configmaps', names: ['nothing'] }]);
    for (const args of [
      ['configmaps', 'nothing', '--ignore-not-found'],
      ['gadgets', '--all'],
      ['configmaps', '-l', 'a=b'],
      ['--targets', targets],
    ]) {
      const { exitCode, errLines } = await run(['delete', ...args]);
      assert.equal(exitCode, 0);
      assert.equal(errLines.at(-1), 'Nothing to delete');
    }
    const { err } = await run(['delete', '--targets', targets]);
    assert.match(err, /the cluster does not serve gadgets.example.com: nothing to delete/);
    assert.match(err, /ConfigMap default\/nothing does not exist: nothing to delete/);
  });
});

describe('--targets', () => {
  test('deletes a later entry only after all objects of the earlier ones are gone', async () => {
    const { run, simulated } = await withObjects(
      workload('Deployment', 'shop', 'first', { preStopMs: 5_000 }),
      configMap('shop', 'second', { part: 'second' }),
      configMap('shop', 'third', { part: 'third' }),
    );
    const targets = [
      { kind: 'deployments.apps', names: ['first'], namespace: 'shop' },
      { kind: 'secrets', selector: 'part=none' },
      { kind: 'configmaps', selector: 'part=second', namespace: 'shop' },
      { kind: 'configmaps', selector: 'part=third' },
    ];
    simulated.clearRequests();
    const { exitCode, out } = await run(['delete', '--targets', JSON.stringify(targets), '-o', 'json']);
    assert.equal(exitCode, 0);
    const document = JSON.parse(out) as DeleteDocument;
    assert.deepEqual(
      document.deleted.map(({ object }) => object as string),
      ['Deployment.apps/shop/first', 'ConfigMap/shop/second', 'ConfigMap/shop/third'],
    );
    const deletes = simulated.requests.filter(({ verb, user }) => verb === 'delete' && user === 'kubernetes-admin');
    assert.deepEqual(
      deletes.map(({ ref }) => ref.name),
      ['first', 'second', 'third'],
    );
  });

  test('refuses an order that contradicts what the objects need, and deletes nothing', async () => {
    const { run, simulated } = await withObjects(...agent());
    const targets = [
      { kind: 'serviceaccounts', names: ['agent'], namespace: 'agents' },
      { kind: 'daemonsets.apps', names: ['agent'], namespace: 'agents' },
    ];
    simulated.clearRequests();
    const { exitCode, err } = await run(['delete', '--targets', JSON.stringify(targets)]);
    assert.equal(exitCode, 2);
    assert.match(err, /DaemonSet agents\/agent needs ServiceAccount agents\/agent/);
    assert.match(err, /targets\[0\] stands before it/);
    assert.ok(!simulated.requests.some(({ verb }) => verb === 'delete'));
  });

  test('takes *.GROUP for all kinds of the group that can be deleted, as one target', async () => {
    const { run, simulated } = await withObjects(
      definition('Widget'),
      definition('Gadget'),
      custom('Widget', 'a', 'shop'),
      custom('Gadget', 'b', 'shop', ['example.com/slow']),
      custom('Gadget', 'elsewhere', 'depot'),
      configMap('shop', 'last'),
    );
    const targets = JSON.stringify([
      { kind: '*.example.com', namespace: 'shop' },
      { kind: 'configmaps', names: ['last'], namespace: 'shop' },
    ]);
    const gadget = { apiVersion: 'example.com/v1', kind: 'Gadget', namespace: 'shop', name: 'b' };
    const patch: Patch = { type: 'merge', value: { metadata: { finalizers: null } } };
    simulated.clock.after(8_000, () => void simulated.cluster.patch(gadget, patch));
    const { exitCode, out } = await run(['delete', '--targets', targets, '-o', 'json']);
    assert.equal(exitCode, 0);
    assert.deepEqual(
      (JSON.parse(out) as DeleteDocument).deleted.map(({ object }) => object as string),
      ['Widget.example.com/shop/a', 'Gadget.example.com/shop/b', 'ConfigMap/shop/last'],
    );
    const left = await simulated.cluster.list({ apiVersion: 'example.com/v1', kind: 'Gadget' });
    assert.deepEqual(
      left.items.map(({ metadata }) => metadata.name),
      ['elsewhere'],
    );
    const everything = await run(['delete', '*.example.com', '--all', '-A', '-o', 'json']);
    assert.equal(everything.exitCode, 0);
  });

  test('refuses *.GROUP for a group of Kubernetes itself, and with names', async () => {
    const { run } = await withObjects();
    const builtIn = await run(['delete', '*.apps', '--all']);
    assert.equal(builtIn.exitCode, 2);
    assert.match(builtIn.err, /\*\.apps stands for all kinds of a group of Kubernetes itself/);
    const named = await run(['delete', '--targets', JSON.stringify([{ kind: '*.example.com', names: ['a'] }])]);
    assert.equal(named.exitCode, 2);
    assert.match(named.err, /targets\[0\] has names, but \*\.example\.com stands for several kinds/);
  });

  test('with --order Needs lets targets go side by side, and still in the order in which they need each other', async () => {
    const { run } = await withObjects(
      ...agent(),
      workload('Deployment', 'shop', 'slow', { preStopMs: 12_000 }),
      workload('Deployment', 'shop', 'quick', { preStopMs: 1_000 }),
    );
    const targets = JSON.stringify([
      { kind: 'serviceaccounts', names: ['agent'], namespace: 'agents' },
      { kind: 'deployments.apps', names: ['slow'], namespace: 'shop' },
      { kind: 'deployments.apps', names: ['quick'], namespace: 'shop' },
      { kind: 'daemonsets.apps', names: ['agent'], namespace: 'agents' },
    ]);
    const { exitCode, out } = await run(['delete', '--targets', targets, '--order', 'needs', '-o', 'json']);
    assert.equal(exitCode, 0);
    const document = JSON.parse(out) as DeleteDocument;
    assert.ok(document.durationMs < 15_000, `took ${document.durationMs} ms`);
    const order = document.deleted.map(({ object }) => object as string);
    assert.equal(order[0], 'Deployment.apps/shop/quick');
    assert.equal(order.at(-1), 'ServiceAccount/agents/agent');
  });

  test('deletes an operator before the webhook that it has registered at run time', async () => {
    const webhook = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'operator' },
      webhooks: [
        {
          name: 'check.example.com',
          clientConfig: { service: { namespace: 'shop', name: 'operator' } },
          rules: [{ apiGroups: ['example.com'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }],
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
        },
      ],
    };
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'operator', namespace: 'shop' },
      spec: { selector: { app: 'operator' }, ports: [{ port: 443 }] },
    };
    const { run } = await withObjects(workload('Deployment', 'shop', 'operator'), service, webhook);
    const targets = JSON.stringify([
      { kind: 'deployments.apps', names: ['operator'], namespace: 'shop' },
      { kind: 'validatingwebhookconfigurations.admissionregistration.k8s.io', names: ['operator'] },
    ]);
    const { exitCode, out, err } = await run(['delete', '--targets', targets, '-o', 'json']);
    assert.equal(exitCode, 0, err);
    assert.deepEqual(
      (JSON.parse(out) as DeleteDocument).deleted.map(({ object }) => object as string),
      ['Deployment.apps/shop/operator', 'ValidatingWebhookConfiguration.admissionregistration.k8s.io/operator'],
    );
  });

  test('waits for what the custom resources own while their operator still lives', async () => {
    const { run, simulated } = await withObjects(
      definition('Widget'),
      account('shop', 'operator'),
      ...clusterRoleWithBinding({ namespace: 'shop', name: 'operator' }, [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]),
      workload('Deployment', 'shop', 'operator', { serviceAccountName: 'operator' }),
    );
    const served = { apiVersion: 'example.com/v1', kind: 'Widget', workload: { namespace: 'shop', name: 'operator' } };
    makesChildren(simulated.environment, {
      ...served,
      finalizer: 'example.com/clean',
      children: ({ metadata }) => [workload('DaemonSet', 'shop', metadata.name, { preStopMs: 4_000 })],
    });
    servesFinalizer(simulated.environment, { ...served, finalizer: 'example.com/clean', deletesChildren: true, takesMs: 500 });
    await simulated.cluster.create(custom('Widget', 'a', 'shop'));
    await simulated.settle(5_000);
    const targets = JSON.stringify([{ kind: 'widgets.example.com' }]);
    const { exitCode, err } = await run(['delete', '--targets', targets, '--timeout', '240s']);
    assert.equal(exitCode, 0);
    assert.match(err, /waiting {2}Pod shop\/a-\w+ on node-1: preStop of container main has run/);
    const { items } = await simulated.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop' });
    assert.ok(items.every(({ metadata }) => metadata.name.startsWith('operator-')));
  });
});

describe('targets that went before anybody looked', () => {
  const targets = JSON.stringify([{ kind: 'widgets.example.com' }]);

  /**
   * A Widget with a Deployment made out of it, whose Pods take four seconds to stop; the Widget itself is deleted as
   * `kubectl delete` does it.
   */
  async function withDepartedWidget(...finalizers: string[]) {
    const terminal = await withObjects(definition('Widget'), custom('Widget', 'a', 'shop', finalizers));
    const { simulated } = terminal;
    const widget = await simulated.cluster.get({ apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'a' });
    const made = workload('Deployment', 'shop', 'a', { preStopMs: 4_000 });
    made.metadata.ownerReferences = [
      { apiVersion: 'example.com/v1', kind: 'Widget', name: 'a', uid: widget?.metadata.uid ?? '', controller: true },
    ];
    await simulated.cluster.create(made);
    await simulated.settle(3_000);
    await simulated.cluster.delete({ apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'a' }, {});
    return terminal;
  }

  const podsOf = async ({ cluster }: SimulatedCluster) =>
    (await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop' })).items;

  test('are not gone while what they owned is there', async () => {
    const { run, simulated } = await withDepartedWidget();
    assert.equal((await podsOf(simulated)).length, 1);
    const { exitCode, err, ms } = await run(['delete', '--targets', targets, '-n', 'shop']);
    assert.equal(exitCode, 0, err);
    assert.match(err, /Widget shop\/a is gone already, but some of its children are not/);
    assert.match(err, /waiting {2}Pod shop\/a-[\w-]+ on node-1: preStop of container main has run/);
    assert.ok(ms >= 4_000, `took ${ms} ms`);
    assert.deepEqual(await podsOf(simulated), []);
  });

  test('are not gone while Pods stop whose controllers are gone too', async () => {
    const { run, simulated } = await withDepartedWidget();
    await simulated.settle(1_500);
    const sets = await simulated.cluster.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: 'shop' });
    assert.deepEqual(sets.items, [], 'only Pods are left');
    assert.equal((await podsOf(simulated)).length, 1);
    const { exitCode, err } = await run(['delete', '--targets', targets, '-n', 'shop']);
    assert.equal(exitCode, 0, err);
    assert.match(err, /Pod shop\/a-[\w-]+ has lost its controller and is waited for: a target may have made it/);
    assert.deepEqual(await podsOf(simulated), []);
  });

  test('leave no trace once everything of them is gone, and Pods of others are none of our business', async () => {
    const { run, simulated } = await withDepartedWidget();
    await simulated.cluster.create(workload('Deployment', 'shop', 'other'));
    await simulated.settle(20_000);
    const { exitCode, errLines, ms } = await run(['delete', '--targets', targets, '-n', 'shop']);
    assert.equal(exitCode, 0);
    assert.equal(errLines.at(-1), 'Nothing to delete');
    assert.ok(ms < 1_000, `took ${ms} ms`);
    assert.equal((await podsOf(simulated)).length, 1);
  });

  test('show what they left in a dry run', async () => {
    const { run, simulated } = await withDepartedWidget();
    const { out } = await run(['delete', '--targets', targets, '-n', 'shop', '--dry-run']);
    assert.match(out, /Widget shop\/a\n/);
    assert.match(out, /and 3 children, Pods included/);
    assert.equal((await podsOf(simulated)).length, 1);
  });

  test('are looked for even by a hook that may see nothing but workloads', async () => {
    const { run, simulated } = await withDepartedWidget();
    const rules = [
      { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list', 'watch', 'delete'] },
      { apiGroups: [''], resources: ['pods', 'events', 'replicationcontrollers'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['apps', 'batch'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
    ];
    for (const object of [account('shop', 'hook'), ...roleWithBinding('shop', 'hook', rules)])
      await simulated.cluster.create(object);
    const limited = JSON.stringify([{ kind: 'widgets.example.com', namespace: 'shop' }]);
    const { exitCode, err } = await run(['delete', '--targets', limited, '-n', 'shop'], { user: serviceAccount('shop', 'hook') });
    assert.equal(exitCode, 0, err);
    assert.deepEqual(await podsOf(simulated), []);
  });
});

describe('what is not gone in time', () => {
  const stuck = () => [definition('Widget'), custom('Widget', 'stuck', 'shop', ['example.com/clean'])];

  test('ends with 8 when the whole time is over, the blocker in the last line', async () => {
    const { run } = await withObjects(...stuck());
    const { exitCode, err, errLines, ms } = await run(['delete', 'widgets', 'stuck', '-n', 'shop', '--timeout', '1m30s']);
    assert.equal(exitCode, 8);
    assert.equal(ms, 90_000);
    assert.match(err, /Error: Timed out after 1m30s: Widget shop\/stuck is still there \(timeout\)/);
    assert.equal(errLines.at(-1), 'finalizer example.com/clean on Widget shop/stuck: the controller that set it must remove it');
  });

  test('ends with 7 when an object is past its own time too', async () => {
    const { run } = await withObjects(...stuck());
    const { exitCode, err, errLines } = await run([
      ...['delete', 'widgets', 'stuck', '-n', 'shop', '--timeout', '1m', '--object-timeout', '20s'],
    ]);
    assert.equal(exitCode, 7);
    assert.match(err, /blocked {2}finalizer example.com\/clean on Widget shop\/stuck/);
    assert.match(errLines.at(-1) ?? '', /^finalizer example.com\/clean on Widget shop\/stuck/);
  });

  test('goes on by itself as soon as the blocker is gone', async () => {
    const { run, simulated } = await withObjects(...stuck());
    simulated.clock.after(45_000, () => {
      void simulated.cluster.patch(
        { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'stuck' },
        { type: 'merge', value: { metadata: { finalizers: null } } },
      );
    });
    const { exitCode, ms } = await run(['delete', 'widgets', 'stuck', '-n', 'shop', '--object-timeout', '20s']);
    assert.equal(exitCode, 0);
    assert.ok(ms >= 45_000 && ms < 47_000);
  });

  test('is left behind with Continue, and named', async () => {
    const { run } = await withObjects(...stuck(), configMap('shop', 'last'));
    const targets = JSON.stringify([{ kind: 'widgets.example.com' }, { kind: 'configmaps', names: ['last'], namespace: 'shop' }]);
    const { exitCode, err, errLines } = await run([
      ...['delete', '--targets', targets, '--object-timeout', '20s', '--on-timeout', 'continue'],
    ]);
    assert.equal(exitCode, 7);
    assert.match(err, /passed {3}continuing without Widget shop\/stuck/);
    assert.match(err, /gone {5}ConfigMap shop\/last/);
    assert.match(err, /left {5}Widget shop\/stuck: being deleted, finalizer/);
    assert.match(errLines.at(-1) ?? '', /^finalizer example.com\/clean on Widget shop\/stuck/);
  });

  test('loses its finalizer with Force, and that is said', async () => {
    const { run } = await withObjects(...stuck());
    const { exitCode, err } = await run(['delete', 'widgets', '-A', '--all', '--object-timeout', '20s', '--on-timeout', 'Force']);
    assert.equal(exitCode, 0);
    assert.match(err, /note {5}forced: remove-finalizers Widget shop\/stuck/);
  });

  test('is told with -o json in one document and one error', async () => {
    const { run } = await withObjects(...stuck());
    const { exitCode, out, err } = await run(['delete', 'widgets', '--all', '-n', 'shop', '--timeout', '30s', '-o', 'json']);
    assert.equal(exitCode, 8);
    const document = JSON.parse(out) as DeleteDocument;
    assert.deepEqual(document.left, [
      {
        object: 'Widget.example.com/shop/stuck',
        state: 'Deleting',
        asked: true,
        blocker: 'finalizer example.com/clean on Widget shop/stuck: the controller that set it must remove it',
        reason: 'FinalizerRemains',
      },
    ]);
    assert.equal((JSON.parse(err) as { error: { code: string } }).error.code, 'timeout');
  });
});

describe('who is not allowed to', () => {
  test('delete is told so after a few seconds, and not when the time is over', async () => {
    const { run, simulated } = await withObjects(
      configMap('shop', 'a'),
      account('shop', 'reader'),
      ...roleWithBinding('shop', 'reader', [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }]),
    );
    simulated.clearRequests();
    const { exitCode, err, errLines, ms } = await run(['delete', 'configmaps', 'a', '-n', 'shop', '--timeout', '4m'], {
      user: serviceAccount('shop', 'reader'),
    });
    assert.equal(exitCode, 4);
    assert.ok(ms < 15_000, `took ${ms} ms`);
    assert.match(err, /Nothing was deleted/);
    assert.match(errLines.at(-1) ?? '', /delete.*configmaps/);
  });

  test('see all kinds is told which ones were not seen', async () => {
    const rules = [
      { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list', 'watch', 'delete'] },
      { apiGroups: [''], resources: ['pods', 'events', 'replicationcontrollers'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['apps', 'batch'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
    ];
    const { run } = await withObjects(
      definition('Widget'),
      custom('Widget', 'a', 'shop'),
      account('shop', 'hook'),
      ...roleWithBinding('shop', 'hook', rules),
    );
    const { exitCode, err } = await run(['delete', '--targets', '[{"kind":"widgets.example.com","namespace":"shop"}]'], {
      user: serviceAccount('shop', 'hook'),
    });
    assert.equal(exitCode, 0);
    assert.match(err, /1 object gone/);
    assert.match(err, /not seen .*/);
  });
});

describe('while it runs', () => {
  test('a signal ends it with what is under way and what was not touched', async () => {
    const { run } = await withObjects(...agent());
    const { exitCode, err, ms } = await run(['delete', agentKinds, 'agent', '-n', 'agents'], {
      signal: { name: 'SIGINT', afterMs: 3_000 },
    });
    assert.equal(exitCode, 130);
    assert.equal(ms, 3_000);
    assert.match(
      err,
      /Ended by SIGINT. Nothing is gone yet.\nAlready terminating, and continuing without Bookend: DaemonSet agents\/agent\n/,
    );
    assert.match(err, /Not deleted, still there: RoleBinding agents\/agent, Role agents\/agent, ServiceAccount agents\/agent/);
    const other = await run(['delete', agentKinds, 'agent', '-n', 'agents'], { signal: { name: 'SIGTERM', afterMs: 1_000 } });
    assert.equal(other.exitCode, 143);
    const early = await run(['delete', agentKinds, 'agent', '-n', 'agents'], { signal: { name: 'SIGTERM', afterMs: 0 } });
    assert.equal(early.exitCode, 143);
    assert.match(early.err, /^Ended by SIGTERM. Nothing is gone yet.\nNo deletion is under way.\n$/);
  });

  test('custom resources that come while their definition is being deleted join in', async () => {
    const { run, simulated } = await withObjects(definition('Widget'), custom('Widget', 'old', 'shop', ['example.com/clean']));
    simulated.clock.after(2_000, () => void simulated.cluster.create(custom('Widget', 'new', 'shop')));
    const ref = { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'old' };
    simulated.clock.after(6_000, () => {
      void simulated.cluster.patch(ref, { type: 'merge', value: { metadata: { finalizers: null } } });
    });
    const { exitCode, err, out } = await run(['delete', 'crd', 'widgets.example.com', '-o', 'json']);
    assert.equal(exitCode, 0, err);
    assert.deepEqual(
      (JSON.parse(out) as DeleteDocument).deleted.map(({ object }) => object as string),
      [
        'Widget.example.com/shop/new',
        'Widget.example.com/shop/old',
        'CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com',
      ],
    );
  });

  test('what is made again each time ends it, and not an endless race', async () => {
    const { run, simulated } = await withObjects(configMap('shop', 'undead', { race: 'yes' }));
    const controller = { name: 'somebody', groups: ['system:masters'] };
    simulated.intercept.afterWrite = (_, { verb }) => {
      if (verb === 'delete') simulated.server.create(configMap('shop', 'undead', { race: 'yes' }), { user: controller });
    };
    const { exitCode, err } = await run(['delete', 'configmaps', '-l', 'race=yes', '-n', 'shop']);
    assert.equal(exitCode, 7);
    assert.match(err, /ConfigMap shop\/undead was recreated after each deletion/);
  });

  test('a preStop hook that fails is a warning, and an error with --fail-on-hook', async () => {
    const failing = () => workload('DaemonSet', 'agents', 'agent', { preStopMs: 500, preStopNeeds: 'delete configmaps agents' });
    const lenient = await withObjects(failing());
    const warned = await lenient.run(['delete', 'ds', 'agent', '-n', 'agents']);
    assert.equal(warned.exitCode, 0);
    assert.match(warned.err, /warning {2}a preStop hook failed, and its clean-up may be missing: Pod agents\/agent-\w+/);
    const strict = await withObjects(failing());
    assert.equal((await strict.run(['delete', 'ds', 'agent', '-n', 'agents', '--fail-on-hook'])).exitCode, 7);
  });
});

describe('annotations of live objects', () => {
  const keep = { 'helm.sh/resource-policy': 'keep' };
  const annotated = (name: string, annotations: Record<string, string>) => {
    const object = configMap('shop', name, { app: 'x' });
    object.metadata.annotations = annotations;
    return object;
  };
  const selected = ['delete', 'configmaps', '-l', 'app=x', '-n', 'shop'];

  test('what asks to be kept is not deleted, and neither is anything else before the person has said what to do', async () => {
    const { run, simulated } = await withObjects(annotated('kept', keep), annotated('other', {}));
    for (const more of [[], ['--dry-run']]) {
      const { exitCode, err } = await run([...selected, ...more]);
      assert.equal(exitCode, 7);
      assert.match(err, /ConfigMap shop\/kept has the annotation helm.sh\/resource-policy: keep; nothing was deleted/);
      assert.match(err, /--on-keep Keep .* --on-keep Delete/);
    }
    const { items } = await simulated.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop' });
    assert.equal(items.filter(({ metadata }) => metadata.labels?.app === 'x').length, 2);
  });

  test('with --on-keep Keep it stays and is named', async () => {
    const { run } = await withObjects(annotated('kept', keep), annotated('other', {}));
    const { exitCode, err } = await run([...selected, '--on-keep', 'Keep']);
    assert.equal(exitCode, 0);
    assert.match(err, /keep {5}ConfigMap shop\/kept stays: annotation helm.sh\/resource-policy: keep/);
    assert.match(err, /left {5}ConfigMap shop\/kept: kept, annotation/);
    assert.match(err, /1 object gone in/);
  });

  test('with --on-keep Delete it is deleted, and its annotation is named', async () => {
    const { run } = await withObjects(annotated('kept', keep), annotated('other', {}));
    const { exitCode, err, out } = await run([...selected, '--on-keep', 'Delete', '-o', 'json']);
    assert.equal(exitCode, 0, err);
    const document = JSON.parse(out) as DeleteDocument;
    assert.equal(document.deleted.length, 2);
    assert.deepEqual(document.ignoredAnnotations, [{ object: 'ConfigMap/shop/kept', annotations: ['helm.sh/resource-policy'] }]);
  });

  test('one that comes meanwhile and asks to be kept is kept, and the end is no success', async () => {
    const { run, simulated } = await withObjects(annotated('first', {}));
    simulated.intercept.afterWrite = (_, { verb, ref }) => {
      if (verb !== 'delete' || ref.name !== 'first') return;
      simulated.server.create(annotated('late', { 'bookend.dev/keep': 'true' }), {
        user: { name: 'tenant', groups: ['system:masters'] },
      });
    };
    const { exitCode, err } = await run(selected);
    assert.equal(exitCode, 7);
    assert.match(err, /ConfigMap shop\/late appeared during the deletion with an annotation to keep it, and stayed/);
  });

  test('give no order: they close no circle and hold nothing up, and are named', async () => {
    const { run } = await withObjects(
      annotated('a', { 'bookend.dev/depends-on': 'ConfigMap/b' }),
      annotated('b', { 'bookend.dev/depends-on': 'ConfigMap/a', 'bookend.dev/controller': 'Deployment.apps/shop/none' }),
    );
    const { exitCode, err } = await run(selected);
    assert.equal(exitCode, 0);
    assert.match(err, /annotation bookend.dev\/depends-on has no effect on live objects: ConfigMap shop\/a, ConfigMap shop\/b/);
    assert.match(err, /annotation bookend.dev\/controller has no effect on live objects: ConfigMap shop\/b/);
  });
});

test('a reference to a target that never was, with the UID of what lives, gives nothing away', async () => {
  const victim = workload('Deployment', 'shop', 'victim', {});
  const { run, simulated } = await withObjects(definition('Widget'), victim);
  const { cluster } = simulated;
  const uid =
    (await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'victim' }))?.metadata.uid ?? '';
  const forged = workload('ReplicaSet', 'shop', 'forged', {});
  // The garbage collector deletes it, since the ghost does not exist; the finalizer keeps it there.
  forged.metadata.finalizers = ['example.com/hold'];
  forged.metadata.ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'ghost', uid, controller: true }];
  await cluster.create(forged);
  await simulated.settle(500);
  simulated.clearRequests();
  const flags = ['--on-timeout', 'Force', '--object-timeout', '5s', '--timeout', '60s'];
  const { exitCode, err } = await run(['delete', 'widgets', '--all', '-n', 'shop', ...flags]);
  assert.equal(exitCode, 0, err);
  assert.deepEqual(
    simulated.requests.filter(({ verb, user }) => (verb === 'delete' || verb === 'patch') && !user.startsWith('system:')),
    [],
  );
});

test('a Pod that only looks like one of the Deployment that is deleted is not touched', async () => {
  const bare = { ...workload('Deployment', 'shop', 'web', {}) };
  const template = (bare.spec as { template: { metadata: { labels: Record<string, string> }; spec: object } }).template;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-bare', namespace: 'shop', labels: template.metadata.labels },
    spec: template.spec,
  };
  const { run, simulated } = await withObjects(workload('Deployment', 'shop', 'web', {}));
  await simulated.cluster.create(pod);
  await simulated.settle(2_000);
  const { exitCode, err } = await run(['delete', 'deployment/web', '-n', 'shop']);
  assert.equal(exitCode, 0, err);
  const left = await simulated.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop' });
  assert.deepEqual(
    left.items.map(({ metadata }) => [metadata.name, metadata.deletionTimestamp]),
    [['web-bare', undefined]],
  );
});
