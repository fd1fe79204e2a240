/**
 * The admission policies of the chart on a real API server: what they refuse, in which words, and what must go through untouched. No operator runs
 * here; the API server alone does all of it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { Output } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { restartApiServer } from '../../tools/local-cluster/index.ts';
import { configMap } from '../e2e/objects.ts';
import { deleteResource, operatorNamespace, patienceMs, put, useStage } from '../e2e/support.ts';

const label = 'bookend.dev/clusteroperator';
const writer = 'e2e-writer';

describe('Who may write a ClusterOperator', () => {
  const stage = useStage('rights', { bookend: ['replicas=0'] });
  const as = (user: string, ...args: string[]) => stage.lab.attempt('kubectl', ['--as', user, ...args]);
  const apply = (user: string, object: object) =>
    stage.lab.attempt('kubectl', ['--as', user, 'apply', '-f', '-'], { input: stringify(object) });

  test('only who may act as its account, and who may not is told the missing right', async () => {
    await put(stage, ...mayWriteClusterOperators());
    const { namespace } = stage;

    // The API server takes new rights and a new policy up within a second or two.
    const dryRun = ['--as', writer, 'apply', '--dry-run=server', '-f', '-'];
    const input = stringify(operator('e2e-rights'));
    const inForce = async () => /would act as/.test((await stage.lab.attempt('kubectl', dryRun, { input })).stderr);
    await until('the policy to be in force', inForce, patienceMs);

    const byDefault = await apply(writer, operator('e2e-rights'));
    assert.notEqual(byDefault.code, 0);
    assert.match(byDefault.stderr, /would act as ServiceAccount bookend-system\/bookend-deployer, and e2e-writer may not/);
    assert.match(byDefault.stderr, /right to impersonate serviceaccounts bookend-system\/bookend-deployer is missing/);

    const named = operator('e2e-rights', { namespace, serviceAccountName: 'mine' });
    const refused = await apply(writer, named);
    assert.match(refused.stderr, new RegExp(`right to impersonate serviceaccounts ${namespace}/mine is missing`));

    await put(stage, ...mayActAs('mine', namespace));
    // The authorizer learns of a new binding through its own watch.
    await until('the right to be known', async () => (await apply(writer, named)).code === 0, patienceMs);

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
    await deleteResource(stage, 'e2e-rights');
  });

  test('an administrator may, as ever', async () => {
    succeeded(await stage.lab.attempt('kubectl', ['apply', '-f', '-'], { input: stringify(operator('e2e-admin')) }));
    await deleteResource(stage, 'e2e-admin');
  });
});

describe('An object that exists already', () => {
  const stage = useStage('adoption', { bookend: ['replicas=0'] });
  const apply = (object: KubernetesObject) =>
    stage.lab.attempt('kubectl', ['apply', '--server-side', '--force-conflicts', '--field-manager=bookend', '-f', '-'], {
      input: stringify(object),
    });
  const kubectl = (...args: string[]) => stage.lab.attempt('kubectl', [...args, '-n', stage.namespace]);
  const claimed = (name: string, by: string, annotations: Record<string, string> = {}): KubernetesObject => ({
    ...configMap(name, { from: by }, stage.namespace),
    metadata: { name, namespace: stage.namespace, labels: { [label]: by }, annotations },
  });

  test('is not taken over in silence', async () => {
    succeeded(await kubectl('create', 'configmap', 'theirs'));
    // The API server takes a new policy up within a second or two; until then nothing is refused.
    const probe = ['label', 'configmap', 'theirs', `${label}=probe`, '--dry-run=server'];
    await until('the policy to be in force', async () => (await kubectl(...probe)).code !== 0, patienceMs);
    const refused = await apply(claimed('theirs', 'one'));
    assert.match(refused.stderr, /ConfigMap e2e-adoption\/theirs exists already and does not belong to ClusterOperator one/);
    assert.match(refused.stderr, /bookend\.dev\/adopt: "true"/);
  });

  test('is taken over when the manifest, or the object itself, says that it may be', async () => {
    succeeded(await kubectl('create', 'configmap', 'offered'));
    succeeded(await apply(claimed('offered', 'one', { 'bookend.dev/adopt': 'true' })));
    succeeded(await kubectl('create', 'configmap', 'open'));
    succeeded(await kubectl('annotate', 'configmap', 'open', 'bookend.dev/adopt=true'));
    succeeded(await apply(claimed('open', 'one')));
  });

  test('is not taken from another ClusterOperator', async () => {
    succeeded(await apply(claimed('shared', 'one')));
    const refused = await apply(claimed('shared', 'two'));
    assert.match(refused.stderr, /does not belong to ClusterOperator two, but to ClusterOperator one/);
  });

  test('gets its label back when somebody has removed it', async () => {
    succeeded(await apply(claimed('ours', 'one')));
    succeeded(await apply(claimed('ours', 'one')));
    succeeded(await kubectl('label', 'configmap', 'ours', `${label}-`));
    succeeded(await apply(claimed('ours', 'one')));
  });

  test('may have its label copied to what its controllers keep in step with it', async () => {
    succeeded(await kubectl('create', 'service', 'clusterip', 'copied', '--tcp=80:80'));
    await until('the first EndpointSlice', async () => (await labelsOf('endpointslices')).length > 0);
    succeeded(await kubectl('annotate', 'service', 'copied', 'bookend.dev/adopt=true'));
    succeeded(await kubectl('label', 'service', 'copied', `${label}=one`));
    for (const kind of ['endpointslices', 'endpoints']) {
      await until(
        `the label on ${kind}`,
        async () => (await labelsOf(kind)).every((labels) => labels[label] === 'one'),
        patienceMs,
      );
    }
  });

  async function labelsOf(kind: string): Promise<Record<string, string>[]> {
    const { stdout } = await kubectl('get', kind, '-o', 'json');
    const { items } = JSON.parse(stdout) as { items: KubernetesObject[] };
    return items.map(({ metadata }) => metadata.labels ?? {});
  }
});

describe('What the operator needs', () => {
  const stage = useStage('guard', { bookend: ['replicas=0'] });
  const remove = (path: string) => stage.lab.attempt('kubectl', ['delete', '--raw', path]);

  test('stays while a ClusterOperator exists, also when a whole collection is deleted or the API server has just started', async () => {
    await put(stage, operator('e2e-guard'));
    const refused = /is still in use by ClusterOperator e2e-guard/;
    const definition = ['delete', 'crd', 'clusteroperators.bookend.dev', '--dry-run=server'];
    // The policy learns of its params through a watch: some tenths of a second.
    await until(
      'the guard to know',
      async () => refused.test((await stage.lab.attempt('kubectl', definition)).stderr),
      patienceMs,
    );
    const collection = `/api/v1/namespaces/${operatorNamespace}/serviceaccounts?labelSelector=app.kubernetes.io/name%3Dbookend`;
    assert.match((await remove(collection)).stderr, refused);

    if (stage.lab.local) {
      await restartApiServer(stage.lab.local);
      // Whether it knows the ClusterOperators again or not: in doubt the definition stays.
      assert.notEqual((await stage.lab.attempt('kubectl', definition)).code, 0);
    }

    await deleteResource(stage, 'e2e-guard');
    await until('the guard to let go', async () => (await stage.lab.attempt('kubectl', definition)).code === 0);
  });

  test('does not hold the namespace up when the definition went before the guard', async () => {
    await stage.lab.run('kubectl', ['delete', 'crd', 'clusteroperators.bookend.dev']);
    succeeded(await stage.lab.attempt('kubectl', ['delete', 'serviceaccount', 'bookend', '-n', operatorNamespace]));
    succeeded(await stage.lab.attempt('kubectl', ['delete', 'namespace', operatorNamespace, '--dry-run=server']));
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
  return [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: writer }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: writer },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: writer },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: writer }],
    },
  ];
}

function mayActAs(name: string, namespace: string): KubernetesObject[] {
  const rules = [{ apiGroups: [''], resources: ['serviceaccounts'], resourceNames: [name], verbs: ['impersonate'] }];
  return [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: writer, namespace }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: writer, namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: writer },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: writer }],
    },
  ];
}

function succeeded({ code, stderr }: Output): void {
  assert.equal(code, 0, stderr);
}
