/**
 * `bookend uninstall --namespace-delete`: everything in a namespace in order, then itself. On the simulated cluster.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { idOf, refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { verdictExitCodes } from '../../residue/exit-codes.ts';
import type { Receipt } from '../../residue/receipt.ts';
import { configMap, custom, namespace, workload } from '../testing/manifests.ts';
import { type RunOptions, simulatedTerminal } from '../testing/simulated-terminal.ts';
import { storedRelease } from '../testing/stored-release.ts';
import { dryRunSchema } from './schema.ts';
import { agentChart, hook, operatorChart, serveWidgets, space, widgetFinalizer } from './testing/installed.ts';

async function inhabited(objects: readonly KubernetesObject[]) {
  const terminal = simulatedTerminal();
  const { simulated } = terminal;
  await simulated.cluster.create(namespace(space));
  await simulated.cluster.create(namespace('other'));
  serveWidgets(simulated);
  for (const object of objects) {
    await simulated.cluster.create(object);
    if (object.kind === 'CustomResourceDefinition') await simulated.settle(200);
  }
  await simulated.settle(3_000);
  const uninstall = (args: string[] = ['--yes'], options: RunOptions = {}) =>
    terminal.run(['uninstall', '--namespace-delete', space, ...args], options);
  return { ...terminal, uninstall, left: () => idsIn(simulated) };
}

/** What is in the namespace with itself, what has no namespace, and traces of Bookend. */
function idsIn({ server }: SimulatedCluster): string[] {
  return server.kinds
    .listable()
    .flatMap((kind) => (kind.kind === 'Event' ? [] : server.store.all(kind.key)))
    .filter(
      ({ kind, metadata }) =>
        metadata.namespace === space ||
        (kind === 'Namespace' && metadata.name === space) ||
        /^bookend\.uninstall/.test(metadata.name),
    )
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt' && metadata.name !== 'default')
    .map(idOf)
    .sort();
}

const claim = (name: string, volumeName?: string): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: space } },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...(volumeName && { volumeName }) },
});
const webhook = (failurePolicy: string): KubernetesObject => ({
  ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'gate' } },
  webhooks: [
    {
      ...{ name: 'gate.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy },
      clientConfig: { service: { namespace: space, name: 'gate' } },
      rules: [{ apiGroups: ['example.org'], apiVersions: ['*'], operations: ['CREATE'], resources: ['gates'] }],
    },
  ],
});
const service = (name: string): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: space } },
  spec: { selector: { app: name }, ports: [{ port: 443 }] },
});

