import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectId } from '../objects/identity.ts';
import { Refusals } from './refusals.ts';

const step = 'ConfigMap/a/x' as ObjectId;
const other = 'ConfigMap/a/y' as ObjectId;
const refused = new Error('no');

test('waits double with each failure up to the longest, and begin anew after a success', () => {
  const refusals = new Refusals();
  const waits: number[] = [];
  for (let now = 0, tries = 0; tries < 6; tries++) {
    refusals.add('delete x', step, refused, now, 2_000);
    waits.push(refusals.nextTryIn(now));
    now += refusals.nextTryIn(now);
    assert.equal(refusals.mayTry('delete x', now), true);
    assert.equal(refusals.mayTry('delete x', now - 1), false);
  }
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 2_000, 2_000]);
  refusals.clear('delete x');
  refusals.add('delete x', step, refused, 10_000, 2_000);
  assert.equal(refusals.nextTryIn(10_000), 250);
});

test('what failed keeps the time of its first failure and the words of its last', () => {
  const refusals = new Refusals();
  refusals.add('delete x', step, new Error('first'), 5, 1_000);
  refusals.add('delete x', step, 'last', 500, 1_000);
  const refusal = refusals.byStep().get(step);
  assert.deepEqual([refusal?.since, refusal?.text], [5, 'last']);
});

test('one action that fails does not hold up another of the same step', () => {
  const refusals = new Refusals();
  refusals.add('delete x', step, refused, 0, 1_000);
  assert.equal(refusals.mayTry('delete pod', 0), true);
});

test('what is not meant any more is forgotten', () => {
  const refusals = new Refusals();
  refusals.add('delete x', step, refused, 0, 1_000);
  refusals.add('delete y', other, refused, 0, 1_000);
  refusals.keepOnly((action) => action === 'delete y');
  assert.deepEqual([...refusals.byStep().keys()], [other]);
  refusals.keepOnly(() => false);
  assert.equal(refusals.nextTryIn(0), Number.POSITIVE_INFINITY);
});
