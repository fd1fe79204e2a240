import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedCluster } from '../cluster/simulated/index.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { runSteps } from '../remedies/play/run-steps.ts';
import { commandText, type Remedy } from '../remedies/remedy.ts';
import { playRemovals } from './play/play-removals.ts';
import { receiptOf } from './receipt-of.ts';
import type { SeenObject, Snapshot } from './snapshot.ts';
import { clusterWide, definition, facts, keeper, marked, node, object, openShop, program, settings } from './testing/shop.ts';

/** A release that leaves one of each behind. */
async function dirtyShop() {
  const shop = await openShop();
  await shop.install(settings);
  await shop.put(marked(definition), 'helm');
  await shop.simulated.settle();
  await shop.put(object('v1', 'Secret', 'shop-tls'), program);
  await shop.put(clusterWide('rbac.authorization.k8s.io/v1', 'ClusterRole', 'shop:keeper $(x)', { rules: [] }), program);
  await shop.label(node, 'shop.example/ready', 'yes', program);
  const value = { metadata: { annotations: { quota: '3' }, finalizers: ['shop.example/hold', 'other.example/hold'] } };
  const theirs = { apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', namespace: 'other-ns' };
  const metadata = { name: 'theirs', namespace: 'other-ns' };
  await shop.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } }, 'theirs');
  await shop.simulated.cluster.patch(theirs, { type: 'merge', value }, { fieldManager: program });
  return shop;
}

const release = facts([settings, keeper, definition]);

describe('the command of each piece of residue', () => {
  test('removes exactly it: nothing else changes', async () => {
    const shop = await dirtyShop();
    const all = receiptOf({ release, after: await shop.snapshot() }).residue.length;
    assert.ok(all >= 8, String(all));
    for (let index = 0; index < all; index++) {
      const fresh = await dirtyShop();
      const before = await fresh.snapshot();
      const left = receiptOf({ release, after: before }).residue;
      const one = left[index];
      assert.ok(one);
      await carryOut(fresh.simulated, one.remedy);
      await fresh.simulated.settle();
      const after = await fresh.snapshot();
      const key = (each: typeof one) => `${each.id} ${each.field?.path}`;
      const remaining = receiptOf({ release, after }).residue.map(key);
      assert.deepEqual(
        remaining,
        left.map(key).filter((each) => each !== key(one)),
        key(one),
      );
      assert.deepEqual(changes(before, after), [one.id], key(one));
    }
  });

  test('is played before it is printed', async () => {
    const shop = await dirtyShop();
    const after = await shop.snapshot();
    const failed: string[] = [];
    const { residue } = await playRemovals(receiptOf({ release, after }), after, shop.simulated.clock.now(), (each, because) =>
      failed.push(`${each.id}: ${because}`),
    );
    assert.deepEqual(failed, []);
    assert.deepEqual(
      residue.filter(({ remedy }) => remedy.played.result !== 'cures').map(({ id }) => id),
      [],
    );
  });

  test('lets go of what only a program that is gone would release, and of nothing else', async () => {
    const monitors = (finalizer: string) => {
      const secret = object('v1', 'Secret', 'shop-monitors', { data: { key: 'YQ==' } });
      return { ...secret, metadata: { ...secret.metadata, finalizers: [finalizer] } };
    };
    const commands = async (finalizer: string, manager: string, ...installed: KubernetesObject[]) => {
      const shop = await dirtyShop();
      await shop.install(...installed);
      await shop.put(monitors(finalizer), program);
      if (manager !== program) {
        const ref = { apiVersion: 'v1', kind: 'Secret', name: 'shop-monitors', namespace: 'shop-ns' };
        await shop.simulated.cluster.patch(
          ref,
          { type: 'merge', value: { metadata: { finalizers: [] } } },
          { fieldManager: program },
        );
        const value = { metadata: { finalizers: [finalizer] } };
        await shop.simulated.cluster.patch(ref, { type: 'merge', value }, { fieldManager: manager });
      }
      const after = await shop.snapshot();
      const { residue } = await playRemovals(receiptOf({ release, after }), after, shop.simulated.clock.now());
      const left = residue.find(({ id }) => id === 'Secret/shop-ns/shop-monitors');
      assert.ok(left);
      const steps = left.remedy.steps.map((step) => (step.do === 'run' ? commandText(step) : step.do));
      return [...steps, left.remedy.played.result];
    };
    const begun = 'kubectl delete secrets/shop-monitors -n shop-ns --wait=false';
    assert.deepEqual(await commands('shop.example/protection', program), [
      begun,
      `kubectl patch secrets/shop-monitors -n shop-ns --type=json -p '[{"op":"test","path":"/metadata/finalizers/0","value":"shop.example/protection"},{"op":"remove","path":"/metadata/finalizers/0"}]'`,
      'cures',
    ]);
    const asks = [begun, 'bookend why secrets/shop-monitors -n shop-ns', 'not-played'];
    assert.deepEqual(await commands('other.example/protection', 'somebody'), asks, 'another program set it');
    assert.deepEqual(await commands('shop.example/protection', program, keeper), asks, 'the program still runs');
  });

  test('does not hold where it takes along what does not belong to it, or does not cure', async () => {
    const shop = await dirtyShop();
    const after = await shop.snapshot();
    const receipt = receiptOf({ release, after });
    const secret = receipt.residue.find(({ id }) => id === 'Secret/shop-ns/shop-tls');
    assert.ok(secret);
    const played = async (...words: string[]) => {
      const failed: string[] = [];
      const steps = [{ do: 'run', when: 'after', argv: ['kubectl', ...words] }] as const;
      const residue = [{ ...secret, remedy: { ...secret.remedy, steps } }];
      await playRemovals({ ...receipt, residue }, after, shop.simulated.clock.now(), (_, because) => failed.push(because));
      return failed.join();
    };
    assert.equal(await played('delete', 'secrets/shop-tls', '-n', 'shop-ns'), '');
    assert.match(await played('delete', 'namespaces/shop-ns'), /takes .* along/);
    assert.equal(await played('label', 'secrets/shop-tls', 'a-', '-n', 'shop-ns'), 'Secret/shop-ns/shop-tls is still there');
    assert.match(await played('delete', 'secrets/other', '-n', 'shop-ns'), /NotFound/);
  });

  test('names what it loses', async () => {
    const shop = await dirtyShop();
    for (const { id, remedy } of receiptOf({ release, after: await shop.snapshot() }).residue) assert.ok(remedy.loses, id);
  });
});

async function carryOut(simulated: SimulatedCluster, { steps }: Remedy): Promise<void> {
  const commands = steps.filter((step) => step.do === 'run');
  assert.ok(commands.length > 0);
  for (const command of commands) {
    assert.equal((await runSteps(simulated, [command])).failure, undefined, JSON.stringify(command));
  }
}

/** What is missing, new, or written since; who keeps a Node alive writes it all the time. */
function changes(before: Snapshot, after: Snapshot): string[] {
  const content = ({ resourceVersion: _version, writers: _writers, ...rest }: SeenObject) => JSON.stringify(rest);
  const uids = new Set([...before.objects.keys(), ...after.objects.keys()]);
  return [...uids].flatMap((uid) => {
    const [old, now] = [before.objects.get(uid), after.objects.get(uid)];
    const isSame = old !== undefined && now !== undefined && content(old) === content(now);
    return isSame ? [] : [String((old ?? now)?.id)];
  });
}
