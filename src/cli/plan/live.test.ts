/** `bookend plan` on a simulated cluster that lives: a release, a namespace, everything, and one object. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceAccount } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import {
  account,
  clusterRoleWithBinding,
  custom,
  definition,
  namespace,
  roleWithBinding,
  workload,
} from '../testing/manifests.ts';
import { type RunOptions, simulatedTerminal } from '../testing/simulated-terminal.ts';
import { storedRelease } from '../testing/stored-release.ts';
import type { GraphDocument } from './document.ts';

const rights = [{ apiGroups: ['example.com'], resources: ['gadgets', 'gadgets/status'], verbs: ['*'] }];
const release: KubernetesObject[] = [
  account('shop', 'gadget-operator'),
  ...clusterRoleWithBinding({ namespace: 'shop', name: 'gadget-operator' }, rights),
  workload('Deployment', 'shop', 'gadget-operator', { serviceAccountName: 'gadget-operator' }),
  definition('Gadget'),
];

async function installed() {
  const terminal = simulatedTerminal();
  const { cluster } = terminal.simulated;
  for (const name of ['shop', 'far']) await cluster.create(namespace(name));
  for (const object of release) await cluster.create(object);
  await terminal.simulated.settle();
  await cluster.create(custom('Gadget', 'one', 'far', ['example.com/cleanup']));
  // Somebody else's, on the account of the release.
  await cluster.create(workload('Deployment', 'shop', 'guest', { serviceAccountName: 'gadget-operator' }));
  await cluster.create(storedRelease('shop', 'gadgets', release));
  await terminal.simulated.settle();
  return {
    ...terminal,
    plan: (args: string[], options: RunOptions = {}) => terminal.run(['plan', ...args], { offline: true, ...options }),
  };
}
const parsed = (out: string) => JSON.parse(out) as GraphDocument;

describe('bookend plan of what lives', () => {
  test('adds to a release what was made out of it and what else needs it, and deletes none of that', async () => {
    const { plan, simulated } = await installed();
    let writes = 0;
    simulated.intercept.beforeWrite = () => {
      writes += 1;
    };
    const { exitCode, out } = await plan(['gadgets', '-n', 'shop', '-o', 'json']);
    assert.equal(exitCode, 0);
    const { steps, edges, notSeen } = parsed(out);
    const step = (start: string) => steps.find(({ object }) => object.startsWith(start));
    assert.equal(step('Deployment.apps/shop/gadget-operator')?.mode, 'delete');
    assert.match(step('Pod/shop/gadget-operator-')?.reason ?? '', /made by ReplicaSet shop\/gadget-operator-/);
    assert.equal(step('Deployment.apps/shop/guest')?.reason, 'it needs ServiceAccount shop/gadget-operator');
    assert.equal(step('Gadget.example.com/far/one')?.mode, 'await');
    assert.ok(
      edges.some(({ rule, from, to }) => rule === 'controller' && from.startsWith('Gadget') && to.startsWith('Deployment')),
    );
    assert.ok(!steps.some(({ object }) => object.startsWith('Namespace/')));
    assert.deepEqual(notSeen, []);
    assert.equal(writes, 0);
  });

  test('is of a namespace with all that is in it, and what needs that elsewhere', async () => {
    const { plan } = await installed();
    const { steps } = parsed((await plan(['--namespace-delete', 'shop', '-o', 'json'])).out);
    assert.equal(steps.at(-1)?.object, 'Namespace/shop');
    assert.ok(steps.some(({ object }) => object === 'Gadget.example.com/far/one'));
    assert.equal((await plan(['--namespace-delete', 'nowhere'])).exitCode, 3);
  });

  test('answers what would break without one object, and what it needs itself, with the fields', async () => {
    const { plan } = await installed();
    const { out } = await plan(['--of', 'sa/gadget-operator', '-n', 'shop']);
    assert.match(out, /^ServiceAccount shop\/gadget-operator\n\n\d+ objects need it, directly or indirectly:\n/);
    assert.match(
      out,
      /\n {2}Deployment shop\/guest, with 2 children\n {6}service-account: spec.template.spec.serviceAccountName = gadget-operator\n/,
    );
    assert.match(out, /\n {2}Gadget far\/one\n {6}needs Deployment shop\/gadget-operator: controller \(likely\): /);
    assert.match(out, /\nWhat goes wrong:\n/);
    assert.match(
      out,
      /\nIt needs 1 object, directly or indirectly:\n {2}Namespace shop\n {6}namespace: metadata.namespace = shop\n/,
    );
  });

  test('names what it needs by what nobody made: a Deployment, not its Pods', async () => {
    const { plan } = await installed();
    const { out } = await plan(['--of', 'crd/gadgets.example.com']);
    const [, needs = ''] = out.split(/\nIt needs .*\n/);
    assert.match(needs, /^ {2}Deployment shop\/gadget-operator, with 2 children\n {6}controller \(likely\): /m);
    assert.doesNotMatch(needs, /^ {2}(Pod|ReplicaSet)/m);
  });

  test('has in JSON only what the object has to do with, and draws only that', async () => {
    const { plan } = await installed();
    const { steps, of, edges } = parsed((await plan(['--everything', '--of', 'sa/shop/gadget-operator', '-o', 'json'])).out);
    const [asked] = of ?? [];
    assert.equal(asked?.object, 'ServiceAccount/shop/gadget-operator');
    assert.ok(asked?.neededBy.some(({ object, distance }) => object === 'Gadget.example.com/far/one' && distance === 2));
    const about = new Set(steps.map(({ object }) => object));
    assert.ok(!about.has('ServiceAccount/far/default' as never));
    assert.ok(edges.every(({ from, to }) => about.has(from) && about.has(to)));
    const { out } = await plan(['--of', 'sa/shop/gadget-operator', '--of', 'crd/gadgets.example.com', '-o', 'dot']);
    assert.match(out, /label="CustomResourceDefinition gadgets\.example\.com"/);
    assert.doesNotMatch(out, /system:/);
  });

  test('names what may not be read', async () => {
    const { plan, simulated } = await installed();
    const rules = [
      { apiGroups: ['', 'apps'], resources: ['pods', 'deployments', 'replicasets', 'serviceaccounts'], verbs: ['list'] },
    ];
    const [role, binding] = roleWithBinding('shop', 'reader', rules);
    await simulated.cluster.create({ ...role, kind: 'ClusterRole', metadata: { name: 'reader' } } as KubernetesObject);
    await simulated.cluster.create({
      ...binding,
      ...{ kind: 'ClusterRoleBinding', metadata: { name: 'reader' } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
    } as KubernetesObject);
    const user = serviceAccount('shop', 'reader');
    const { exitCode, out } = await plan(['--everything'], { user });
    assert.equal(exitCode, 0);
    assert.match(out, /\nnot seen: \S+.*is forbidden|\nnot seen: .*cannot list/s);
    const { notSeen = [], steps } = parsed((await plan(['--everything', '-o', 'json'], { user })).out);
    assert.ok(notSeen.some((text) => text.startsWith('secrets')));
    assert.ok(steps.some(({ object }) => object === 'Deployment.apps/shop/guest'));
  });

  test('shows circles in what lives, where manifests would be refused', async () => {
    const { plan, simulated } = await installed();
    const needs = (name: string, other: string) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap' },
      metadata: { name, namespace: 'far', annotations: { 'bookend.dev/depends-on': `ConfigMap/${other}` } },
    });
    for (const object of [needs('a', 'b'), needs('b', 'a')]) await simulated.cluster.create(object);
    const { exitCode, out } = await plan(['--namespace-delete', 'far']);
    assert.equal(exitCode, 0);
    assert.match(
      out,
      /2 objects need each other in a cycle and have no order among themselves:\n {2}ConfigMap far\/a needs ConfigMap far\/b/,
    );
  });

  test('shows how far it has read to a person at a terminal, and to nobody else', async () => {
    const { plan } = await installed();
    assert.match((await plan(['--everything'], { interactive: true })).err, /Reading the cluster: \d+ objects in \d+ lists …/);
    assert.equal((await plan(['--everything'])).err, '');
  });
});
