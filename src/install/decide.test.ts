import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { makeId, type ObjectId } from '../objects/identity.ts';
import { blockedBy } from '../teardown/blocker.ts';
import { decideInstall, type Present } from './decide.ts';
import type { DesiredObject } from './desired.ts';

const id = (name: string) => makeId('', 'ConfigMap', 'default', name);
const wanted = (name: string, needs: ObjectId[] = []): DesiredObject => ({
  id: id(name),
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } },
  component: 'all',
  place: 'spec.components[0].objects[0]',
  needs,
});
const ready: Present = { exists: true, current: true, deleting: false };
const none = new Map<ObjectId, ObjectId[]>();
const decide = (desired: DesiredObject[], present: [string, Present][], barriers: ReadonlyMap<ObjectId, ObjectId[]> = none) =>
  decideInstall(desired, barriers, new Map(present.map(([name, thing]) => [id(name), thing])));

describe('what is installed next', () => {
  const pair = [wanted('base'), wanted('top', [id('base')])];

  test('a new object waits until what it needs is ready, and says so', () => {
    const { apply, states } = decide(pair, []);
    assert.deepEqual(apply, [id('base')]);
    assert.deepEqual(states[1], {
      id: id('top'),
      state: 'Waiting',
      blocker: blockedBy('NeedsNotReady', id('base'), 'waits until ConfigMap default/base is ready'),
    });
  });

  test('applied is not enough: it must be ready', () => {
    const { apply, states } = decide(pair, [['base', { ...ready, notReady: '0 of 1 replicas are available' }]]);
    assert.deepEqual(apply, []);
    assert.equal(states[0]?.state, 'Settling');
    assert.equal(states[0]?.blocker?.text, 'ConfigMap default/base 0 of 1 replicas are available');
  });

  test('an object that exists is put right as soon as what it needs is as wanted, ready or not', () => {
    const { apply } = decide(pair, [
      ['base', { ...ready, notReady: 'is starting' }],
      ['top', { exists: true, current: false, deleting: false }],
    ]);
    assert.deepEqual(apply, [id('top')]);
  });

  test('a refusal is shown and tried again', () => {
    const { apply, states } = decide(pair, [['base', { exists: false, current: false, deleting: false, refusal: 'forbidden' }]]);
    assert.deepEqual(apply, [id('base')]);
    assert.deepEqual(states[0], {
      id: id('base'),
      state: 'Failed',
      blocker: blockedBy('AttemptFailed', id('base'), 'forbidden'),
    });
  });

  test('what somebody else is deleting is made anew only when it is gone', () => {
    const { apply, states } = decide(pair, [['base', { exists: true, current: true, deleting: true }]]);
    assert.deepEqual(apply, []);
    assert.equal(states[0]?.state, 'Waiting');
  });

  test('a barrier stands for all that it names', () => {
    const barrier = makeId('bookend.dev', 'Component', undefined, 'top');
    const objects = [wanted('a'), wanted('b'), wanted('top', [barrier])];
    const barriers = new Map([[barrier, [id('a'), id('b')]]]);
    assert.deepEqual(decide(objects, [['a', ready]], barriers).apply, [id('b')]);
    assert.deepEqual(
      decide(
        objects,
        [
          ['a', ready],
          ['b', ready],
        ],
        barriers,
      ).apply,
      [id('top')],
    );
  });

  test('for any graph: nothing new is applied before all it needs is ready, and all is ready in the end', () => {
    const seed = process.env.SEED ? { seed: Number(process.env.SEED) } : {};
    const graphs = fc
      .integer({ min: 1, max: 12 })
      .chain((count) =>
        fc.tuple(fc.constant(count), fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 30 })),
      );
    fc.assert(
      fc.property(graphs, ([count, pairs]) => {
        const objects = Array.from({ length: count }, (_, index) =>
          wanted(
            `o${index}`,
            pairs.filter(([from, to]) => from === index && to < index).map(([, to]) => id(`o${to}`)),
          ),
        );
        const done = new Map<ObjectId, Present>();
        for (let round = 0; done.size < count; round++) {
          assert.ok(round <= count, 'it does not end');
          const { apply } = decideInstall(objects, none, done);
          for (const next of apply) {
            const needs = objects.find((object) => object.id === next)?.needs ?? [];
            assert.ok(needs.every((need) => done.has(need)));
            done.set(next, ready);
          }
        }
        assert.equal(decideInstall(objects, none, done).ready, count);
      }),
      seed,
    );
  });
});
