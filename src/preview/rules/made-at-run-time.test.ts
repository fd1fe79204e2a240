import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4, release } from '../testing/subjects.ts';
import { account, deployment, documents, workload } from './examples.ts';

async function noted(rule: string, program = deployment('maker', 'serviceAccountName: maker')) {
  const { findings } = await preview(chart(documents(account('maker', rule), program)), helm4, { beside: 'never' });
  return findings.find(({ rule: id, severity }) => id === 'children-left' && severity === 'note');
}

describe('what a program may make at run time', () => {
  test('is noted by its kinds, with the kinds of others that it writes to', async () => {
    const note = await noted(
      '{apiGroups: ["", coordination.k8s.io], resources: [secrets, leases, nodes/status], verbs: [create, patch]}',
    );
    assert.equal(note?.title, 'Deployment shop/maker may create objects at run time that no uninstall deletes');
    assert.equal(
      note.consequence,
      'Objects that it creates stay, unless their owner is deleted: objects of kinds Lease, Secret. Fields that it wrote into objects of others stay there: objects of kind Node.',
    );
  });

  test('has names where the role or the command line says them', async () => {
    const pod = { pod: 'serviceAccountName: maker', container: 'args: [--leader-elect, --leader-election-id=maker.example.com]' };
    const lease = '{apiGroups: [coordination.k8s.io], resources: [leases], verbs: [create, update]}';
    const note = await noted(lease, workload('Deployment', 'maker', pod));
    assert.ok(note?.evidence.some(({ says }) => says === 'Lease maker.example.com of its leader election'));
    const named = await noted('{apiGroups: [""], resources: [secrets], resourceNames: [maker-tls], verbs: ["*"]}');
    assert.ok(named?.evidence.some(({ says }) => says === 'Secret maker-tls'));
  });

  test('is not what it only reads or changes, nor Events, nor what a star gives', async () => {
    for (const rule of [
      '{apiGroups: [""], resources: [secrets, nodes], verbs: [get, list, patch, update]}',
      '{apiGroups: [""], resources: [events], verbs: [create]}',
      '{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}',
    ])
      assert.equal(await noted(rule), undefined, rule);
  });

  test('is an admission policy or a RuntimeClass too', async () => {
    const note = await noted(
      '{apiGroups: [admissionregistration.k8s.io, node.k8s.io], resources: [validatingadmissionpolicies, runtimeclasses], verbs: [create]}',
    );
    assert.match(note?.consequence ?? '', /kinds RuntimeClass, ValidatingAdmissionPolicy\./);
  });

  test('may be a finalizer on objects of others', async () => {
    const note = await noted('{apiGroups: [""], resources: [namespaces, namespaces/finalizers], verbs: [get, update]}');
    assert.equal(
      note?.consequence,
      'Fields that it wrote into objects of others stay there: objects of kind Namespace. A finalizer among them keeps its object in Terminating once somebody deletes it.',
    );
    const own = '{apiGroups: [apps], resources: [deployments, deployments/finalizers], verbs: [get, update]}';
    assert.equal(await noted(own), undefined);
  });

  test('goes with its definition, where that is deleted', async () => {
    const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: pumps.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Pump, plural: pumps}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`;
    const program = documents(deployment('maker', 'serviceAccountName: maker'), definition);
    assert.equal(await noted('{apiGroups: [example.com], resources: [pumps], verbs: [create]}', program), undefined);
  });

  test('goes with the namespace, where only that was open to it', async () => {
    const role = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: maker, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], verbs: [create]}]
`;
    const binding = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: maker, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: maker}
subjects: [{kind: ServiceAccount, name: maker, namespace: shop}]
`;
    const given = chart(documents(deployment('maker', 'serviceAccountName: maker'), role, binding));
    const made = async (scenario: typeof helm4) => {
      const { findings } = await preview(given, scenario, { beside: 'never' });
      return findings.filter(({ rule }) => rule === 'children-left').length;
    };
    assert.equal(await made(helm4), 1);
    assert.equal(await made({ ...helm4, tool: 'namespace' }), 0);
  });

  test('is seen in a cluster, and not supposed there', async () => {
    const rule = '{apiGroups: [""], resources: [secrets], verbs: [create]}';
    const live = await release(chart(documents(account('maker', rule), deployment('maker', 'serviceAccountName: maker'))));
    assert.deepEqual((await preview(live, helm4, { beside: 'never' })).findings, []);
  });
});
