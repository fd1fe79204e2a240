import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectId } from '../objects/identity.ts';
import type { StepState } from './decision.ts';
import { nothingSeen, type Seen, type SeenStep } from './seen.ts';
import { WaitTimes } from './wait-times.ts';

const id = 'ConfigMap/a/x' as ObjectId;
const object = { ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'x', uid: 'x' }, finalizers: [] };
const usedBy = (...uids: string[]): SeenStep => ({
  ...nothingSeen,
  object,
  users: uids.map((uid) => ({ pod: { namespace: 'a', name: uid, uid }, names: id, field: 'spec' })),
});
const seen = (step: SeenStep): Seen => ({ synced: true, steps: new Map([[id, step]]) });
const stands = (state: StepState['state'], isUsed?: true): StepState[] => [{ id, state, ...(isUsed && { isUsed }) }];

test('a turn begins when nothing is waited for any more, and anew after another wait', () => {
  const times = new WaitTimes();
  times.note(stands('Waiting'), seen(usedBy()), 1);
  times.note(stands('Deleting'), seen(usedBy()), 2);
  times.note(stands('Deleting'), seen(usedBy()), 3);
  assert.equal(times.turns.get(id), 2);
  times.note(stands('Waiting'), seen(usedBy()), 4);
  assert.equal(times.turns.get(id), undefined);
});

test('being left with loose children begins anew when one goes, but not for ever', () => {
  const times = new WaitTimes();
  const minute = 60_000;
  const left = (count: number): SeenStep => ({ ...nothingSeen, strays: Array.from({ length: count }, () => object) });
  const at = (now: number, count: number) => {
    times.note(stands('Deleting'), seen(left(count)), now);
    return times.alone.get(id);
  };
  assert.deepEqual([at(0, 9), at(50_000, 9), at(51_000, 8), at(52_000, 8)], [0, 0, 51_000, 51_000]);
  assert.deepEqual([at(9 * minute, 7), at(11 * minute, 6), at(12 * minute, 5)], [9 * minute, 9 * minute, 9 * minute]);
  times.note(stands('Gone'), seen(nothingSeen), 13 * minute);
  assert.equal(times.alone.get(id), undefined);
});

test('a use counts for the step from its first Pod on, and for each Pod from its own', () => {
  const times = new WaitTimes();
  times.note(stands('Waiting', true), seen(usedBy('one')), 1);
  times.note(stands('Waiting', true), seen(usedBy('two')), 2);
  assert.deepEqual(Object.fromEntries(times.uses), { [id]: 1, two: 2 });
  times.note(stands('Gone'), seen(nothingSeen), 3);
  assert.equal(times.uses.size, 0);
});
