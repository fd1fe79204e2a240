/**
 * Whose rights things are done with: the operator has none of its own over what it installs, acts as the account that
 * is named, says which right is missing, and cannot be removed while something needs it. (Who may write a
 * ClusterOperator at all: test/charts/policies.test.ts.)
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { accountOf, bound } from '../../tools/lab/access.ts';
import { until } from '../../tools/lab/observe.ts';
import { clusterOperator, configMap, inOne } from './objects.ts';
import {
  bringUp,
  conditionOf,
  deleteResource,
  namesOf,
  operatorNamespace,
  probeNamespace,
  put,
  takeDown,
  untilGone,
  untilReady,
  untilResource,
  untilStalled,
  useTestBed,
} from './support.ts';

const rbac = 'rbac.authorization.k8s.io';
const everything = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'];

describe('Rights', () => {
  const bed = useTestBed('rights');
  const configMaps = () => namesOf(bed, { apiVersion: 'v1', kind: 'ConfigMap', namespace: bed.namespace });
  const remove = async (name: string) => {
    await takeDown(bed, name);
  };

  test('the operator itself may do nothing with objects of others', async () => {
    const operator = `--as=system:serviceaccount:${operatorNamespace}:bookend`;
    const questions = [
      ['create', 'configmaps'],
      ['patch', 'deployments.apps'],
      ['patch', 'pods'],
      ['create', 'pods', '--subresource=exec'],
      ['get', 'pods', '--subresource=log'],
      ['get', 'secrets'],
      ['delete', 'nodes'],
      ['delete', 'namespaces'],
      ['delete', `clusterroles.${rbac}`],
      ['delete', 'customresourcedefinitions.apiextensions.k8s.io'],
      ['create', 'clusteroperators.bookend.dev'],
      ['delete', 'clusteroperators.bookend.dev'],
    ] as const;
    for (const [verb, resource, ...more] of questions) {
      for (const where of [['--all-namespaces'], ['-n', operatorNamespace]]) {
        const { stdout } = await bed.lab.attempt('kubectl', ['auth', 'can-i', verb, resource, ...more, operator, ...where]);
        assert.equal(stdout.trim(), 'no', `${[verb, resource, ...more, ...where].join(' ')}`);
      }
    }
    // What it tries image volumes with is in a namespace of its own.
    for (const verb of ['create', 'get', 'list', 'delete']) {
      const may = async (...where: string[]) =>
        (await bed.lab.attempt('kubectl', ['auth', 'can-i', verb, 'pods', operator, ...where])).stdout.trim();
      const found = [await may('--all-namespaces'), await may('-n', operatorNamespace), await may('-n', probeNamespace)];
      assert.deepEqual(found, ['no', 'no', 'yes'], `${verb} pods`);
    }
    const { stdout } = await bed.lab.attempt('kubectl', ['auth', 'can-i', 'impersonate', 'serviceaccounts', operator]);
    assert.equal(stdout.trim(), 'yes', 'it acts as somebody else');
    for (const resource of ['users', 'groups']) {
      const answer = await bed.lab.attempt('kubectl', ['auth', 'can-i', 'impersonate', resource, operator]);
      assert.equal(answer.stdout.trim(), 'no', `but only as an account, not as ${resource}`);
    }
  });

  test('an account that is not there: the condition names it, and it goes on when there is one with rights', async () => {
    const name = 'e2e-absent';
    await put(bed, clusterOperator(name, bed.namespace, inOne(configMap(name)), { serviceAccountName: name }));
    const stalled = conditionOf(await untilStalled(bed, name, /does not exist/), 'Stalled');
    assert.equal(stalled?.reason, 'NotFound');
    const words = new RegExp(`^ServiceAccount ${bed.namespace}/${name}, which this ClusterOperator acts as`);
    assert.match(stalled?.message ?? '', words);
    await put(bed, ...account(name, bed.namespace, [rule('', ['configmaps'])]));
    await untilReady(bed, name);
    await remove(name);
    assert.equal((await configMaps()).includes(name), false);
  });

  test('an account with too few rights: the condition names verb, resource and account; granted, it goes on, and to the end', async () => {
    const name = 'e2e-few';
    const objects = [configMap(name), { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { colour: 'blue' } }];
    await put(bed, ...account(name, bed.namespace, [rule('', ['configmaps'])]));
    await put(bed, clusterOperator(name, bed.namespace, inOne(...objects), { serviceAccountName: name }));
    const refused = await untilStalled(bed, name, /secrets/);
    const message = conditionOf(refused, 'Stalled')?.message ?? '';
    const user = `system:serviceaccount:${bed.namespace}:${name}`;
    assert.match(message, new RegExp(`User "${user}" cannot (get|list|patch) resource "secrets" in API group ""`));
    const words = new RegExp(`Grant "(get|list|patch)" on "secrets" \\(API group ""\\) in namespace ${bed.namespace} to ${user}`);
    assert.match(message, words);
    assert.equal((await configMaps()).includes(name), false, 'nothing is made before all can be looked at');

    await put(bed, ...account(name, bed.namespace, [rule('', ['configmaps', 'secrets'])]));
    const ready = await untilReady(bed, name);
    assert.equal(ready.status?.actingAs, `${bed.namespace}/${name}`);

    // Taken away again, the teardown stalls, says so, and ends when it is back.
    await put(bed, ...account(name, bed.namespace, [rule('', ['configmaps', 'secrets'], ['get', 'list', 'watch'])]));
    await until('the right to be gone', async () => {
      const question = `auth can-i delete secrets --as=${user} -n ${bed.namespace}`;
      return (await bed.lab.attempt('kubectl', question.split(' '))).stdout.trim() === 'no';
    });
    await deleteResource(bed, name);
    await untilResource(bed, name, 'says which right it misses', ({ status }) =>
      new RegExp(`${user}.*cannot delete resource "(secrets|configmaps)"`).test(status?.blocker ?? ''),
    );
    assert.ok((await configMaps()).includes(name));
    await put(bed, ...account(name, bed.namespace, [rule('', ['configmaps', 'secrets'])]));
    await untilGone(bed, name);
    assert.equal((await configMaps()).includes(name), false);
  });

  test('what the acting account may not do is not done, even if the writer of the ClusterOperator may do all', async () => {
    const name = 'e2e-elevate';
    await put(bed, ...account(name, bed.namespace, [rule(rbac, ['roles', 'rolebindings'])]));
    const powerful = {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: `${name}-powerful` },
      rules: [rule('', ['secrets'])],
    };
    await put(bed, clusterOperator(name, bed.namespace, inOne(powerful), { serviceAccountName: name }));
    const stalled = await untilStalled(bed, name, /attempting to grant RBAC permissions not currently held/);
    assert.equal(stalled.status?.phase, 'Degraded');
    assert.equal(
      (await namesOf(bed, { apiVersion: `${rbac}/v1`, kind: 'Role', namespace: bed.namespace })).includes(`${name}-powerful`),
      false,
    );
    await remove(name);
  });

  test('the acting account, its namespace and its bindings may not be part of what is torn down', async () => {
    const name = 'e2e-branch';
    await put(bed, ...account(name, bed.namespace, [rule('', ['*'])]));
    const objects: [string, KubernetesObject, RegExp][] = [
      ['account', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }, /it is that account/],
      [
        'namespace',
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: bed.namespace } },
        /it is the namespace of that account/,
      ],
      ['binding', bindingOf(`${name}-more`, name, bed.namespace), /it binds rights to that account/],
    ];
    for (const [what, object, says] of objects) {
      const components = inOne(configMap(`${name}-${what}`), object);
      await put(bed, clusterOperator(`${name}-${what}`, bed.namespace, components, { serviceAccountName: name }));
      const stalled = conditionOf(await untilStalled(bed, `${name}-${what}`, says), 'Stalled');
      assert.match(stalled?.message ?? '', /^spec\.components\[0\]\.objects\[1\]: /);
      assert.equal(stalled?.reason, 'InvalidSpec');
      assert.equal((await configMaps()).includes(`${name}-${what}`), false, 'nothing was made');
      await remove(`${name}-${what}`);
    }
  });

  test('the operator, its definition and its namespace stay while a ClusterOperator exists, and may go afterwards', async () => {
    const name = 'e2e-guarded';
    const targets = [
      ['customresourcedefinition', 'clusteroperators.bookend.dev'],
      ['namespace', operatorNamespace],
      ['deployment', 'bookend', '-n', operatorNamespace],
      ['serviceaccount', 'bookend-deployer', '-n', operatorNamespace],
      ['clusterrole', 'bookend-operator'],
    ];
    const attempt = (target: string[]) => bed.lab.attempt('kubectl', ['delete', ...target, '--dry-run=server']);
    await bringUp(bed, clusterOperator(name, bed.namespace, inOne(configMap(name))));
    for (const target of targets) {
      // The API server takes the guard up within a second.
      const refused = await until(`${target.join(' ')} to be refused`, async () => {
        const answer = await attempt(target);
        return answer.code === 0 ? undefined : answer;
      });
      assert.match(refused.stderr, /is needed while a ClusterOperator exists: delete the ClusterOperators first/);
    }
    await remove(name);
    // The guard is relaxed before the last ClusterOperator goes; API servers take that up within a second, too.
    for (const target of targets)
      await until(`${target.join(' ')} to be free`, async () => (await attempt(target)).code === 0, 5_000);
  });
});

function rule(group: string, resources: string[], verbs = everything) {
  return { apiGroups: [group], resources, verbs };
}

/**
 * An account with these rights in its namespace. To see that nothing uses what it deletes, it must at least be able to
 * list Pods.
 */
function account(name: string, namespace: string, given: object[]): KubernetesObject[] {
  const rules = [...given, rule('', ['pods'], ['get', 'list', 'watch'])];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name, namespace }, rules },
    bindingOf(name, name, namespace, { name, namespace }),
  ];
}

function bindingOf(
  role: string,
  subject: string,
  namespace: string,
  metadata: KubernetesObject['metadata'] = { name: role },
): KubernetesObject {
  return bound('RoleBinding', metadata, 'Role', role, accountOf(subject, namespace));
}
