/**
 * What keeps a ClusterOperator from being installed is said in words that name the thing to mend, not in the words of
 * whoever stumbled over it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterOperator, configMap, inOne } from '../e2e/objects.ts';
import { bringUp, conditionOf, put, untilReady, untilResource } from '../e2e/support.ts';
import { platformOperator, removeAll, useAttacked } from './support.ts';

describe('The words for what is missing', () => {
  const attacked = useAttacked('words');
  const { namespace } = attacked;

  /** What the ClusterOperator says when it stands still. */
  async function saidBy(name: string, says: RegExp): Promise<string> {
    const resource = await untilResource(
      attacked,
      name,
      `says ${says}`,
      (now) =>
        says.test(
          `${conditionOf(now, 'Stalled')?.message ?? ''} ${conditionOf(now, 'Ready')?.message ?? ''} ${now.status?.blocker ?? ''}`,
        ),
      45_000,
    );
    assert.notEqual(resource.status?.phase, 'Ready');
    return `${conditionOf(resource, 'Stalled')?.message ?? ''} ${conditionOf(resource, 'Ready')?.message ?? ''} ${resource.status?.blocker ?? ''}`;
  }

  test('a namespace that does not exist is named as what is missing, and it goes on when it is there', async () => {
    const name = 'e2e-nowhere';
    await put(attacked, platformOperator(name, namespace, inOne(configMap(name, {}, 'e2e-absent'))));
    const said = await saidBy(name, /namespace "?e2e-absent"? does not exist/i);
    assert.match(said, /create|add/i, 'it says what to do');
    await put(attacked, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'e2e-absent' } });
    await untilReady(attacked, name);
    await removeAll(attacked, name);
  });

  test('a quota that is exceeded is named as such, with what it allows', async () => {
    const name = 'e2e-quota';
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'e2e-none', namespace },
      spec: { hard: { 'count/services': '0' } },
    };
    await put(attacked, quota);
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }] } };
    // A quota counts from the moment at which its controller has looked at it.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await put(attacked, platformOperator(name, namespace, inOne(service)));
    const said = await saidBy(name, /quota/i);
    assert.match(said, /ResourceQuota .*e2e-none/, 'it names the quota');
    assert.match(said, /raise|free|quota is exceeded/i, 'it says what to do');
    assert.doesNotMatch(said, /(Grant|missing) .*right|Grant "/i, 'no right is missing');
    await attacked.cluster.delete({ apiVersion: 'v1', kind: 'ResourceQuota', namespace, name: 'e2e-none' });
    await untilReady(attacked, name);
    await removeAll(attacked, name);
  });

  test('a kind that nobody serves yet is named as such', async () => {
    const name = 'e2e-unserved';
    const widget = { apiVersion: 'nobody.e2e.bookend.dev/v1', kind: 'Gadget', metadata: { name } };
    await put(attacked, platformOperator(name, namespace, inOne(widget)));
    const said = await saidBy(name, /not served yet/i);
    assert.match(said, /Gadget/);
    assert.match(said, /CustomResourceDefinition/, 'it says what serves it');
    await removeAll(attacked, name);
  });

  test('a right that is missing is named, with the command that prints all that are needed', async () => {
    const name = 'e2e-rightless';
    await put(attacked, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'nobody', namespace } });
    await put(attacked, clusterOperator(name, namespace, inOne(configMap(name)), { serviceAccountName: 'nobody' }));
    assert.match(await saidBy(name, /configmaps/), /bookend rights/);
    await removeAll(attacked, name);
  });

  test('what our guard prints names our kind by its full name: another product has one of the same short name', async () => {
    const name = 'e2e-guarded';
    await bringUp(attacked, platformOperator(name, namespace, inOne(configMap(name))));
    const command = ['delete', 'crd', 'clusteroperators.bookend.dev', '--dry-run=server'];
    const { code, stderr } = await attacked.lab.attempt('kubectl', command);
    assert.notEqual(code, 0);
    assert.match(stderr, /kubectl \w+ clusteroperators\.bookend\.dev/);
    assert.doesNotMatch(stderr, /kubectl \w+ clusteroperators?( |$)/m);
    await removeAll(attacked, name);
  });
});