describe('bookend uninstall --namespace-delete', () => {
  test('empties the namespace in order, deletes it last, and leaves nothing of its own', async () => {
    const { uninstall, left, simulated } = await inhabited([...agentChart(), configMap(space, 'loose'), service('web')]);
    const { exitCode, out, err } = await uninstall();
    assert.equal(exitCode, 0, err + out);
    assert.match(out, /^Namespace shop, with everything in it\n {2}delete {3}7 objects, in this order:/);
    assert.match(out, /✓ Namespace shop: clean, nothing of it is left/);
    assert.ok(!simulated.log.some(({ what }) => what === 'pre-stop-failed'));
    assert.deepEqual(left(), []);
    const gone = simulated.log.flatMap(({ what, id }) =>
      what === 'gone' && !id.includes('bookend.uninstall') ? (id as string) : [],
    );
    assert.ok(gone.indexOf('DaemonSet.apps/shop/agent') < gone.indexOf('ServiceAccount/shop/agent'));
    assert.equal(gone.at(-1), 'Namespace/shop');
  });

  test('asks for the name of the namespace at a terminal, and needs --yes without one', async () => {
    const { uninstall, left } = await inhabited([configMap(space, 'one')]);
    const before = left();
    assert.equal((await uninstall([])).exitCode, 2);
    assert.equal((await uninstall([], { answer: 'y' })).exitCode, 2);
    const dry = await uninstall(['--dry-run', '-o', 'json']);
    assert.ok(dryRunSchema.parse(JSON.parse(dry.out)), 'the schema describes what is printed');
    assert.deepEqual([dry.exitCode, JSON.parse(dry.out).namespace], [0, space]);
    assert.deepEqual(left(), before);
    assert.equal((await uninstall([], { answer: 'shop' })).exitCode, 0);
    assert.deepEqual(left(), []);
  });

  test('refuses the namespaces of Kubernetes, and one that does not exist', async () => {
    const { run } = await inhabited([]);
    for (const name of ['kube-system', 'kube-public', 'kube-node-lease', 'default'])
      assert.equal((await run(['uninstall', '--namespace-delete', name, '--yes'])).exitCode, 7, name);
    assert.equal((await run(['uninstall', '--namespace-delete', 'none', '--yes'])).exitCode, 3);
    assert.equal((await run(['uninstall', '--namespace-delete', 'none', '--yes', '--ignore-not-found'])).exitCode, 0);
  });

  test('refuses the namespace of Bookend while there are ClusterOperators', async () => {
    const operator = workload('Deployment', space, 'bookend');
    operator.metadata.labels = { 'app.kubernetes.io/name': 'bookend' };
    const { uninstall, simulated } = await inhabited([operator]);
    const { run } = { run: uninstall };
    const crd = operatorChart()[0] as KubernetesObject;
    await simulated.cluster.create({
      ...{ apiVersion: crd.apiVersion, kind: crd.kind, metadata: { name: 'clusteroperators.bookend.dev' } },
      spec: {
        ...{ group: 'bookend.dev', scope: 'Cluster', names: { kind: 'ClusterOperator', plural: 'clusteroperators' } },
        versions: [{ name: 'v1alpha1', served: true, storage: true }],
      },
    });
    await simulated.settle(500);
    const made = { apiVersion: 'bookend.dev/v1alpha1', kind: 'ClusterOperator', metadata: { name: 'agent' } };
    await simulated.cluster.create(made);
    const refused = await run();
    assert.equal(refused.exitCode, 7, refused.err);
    assert.match(refused.err, /Bookend runs in namespace shop, and a ClusterOperator needs it: ClusterOperator agent/);
    await simulated.cluster.delete(refOf(made));
    assert.equal((await run()).exitCode, 0);
  });

  test('refuses claims with what becomes of their volumes, unless they are named', async () => {
    const volume = {
      ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv-1' } },
      spec: { persistentVolumeReclaimPolicy: 'Delete', claimRef: { namespace: space, name: 'data' } },
    };
    const { uninstall, left } = await inhabited([volume, claim('data', 'pv-1'), configMap(space, 'one')]);
    const before = left();
    const { exitCode, err } = await uninstall();
    assert.equal(exitCode, 7);
    assert.match(
      err,
      /namespace shop has 1 claim, which would go with it: PersistentVolumeClaim shop\/data \(volume pv-1 and its data are deleted\)/,
    );
    assert.deepEqual(left(), before);
    const named = await uninstall(['--yes', '--claims', 'delete']);
    assert.notEqual(named.exitCode, 7, named.err);
    assert.deepEqual(left(), []);
  });

  test('refuses Helm releases with what they would lose, unless they are named', async () => {
    const chart = [...agentChart(), hook('clean', 'pre-delete'), ...operatorChart().filter(({ kind }) => kind === 'ClusterRole')];
    const release = storedRelease(space, 'agent', chart);
    const { uninstall, left } = await inhabited([...agentChart(), release]);
    const before = left();
    const { exitCode, err } = await uninstall();
    assert.equal(exitCode, 7);
    assert.match(
      err,
      /1 Helm release is installed in namespace shop: agent \(Job shop\/clean would not run; ClusterRole manager would stay\)/,
    );
    assert.match(err, /^ +bookend uninstall agent -n shop\n.*--releases delete/m);
    assert.deepEqual(left(), before);
    assert.equal((await uninstall(['--yes', '--releases', 'delete'])).exitCode, 0);
    assert.deepEqual(left(), []);
  });

  test('refuses what somebody has asked to keep', async () => {
    const kept = configMap(space, 'kept');
    kept.metadata.annotations = { 'helm.sh/resource-policy': 'keep' };
    const { uninstall, left } = await inhabited([kept]);
    const { exitCode, err } = await uninstall();
    assert.equal(exitCode, 7);
    assert.match(err, /ConfigMap shop\/kept has an annotation to keep it: annotation helm\.sh\/resource-policy: keep/);
    assert.ok(left().includes('ConfigMap/shop/kept'));
  });

  test('deletes custom resources before the operator in it, and refuses those in other namespaces', async () => {
    const theirs = custom('Widget', 'theirs', 'other', [widgetFinalizer]);
    const { uninstall, left, simulated } = await inhabited([...operatorChart(), theirs]);
    const refused = await uninstall();
    assert.equal(refused.exitCode, 7, refused.err);
    assert.match(refused.err, /1 custom resource in other namespaces that nothing else serves: Widget other\/theirs/);
    assert.ok(left().includes('Deployment.apps/shop/manager'));
    const { exitCode, out, err } = await uninstall(['--yes', '--custom-resources', 'delete']);
    assert.deepEqual(left(), []);
    // The binding of a deleted account is left. A new account of that name gets these permissions.
    assert.equal(exitCode, 1, err);
    assert.match(out, /kubectl delete clusterrolebindings\.rbac\.authorization\.k8s\.io\/manager/);
    const gone = simulated.log.filter(({ what }) => what === 'gone').map(({ id }) => id as string);
    for (const widget of ['Widget.example.com/shop/own', 'Widget.example.com/other/theirs'])
      assert.ok(gone.indexOf(widget) >= 0 && gone.indexOf(widget) < gone.indexOf('Deployment.apps/shop/manager'), widget);
  });

  test('keeps the operator with its namespace for custom resources elsewhere with --custom-resources keep', async () => {
    const theirs = custom('Widget', 'theirs', 'other', [widgetFinalizer]);
    const { uninstall, left } = await inhabited([...operatorChart(), theirs, configMap(space, 'loose')]);
    const { exitCode, out, err } = await uninstall(['--yes', '--custom-resources', 'keep']);
    assert.equal(exitCode, 0, out + err);
    assert.ok(left().includes('Deployment.apps/shop/manager') && left().includes('Namespace/shop'));
    assert.ok(!left().includes('ConfigMap/shop/loose'));
  });

  test('names what stays outside and breaks, and takes it along where it is named', async () => {
    const objects = [...operatorChart().filter(({ kind }) => kind !== 'Widget'), service('gate'), webhook('Fail')];
    const { uninstall, simulated } = await inhabited(objects);
    const dry = await uninstall(['--dry-run']);
    assert.match(
      dry.out,
      /outside {2}ValidatingWebhookConfiguration gate calls a Service here: every request that it must answer fails; to delete it first: --also validatingwebhookconfigurations\/gate/,
    );
    assert.match(
      dry.out,
      /outside {2}ClusterRoleBinding manager names ServiceAccount shop\/manager: who makes it again has these rights/,
    );
    const { exitCode, out, err } = await uninstall([
      '--yes',
      ...['--also', 'validatingwebhookconfigurations/gate', '--also', 'clusterrolebindings/manager'],
    ]);
    assert.equal(exitCode, 0, err + out);
    assert.doesNotMatch(out, /outside/);
    const gone = simulated.log.filter(({ what }) => what === 'gone').map(({ id }) => id as string);
    assert.ok(
      gone.indexOf('ValidatingWebhookConfiguration.admissionregistration.k8s.io/gate') < gone.indexOf('Service/shop/gate'),
    );
    assert.ok(gone.includes('ClusterRoleBinding.rbac.authorization.k8s.io/manager'));
  });

  test('goes on after an interruption, though what was named beside it is gone already', async () => {
    const held = configMap(space, 'held');
    held.metadata.finalizers = ['example.dev/hold'];
    const { uninstall, left, simulated } = await inhabited([held, service('gate'), webhook('Fail')]);
    const args = ['--yes', '--also', 'validatingwebhookconfigurations/gate'];
    assert.equal((await uninstall([...args, '--timeout', '20s'])).exitCode, 8);
    assert.ok(simulated.log.some(({ what, id }) => what === 'gone' && id.endsWith('/gate') && id.startsWith('Validating')));
    await simulated.cluster.patch(refOf(held), { type: 'merge', value: { metadata: { finalizers: null } } });
    const { exitCode, err } = await uninstall(args);
    assert.equal(exitCode, 0, err);
    assert.deepEqual(left(), []);
    assert.equal((await uninstall(args)).exitCode, 3);
  });

  test('refuses an API that is served from it, without which no namespace can be deleted', async () => {
    const api: KubernetesObject = {
      ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1.gates.example.org' } },
      spec: { group: 'gates.example.org', version: 'v1', groupPriorityMinimum: 100, versionPriority: 100 },
    };
    Object.assign(api.spec as object, { service: { namespace: space, name: 'gate' }, insecureSkipTLSVerify: true });
    const { uninstall, left } = await inhabited([configMap(space, 'one'), service('gate'), api]);
    const { exitCode, err } = await uninstall();
    assert.equal(exitCode, 7, err);
    assert.match(
      err,
      /APIService v1\.gates\.example\.org is served from namespace shop: [\s\S]*--also apiservices\/v1\.gates\.example\.org/,
    );
    const named = await uninstall(['--yes', '--also', 'apiservices/v1.gates.example.org']);
    // That API did not answer before either, so nobody knows what it had.
    assert.equal(named.exitCode, verdictExitCodes['clean-as-far-as-seen'], named.err);
    assert.deepEqual(left(), []);
  });

  test('keeps the rights of an operator of another namespace until its custom resources here are gone', async () => {
    const [crd] = operatorChart();
    const widget = custom('Widget', 'own', space, [widgetFinalizer]);
    const binding: KubernetesObject = {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'manager', namespace: space } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'manager' },
      subjects: [{ kind: 'ServiceAccount', name: 'manager', namespace: 'other' }],
    };
    const { uninstall, simulated } = await inhabited([crd as KubernetesObject, widget, binding]);
    simulated.clock.after(
      4_000,
      () => void simulated.cluster.patch(refOf(widget), { type: 'merge', value: { metadata: { finalizers: [] } } }),
    );
    const { exitCode, err } = await uninstall();
    assert.equal(exitCode, 0, err);
    const gone = simulated.log.flatMap(({ what, id }) => (what === 'gone' ? (id as string) : []));
    assert.ok(gone.indexOf('Widget.example.com/shop/own') < gone.indexOf('RoleBinding.rbac.authorization.k8s.io/shop/manager'));
  });

  test('a webhook whose Service went with the namespace is in the receipt', async () => {
    const { uninstall } = await inhabited([service('gate'), webhook('Ignore')]);
    const { exitCode, out } = await uninstall(['--yes', '-o', 'json']);
    const receipt = JSON.parse(out) as Receipt;
    assert.deepEqual(
      [exitCode, receipt.from, receipt.residue.map(({ id }) => id)],
      [1, 'namespace', ['ValidatingWebhookConfiguration.admissionregistration.k8s.io/gate']],
    );
  });

  test('takes along what somebody creates in it meanwhile', async () => {
    const slow = configMap(space, 'slow');
    slow.metadata.finalizers = ['example.com/slow'];
    const { uninstall, left, simulated } = await inhabited([slow]);
    simulated.clock.after(2_000, () => void simulated.cluster.create(configMap(space, 'late')));
    simulated.clock.after(
      4_000,
      () => void simulated.cluster.patch(refOf(slow), { type: 'merge', value: { metadata: { finalizers: [] } } }),
    );
    const { exitCode, out, err } = await uninstall();
    assert.equal(exitCode, 0, err + out);
    assert.deepEqual(left(), []);
  });

  test('leaves a namespace alone that somebody has made again meanwhile', async () => {
    const { uninstall, simulated } = await inhabited([configMap(space, 'one')]);
    const home = { apiVersion: 'v1', kind: 'Namespace', name: space };
    const makeAgain = async () => {
      if (await simulated.cluster.get(home)) simulated.clock.after(5, () => void makeAgain());
      else await simulated.cluster.create(namespace(space));
    };
    void makeAgain();
    const { exitCode, err } = await uninstall();
    assert.equal(exitCode, verdictExitCodes['clean-as-far-as-seen'], err);
    assert.ok(await simulated.cluster.get(home));
  });

  test('continues after an interruption', async () => {
    const { uninstall, left } = await inhabited(agentChart());
    const first = await uninstall(['--yes'], { signal: { name: 'SIGTERM', afterMs: 1_500 } });
    assert.equal(first.exitCode, 143, first.err);
    assert.ok(left().includes('Secret/default/bookend.uninstall-namespace.shop'));
    const { exitCode, err } = await uninstall();
    assert.equal(exitCode, 0, err);
    assert.deepEqual(left(), []);
  });
});
