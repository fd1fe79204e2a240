/**
 * Labels and annotations that a tenant puts on live objects prove nothing: nothing of others is adopted, kept, waited
 * for or deleted because of them, and nothing of ours escapes its teardown by them.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inTurns } from '../../src/cluster/in-turns.ts';
import type { Cluster } from '../../src/cluster/port.ts';
import { fieldAt } from '../../src/objects/fields.ts';
import { adoptAnnotation, clusterOperatorLabel, dependsOnAnnotation, keepAnnotation } from '../../src/objects/names.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { rbac } from '../../tools/lab/access.ts';
import { until } from '../../tools/lab/observe.ts';
import { access, configMap, inOne, workloadOf } from '../e2e/objects.ts';
import {
  bringUp,
  conditionOf,
  deleteResource,
  find,
  freshNamespace,
  namesOf,
  podsOf,
  put,
  untilGone,
  untilReady,
  untilResource,
} from '../e2e/support.ts';
import { assertUntouched, nodeImage, platformOperator, removeAll, tenantOf, useAttacked } from './support.ts';

/** So many labelled objects did not fit into the status of a ClusterOperator, whatever is written down of each. */
const crowd = 8_000;

describe('Forged marks', () => {
  const attacked = useAttacked('forged-marks');
  const { namespace } = attacked;
  const tenant = async (): Promise<Cluster> => {
    const cluster = await tenantOf(attacked, namespace);
    await until('the rights of the tenant', () =>
      cluster.list({ apiVersion: 'v1', kind: 'Secret', namespace }).catch(() => undefined),
    );
    return cluster;
  };
  const get = (apiVersion: string, kind: string, name: string) => attacked.cluster.get({ apiVersion, kind, namespace, name });
  const deploymentOf = (name: string) => [...access(name, namespace), workloadOf(name, { kind: 'Deployment' })];
  const install = async (name: string) => {
    await put(attacked, platformOperator(name, namespace, inOne(...deploymentOf(name))));
    return untilReady(attacked, name);
  };

  test('`keep` on a live object of ours keeps nothing: no right outlives the teardown', async () => {
    const name = 'e2e-kept';
    await install(name);
    const mallory = await tenant();
    const dependsOn = `RoleBinding.${rbac}/${namespace}/${name}, Role.${rbac}/${namespace}/${name}`;
    const annotations = { [keepAnnotation]: 'true', [dependsOnAnnotation]: dependsOn, 'helm.sh/resource-policy': 'keep' };
    await mallory.patch(
      { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name },
      { type: 'merge', value: { metadata: { annotations } } },
    );
    await removeAll(attacked, name);
    const left = [
      await get('v1', 'ServiceAccount', name),
      await get(`${rbac}/v1`, 'Role', name),
      await get(`${rbac}/v1`, 'RoleBinding', name),
    ];
    const kinds = left.map((object) => object?.kind);
    assert.deepEqual(kinds, [undefined, undefined, undefined], 'account, role and binding are gone');
  });

  test('a forged ServiceAccount with `keep` and `depends-on` keeps no right of ours, and is not touched', async () => {
    const name = 'e2e-lasting';
    await install(name);
    const mallory = await tenant();
    const forged = await mallory.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: 'e2e-forged',
        namespace,
        labels: { [clusterOperatorLabel]: name },
        annotations: {
          [keepAnnotation]: 'true',
          [dependsOnAnnotation]: `RoleBinding.${rbac}/${name}, Role.${rbac}/${name}, ServiceAccount/${name}`,
        },
      },
    });
    await removeAll(attacked, name);
    for (const [apiVersion, kind] of [
      ['v1', 'ServiceAccount'],
      [`${rbac}/v1`, 'Role'],
      [`${rbac}/v1`, 'RoleBinding'],
    ] as const)
      assert.equal(await get(apiVersion, kind, name), undefined, `${kind} ${name} outlived its uninstall`);
    await assertUntouched(attacked, forged);
    await attacked.cluster.delete({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'e2e-forged' });
  });

  test('a patch with our label and `adopt` does not become a deletion', async () => {
    const name = 'e2e-patched';
    await bringUp(attacked, platformOperator(name, namespace, inOne(configMap(name))));
    await put(attacked, configMap('e2e-victim', { worth: 'much' }, namespace));
    const victim = await get('v1', 'ConfigMap', 'e2e-victim');
    assert.ok(victim);
    const mallory = await tenant();
    const metadata = { labels: { [clusterOperatorLabel]: name }, annotations: { [adoptAnnotation]: 'true' } };
    // Refused or not: what counts is that it has no consequence.
    await mallory
      .patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'e2e-victim' }, { type: 'merge', value: { metadata } })
      .catch(() => undefined);
    // The operator looks at all of its objects once more, and then tears down.
    await put(attacked, platformOperator(name, namespace, inOne(configMap(name, { changed: 'yes' }))));
    await until('the change', async () => fieldAt(await get('v1', 'ConfigMap', name), 'data', 'changed') === 'yes');
    await untilReady(attacked, name);
    await assertUntouched(attacked, victim);
    await removeAll(attacked, name);
    await assertUntouched(attacked, victim);
  });

  test('a Deployment that squats on the name before we install is never adopted, and the phase says whose it is', async () => {
    const name = 'e2e-squatted';
    const mallory = await tenant();
    const squatter = await mallory.create(squatting(name, namespace, name));
    await put(attacked, platformOperator(name, namespace, inOne(...deploymentOf(name))));
    await leftAlone(squatter);
  });

  test('a Deployment that squats on the name while we install is never adopted either', async () => {
    const name = 'e2e-raced';
    const mallory = await tenant();
    const slow = [...access(`${name}-slow`, namespace), workloadOf(`${name}-slow`, { kind: 'Deployment', readyAfterSeconds: 4 })];
    await put(
      attacked,
      platformOperator(name, namespace, [
        { name: 'slow', objects: slow },
        { name: 'fast', dependsOn: ['slow'], objects: deploymentOf(name) },
      ]),
    );
    // Everything was looked at, and the first component is being installed.
    await until('the first component', () => get('apps/v1', 'Deployment', `${name}-slow`));
    const squatter = await mallory.create(squatting(name, namespace, name));
    await leftAlone(squatter);
  });

  test(`${crowd} labelled ConfigMaps of somebody else's do not block a teardown, and are not touched`, async () => {
    const name = 'e2e-crowded';
    const other = 'e2e-crowd';
    await freshNamespace(attacked.lab, other);
    const objects = [configMap(name), configMap(name, {}, other), ...deploymentOf(name)];
    await bringUp(attacked, platformOperator(name, namespace, inOne(...objects)));
    const mallory = await tenantOf(attacked, other);
    const labels = { [clusterOperatorLabel]: name };
    const first = await until('the rights of the tenant', () =>
      mallory
        .create({ ...configMap('e2e-labelled-0', {}, other), metadata: { name: 'e2e-labelled-0', namespace: other, labels } })
        .catch(() => undefined),
    );
    await inTurns(24, [...Array(crowd - 1).keys()], (index) =>
      mallory.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `e2e-labelled-${index + 1}`, namespace: other, labels },
      }),
    );
    await deleteResource(attacked, name);
    await untilGone(attacked, name, 90_000);
    await assertUntouched(attacked, first);
    const left = await namesOf(attacked, { apiVersion: 'v1', kind: 'ConfigMap', namespace: other });
    assert.equal(left.filter((each) => each.startsWith('e2e-labelled-')).length, crowd);
    assert.equal(left.includes(name), false, 'what was ours there is gone');
    // As one collection: its Namespace would go object by object otherwise.
    await attacked.lab.run('kubectl', ['delete', '--raw', `/api/v1/namespaces/${other}/configmaps`], { timeoutMs: 600_000 });
  });

  /**
   * What we install is refused because of it, and it is still there, as it was, when ours is gone; then it goes too.
   */
  async function leftAlone(squatter: KubernetesObject): Promise<void> {
    const { name } = squatter.metadata;
    await refusedBecauseOf(name);
    await assertUntouched(attacked, squatter);
    await assertNothingRunsAs(name);
    await removeAll(attacked, name);
    await assertUntouched(attacked, squatter);
    await attacked.cluster.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }, { propagation: 'Foreground' });
    await until('the squatter to be gone', async () => (await get('apps/v1', 'Deployment', name)) === undefined);
  }

  async function refusedBecauseOf(name: string): Promise<void> {
    const whose = new RegExp(`Deployment ${namespace}/${name}.*(exists already|not ours|somebody else)`);
    const refused = await untilResource(
      attacked,
      name,
      'says whose the Deployment is',
      (resource) => {
        const stalled = conditionOf(resource, 'Stalled');
        return stalled?.status === 'True' && whose.test(stalled.message);
      },
      60_000,
    );
    assert.notEqual(refused.status?.phase, 'Ready');
    assert.equal(conditionOf((await find(attacked, name)) ?? refused, 'Ready')?.status, 'False');
  }

  /** No container of the squatter's may run under the platform's account. */
  async function assertNothingRunsAs(account: string): Promise<void> {
    const pods = await podsOf(attacked, account);
    assert.deepEqual(
      pods.filter((pod) => fieldAt(pod, 'spec', 'serviceAccountName') === account).map(({ metadata }) => metadata.name),
      [],
    );
  }
});

/** What a tenant would like to run under the platform's account: everything as if the operator had made it. */
function squatting(name: string, namespace: string, owner: string): KubernetesObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace,
      labels: { [clusterOperatorLabel]: owner },
      annotations: { [adoptAnnotation]: 'true', 'bookend.dev/nonce': 'guessed' },
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'tenant', image: nodeImage, args: ['-e', 'setInterval(() => {}, 1e6)'] }],
        },
      },
    },
  };
}
