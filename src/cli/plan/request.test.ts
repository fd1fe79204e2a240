import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../../errors.ts';
import type { PlanFlags } from './request.ts';
import { requestOf } from './request.ts';

const kindOf = (name: string) => (name === './shop' ? 'chart' : name === './other' ? 'other' : undefined);
const request = (what: string | undefined, flags: PlanFlags = {}) => requestOf(what, flags, kindOf);
const refuses = (message: RegExp, what: string | undefined, flags: PlanFlags = {}) =>
  assert.throws(
    () => request(what, flags),
    (error) => isCode(error, 'bad-input') && message.test(error.message),
  );

describe('what is asked of a plan', () => {
  test('is the same as of a preview, or a whole cluster', () => {
    assert.deepEqual(request('shop').source, { from: 'release', name: 'shop' });
    assert.deepEqual(request('./shop', { set: ['a=1'] }).source, { from: 'chart', chart: './shop', flags: ['--set', 'a=1'] });
    assert.deepEqual(request(undefined, { namespaceDelete: 'shop' }).source, { from: 'namespace', name: 'shop' });
    assert.deepEqual(request(undefined, { everything: true }).source, { from: 'everything' });
  });

  test('is the whole cluster where only an object is named', () => {
    assert.deepEqual(request(undefined, { of: ['secret/token'] }).source, { from: 'everything' });
    assert.deepEqual(request('shop', { of: ['secret/token'] }).source, { from: 'release', name: 'shop' });
  });

  test('needs a cluster only for what lives, or when it is asked to look', () => {
    const live = (what: string | undefined, flags: PlanFlags = {}) => request(what, flags).live;
    assert.deepEqual(
      [live('./shop'), live('./shop', { live: true }), live(undefined, { filename: ['-'] })],
      [false, true, false],
    );
    assert.deepEqual([live('shop'), live(undefined, { everything: true })], [true, true]);
  });

  test('is one thing, not none and not two', () => {
    refuses(/no input given/, undefined);
    refuses(/more than one/, 'shop', { filename: ['a.yaml'] });
    refuses(/--everything cannot be combined with another input/, 'shop', { everything: true });
    refuses(/is for charts only/, 'shop', { set: ['a=1'] });
    refuses(/cannot be "svg"/, 'shop', { output: 'svg' });
  });
});
