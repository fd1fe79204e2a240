/**
 * The admission policies of the chart on a real API server: what they refuse, in which words, and what must go through
 * untouched. No operator runs here; the API server alone does all of it.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { granted, userOf } from '../../tools/lab/access.ts';
import type { Output } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { restart } from '../../tools/local-cluster/index.ts';
import { configMap } from '../e2e/objects.ts';
import { deleteResource, operatorNamespace, put, useTestBed } from '../e2e/support.ts';

const writer = 'e2e-writer';

describe('Who may write a ClusterOperator', () => {
  const bed = useTestBed('rights', { bookend: ['replicas=0'] });
  const as = (user: string, ...args: string[]) => bed.lab.attempt('kubectl', ['--as', user, ...args]);
  const apply = (user: string, object: object) =>
    bed.lab.attempt('kubectl', ['--as', user, 'apply', '-f', '-'], { input: stringify(object) });

  test('only who may act as its account, and who may not is told the missing right', async () => {
    await put(bed, ...mayWriteClusterOperators());
    const { namespace } = bed;

    // The API server takes new rights and a new policy up within a second or two.
    const dryRun = ['--as', writer, 'apply', '--dry-run=server', '-f', '-'];
    const input = stringify(operator('e2e-rights'));
    const inForce = async () => /would act as/.test((await bed.lab.attempt('kubectl', dryRun, { input })).stderr);
    await until('the policy to be in force', inForce);

    const byDefault = await apply(writer, operator('e2e-rights'));
    assert.notEqual(byDefault.code, 0);
    assert.match(byDefault.stderr, /would act as ServiceAccount bookend-system\/bookend-deployer, and e2e-writer may not/);
    assert.match(byDefault.stderr, /right to impersonate serviceaccounts bookend-system\/bookend-deployer is missing/);

    const named = operator('e2e-rights', { namespace, serviceAccountName: 'mine' });
    const refused = await apply(writer, named);
    assert.match(refused.stderr, new RegExp(`right to impersonate serviceaccounts ${namespace}/mine is missing`));

    await put(bed, ...mayActAs('mine', namespace));
    // The authorizer learns of a new binding through its own watch.
    await until('the right to be known', async () => (await apply(writer, named)).code === 0);

    const elevated = await as(
      writer,
      'patch',
      'clusteroperators.bookend.dev',
      'e2e-rights',
      '--type=merge',
      '-p',
      '{"spec":{"serviceAccountName":null}}',
    );
    assert.match(elevated.stderr, /impersonate serviceaccounts bookend-system\/bookend-deployer is missing/);
    succeeded(await as(writer, 'annotate', 'clusteroperators.bookend.dev', 'e2e-rights', 'a=b'));
    await deleteResource(bed, 'e2e-rights');
  });

  test('an administrator may, as ever', async () => {
    succeeded(await bed.lab.attempt('kubectl', ['apply', '-f', '-'], { input: stringify(operator('e2e-admin')) }));
    await deleteResource(bed, 'e2e-admin');
  });
});

describe('What the operator needs', () => {
  const bed = useTestBed('guard', { bookend: ['replicas=0'] });
  const remove = (path: string) => bed.lab.attempt('kubectl', ['delete', '--raw', path]);
  const attempt = (...args: string[]) => bed.lab.attempt('kubectl', args);
  const refused = /is needed while a ClusterOperator exists: delete the ClusterOperators first/;
  const definition = ['delete', 'crd', 'clusteroperators.bookend.dev', '--dry-run=server'];
  /** As the operator does it. */
  const turn = async (action: 'Deny' | 'Audit') => {
    for (const name of ['bookend-guard', 'bookend-guard-collections']) {
      await bed.cluster.patch(
        { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding', name },
        { type: 'merge', value: { spec: { validationActions: [action] } } },
      );
    }
  };

  test('may go until the operator engages the guard: an uninstall without ClusterOperators needs no operator', async () => {
    succeeded(await attempt(...definition));
    succeeded(await attempt('delete', 'namespace', operatorNamespace, '--dry-run=server'));
  });

  test('stays while the guard is engaged, also when a whole collection is deleted or the API server has just started', async () => {
    await turn('Deny');
    await until('the guard to be in force', async () => refused.test((await attempt(...definition)).stderr));
    const dryRun = 'dryRun=All';
    for (const collection of [
      `/api/v1/namespaces/${operatorNamespace}/serviceaccounts`,
      `/apis/apps/v1/namespaces/${operatorNamespace}/deployments`,
      '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    ])
      await until(`${collection} to be refused`, async () =>
        refused.test((await remove(`${collection}?labelSelector=app.kubernetes.io/name%3Dbookend&${dryRun}`)).stderr),
      );

    if (bed.lab.local) {
      await restart(bed.lab.local, 'kube-apiserver');
      assert.notEqual((await attempt(...definition)).code, 0);
    }
  });

  test('is named exactly: what has the same name elsewhere, or our label, may go', async () => {
    const { namespace } = bed;
    for (const kind of ['serviceaccount', 'role'])
      succeeded(
        await attempt('create', kind, 'bookend', '-n', namespace, ...(kind === 'role' ? ['--verb=get', '--resource=pods'] : [])),
      );
    succeeded(await attempt('label', 'serviceaccount', 'bookend', '-n', namespace, 'app.kubernetes.io/name=bookend'));
    succeeded(await attempt('delete', 'serviceaccount,role', 'bookend', '-n', namespace));
    succeeded(await attempt('create', 'serviceaccount', 'e2e-beside', '-n', operatorNamespace));
    succeeded(await attempt('label', 'serviceaccount', 'e2e-beside', '-n', operatorNamespace, 'app.kubernetes.io/name=bookend'));
    succeeded(await attempt('delete', 'serviceaccount', 'e2e-beside', '-n', operatorNamespace));
  });

  test('may go when the guard is relaxed, or overridden by whoever may delete its binding', async () => {
    const account = ['delete', 'serviceaccount', 'bookend', '-n', operatorNamespace, '--dry-run=server'];
    assert.match((await attempt(...account)).stderr, /To override, delete the ValidatingAdmissionPolicyBinding bookend-guard\./);
    succeeded(await attempt('delete', 'validatingadmissionpolicybinding', 'bookend-guard'));
    await until('the guard to be overridden', async () => (await attempt(...account)).code === 0);
    await turn('Audit').catch(() => {});
  });
});

function operator(name: string, more: object = {}): KubernetesObject {
  const components = [{ name: 'settings', objects: [configMap('settings')] }];
  return {
    apiVersion: 'bookend.dev/v1alpha1',
    kind: 'ClusterOperator',
    metadata: { name },
    spec: { namespace: 'default', components, ...more },
  };
}

function mayWriteClusterOperators(): KubernetesObject[] {
  const rules = [{ apiGroups: ['bookend.dev'], resources: ['clusteroperators'], verbs: ['*'] }];
  return granted('ClusterRole', { name: writer }, rules, userOf(writer));
}

function mayActAs(name: string, namespace: string): KubernetesObject[] {
  const rules = [{ apiGroups: [''], resources: ['serviceaccounts'], resourceNames: [name], verbs: ['impersonate'] }];
  return granted('Role', { name: writer, namespace }, rules, userOf(writer));
}

function succeeded({ code, stderr }: Output): void {
  assert.equal(code, 0, stderr);
}
