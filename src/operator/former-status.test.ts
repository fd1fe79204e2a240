/**
 * A status that a former version wrote: each object of the inventory and each step of the order in full. Whoever comes
 * after goes on with it. A small one stays in that form, so that a former version can read it again after a downgrade;
 * a large one becomes compact.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refOf } from '../objects/identity.ts';
import { nonceAnnotation } from '../objects/names.ts';
import type { ClusterOperatorStatus } from '../resource/cluster-operator.ts';
import { compactFrom, inventoryOf } from '../resource/status/inventory.ts';
import { orderOf } from '../resource/status/order.ts';
import { configMap } from '../teardown/testing/samples.ts';
import { type Lives, lives, one, oneRef } from './testing/lives.ts';
import { clusterOperator, startOperator } from './testing/operator-run.ts';

/** Rewrites the status while no operator runs. */
async function asBefore(simulated: Lives): Promise<void> {
  simulated.first.stop();
  const status = simulated.status() ?? {};
  const inventory = inventoryOf(status).map(({ nonces, ...item }) => ({
    ...item,
    ...(nonces && { nonces: nonces.map((hash) => Buffer.from(hash, 'base64url').toString('hex')) }),
  }));
  const { teardown } = status;
  const former = teardown && {
    teardown: { steps: null, others: null, gone: null, order: orderOf(teardown, inventoryOf(status)) },
  };
  const value = { status: { inventory, ...former } };
  await simulated.cluster.patch(oneRef, { type: 'merge', value }, { subresource: 'status' });
}

/** Every status that an operator writes from now on. */
function writtenFromNowOn(simulated: Lives): ClusterOperatorStatus[] {
  const written: ClusterOperatorStatus[] = [];
  simulated.cluster.watch(oneRef, {
    replace: () => undefined,
    changed: ({ status }) => written.push(status as ClusterOperatorStatus),
    removed: () => undefined,
  });
  return written;
}

describe('a status that a former version wrote', () => {
  test('is believed: its objects are kept, and go', async () => {
    const simulated = await lives();
    await simulated.install(one(configMap('a'), configMap('b')));
    const theirs = await simulated.cluster.create(configMap('theirs'));
    await asBefore(simulated);
    startOperator(simulated);
    await simulated.settle(5_000);
    assert.equal(simulated.status()?.phase, 'Ready');
    assert.deepEqual(
      simulated
        .status()
        ?.inventory?.map(({ name, objects }) => [name, objects])
        .sort(),
      [
        ['a', undefined],
        ['b', undefined],
      ],
    );
    await simulated.removed();
    assert.deepEqual([await simulated.map('a'), await simulated.map('b')], [undefined, undefined]);
    assert.equal((await simulated.map('theirs'))?.metadata.uid, theirs.metadata.uid);
  });

  test('becomes compact if it is large', async () => {
    const simulated = await lives();
    const held = configMap('held', { finalizers: ['example.dev/hold'] });
    const others = Array.from({ length: compactFrom - 1 }, (_, index) => configMap(`map-${index}`));
    await simulated.install(one(held, ...others));
    await asBefore(simulated);
    assert.equal(simulated.status()?.inventory?.length, compactFrom);
    startOperator(simulated);
    await simulated.settle(5_000);
    assert.deepEqual(
      simulated.status()?.inventory?.map(({ name, objects }) => [name, objects?.length]),
      [[undefined, compactFrom]],
    );
    await simulated.remove();
    await simulated.settle(5_000);
    const { teardown } = simulated.status() ?? {};
    assert.ok(teardown?.steps && !teardown.order, 'one form, not both');
  });

  test('recognises by its nonce what was created a moment before, and nothing else', async () => {
    const simulated = await lives();
    await simulated.install(one(configMap('a')));
    await asBefore(simulated);
    const nonce = 'nonce of a former version';
    const digest = (await crypto.subtle.digest('SHA-256', Buffer.from(nonce))) as ArrayBuffer;
    const item = (name: string) => ({
      ...{ component: 'all', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name },
      nonces: [Buffer.from(digest).toString('hex')],
    });
    const status = { inventory: [...inventoryOf(simulated.status()), item('ours'), item('theirs')] };
    await simulated.cluster.patch(oneRef, { type: 'merge', value: { status } }, { subresource: 'status' });
    await simulated.cluster.create(configMap('ours', { annotations: { [nonceAnnotation]: nonce } }));
    await simulated.cluster.create(configMap('theirs', { annotations: { [nonceAnnotation]: 'guessed' } }));
    await simulated.remove();
    startOperator(simulated);
    await simulated.gone();
    assert.equal(await simulated.map('ours'), undefined);
    assert.ok(await simulated.map('theirs'));
  });

  test('with an order that has begun is carried on in that order, and stays in a form that it can read', async () => {
    const simulated = await lives();
    const held = configMap('held', { finalizers: ['example.dev/hold'] });
    const components = [
      { name: 'base', objects: [configMap('first')] },
      { name: 'top', dependsOn: ['base'], objects: [held] },
    ];
    await simulated.install(clusterOperator('one', components));
    await simulated.remove();
    await simulated.until(() => simulated.status()?.phase === 'TearingDown' && simulated.order().length > 0);
    const order = simulated.order();
    await asBefore(simulated);
    assert.equal(simulated.status()?.teardown?.steps, undefined);
    assert.deepEqual(simulated.order(), order);
    const written = writtenFromNowOn(simulated);
    startOperator(simulated);
    await simulated.settle(5_000);
    assert.deepEqual(simulated.order(), order);
    const { teardown } = written.at(-1) ?? {};
    assert.ok(teardown?.order && !teardown.steps, 'one form, not both');
    assert.ok(await simulated.map('first'), 'it is not its turn');
    await simulated.cluster.patch(refOf(held), { type: 'merge', value: { metadata: { finalizers: null } } });
    await simulated.gone();
    assert.equal(await simulated.map('first'), undefined);
  });
});
