/**
 * Random releases, uninstalled in random ways: what the receipt says of objects is what the store of the simulated
 * cluster knows. `SEED=…` replays one.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { replay } from '../graph/testing/arbitrary.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { receiptOf } from './receipt-of.ts';
import { facts, keeper, marked, namespace, node, object, openShop, program } from './testing/shop.ts';

type Fate = 'deleted' | 'left' | 'kept' | 'by-hand-of-others';

/** An object of the release, or of others beside it under a similar name. */
const thing = fc.record({
  kind: fc.constantFrom('ConfigMap', 'Secret', 'ServiceAccount', 'Service'),
  fate: fc.constantFrom<Fate>('deleted', 'left', 'kept', 'by-hand-of-others'),
  children: fc.integer({ min: 0, max: 2 }),
});

const scene = fc.record({
  things: fc.array(thing, { minLength: 1, maxLength: 6 }),
  foreign: fc.integer({ min: 0, max: 4 }),
  labels: fc.uniqueArray(fc.constantFrom('one', 'two', 'example.org/three'), { maxLength: 3 }),
  foreignLabels: fc.uniqueArray(fc.constantFrom('four', 'example.org/five'), { maxLength: 2 }),
});

describe('for every uninstall', () => {
  test('the receipt equals the truth of the store', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ things, foreign, labels, foreignLabels }) => {
        const shop = await openShop();
        const given = things.map(({ kind, fate }, index) => named(kind, `thing-${index}`, fate));
        await shop.install(keeper);
        const children = new Map<number, KubernetesObject[]>();
        for (const [index, each] of given.entries()) {
          const owner = await shop.put(marked(each), 'helm');
          children.set(index, await childrenOf(shop, owner, index, things[index]?.children ?? 0));
        }
        for (let index = 0; index < foreign; index++)
          await shop.put(object('v1', 'ConfigMap', `thing-${index}-of-others`), 'theirs');
        for (const key of labels) await shop.label(node, key, 'x', program);
        for (const key of foreignLabels) await shop.label(node, key, 'x', 'their-agent');
        const before = await shop.snapshot();
        const gone = given.filter((_, index) => things[index]?.fate === 'deleted');
        await shop.remove(keeper, ...gone);
        const after = await shop.snapshot();
        const receipt = receiptOf({ release: facts([keeper, ...given]), before, after });

        const stored = new Set([...after.objects.values()].map(({ id }) => id as string));
        const of = (fates: readonly Fate[]) =>
          given.flatMap((each, index) =>
            fates.includes(things[index]?.fate ?? 'left') ? [each, ...(children.get(index) ?? [])] : [],
          );
        const truth = of(['left', 'by-hand-of-others'])
          .map(idOf)
          .filter((id) => stored.has(id));
        const objects = receipt.residue.filter(({ field }) => field === undefined);
        assert.deepEqual(objects.map(({ id }) => id).sort(), truth.sort(), 'what is left');
        assert.ok(objects.every(({ confidence }) => confidence === 'certain'));
        const fields = receipt.residue.flatMap(({ field }) => (field?.value === 'x' ? [field.path] : []));
        assert.deepEqual(fields.sort(), labels.map(pathOf).sort(), 'fields on the Node');
        assert.deepEqual(
          receipt.kept.map(({ id }) => id).sort(),
          given
            .filter((_, index) => things[index]?.fate === 'kept')
            .map(idOf)
            .sort(),
        );
        for (const { id, uid } of receipt.gone) assert.ok(!after.objects.has(uid ?? '') && before.objects.has(uid ?? ''), id);
        for (const each of of(['deleted']))
          assert.ok(
            receipt.gone.some(({ id }) => id === idOf(each)),
            idOf(each),
          );
        assert.equal(receipt.verdict, receipt.residue.length > 0 ? 'residue' : 'clean');
      }),
      { numRuns: 40, ...replay },
    );
  });
});

function named(kind: string, name: string, fate: Fate): KubernetesObject {
  const each = object('v1', kind, name, kind === 'Service' ? { spec: { ports: [{ port: 80 }] } } : {});
  return fate === 'kept' ? { ...each, metadata: { ...each.metadata, annotations: { 'helm.sh/resource-policy': 'keep' } } } : each;
}

async function childrenOf(
  shop: Awaited<ReturnType<typeof openShop>>,
  { apiVersion, kind, metadata }: KubernetesObject,
  index: number,
  count: number,
): Promise<KubernetesObject[]> {
  const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' }];
  const made: KubernetesObject[] = [];
  for (let number = 0; number < count; number++) {
    const name = `child-${index}-${number}`;
    made.push(await shop.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ownerReferences } }, 'someone'));
  }
  return made;
}

function pathOf(key: string): string {
  return key.includes('/') ? `metadata.labels[${key}]` : `metadata.labels.${key}`;
}
