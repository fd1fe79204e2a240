/** Who may read the metrics, and what strangers cost. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../cluster/clock.ts';
import { fieldAt } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { metricsAccess } from './metrics-access.ts';

describe('The access to the metrics', () => {
  test('is asked of the API server: whose the token is, then whether they may get /metrics', async () => {
    const { access, asked } = prepared();
    assert.equal(await access('prometheus'), 'granted');
    assert.equal(await access('anna'), 'forbidden');
    assert.equal(await access('made-up'), 'unauthenticated');
    assert.deepEqual(asked[1]?.spec, {
      ...{ user: 'prometheus', uid: '1', groups: ['system:authenticated'], extra: { a: ['b'] } },
      nonResourceAttributes: { path: '/metrics', verb: 'get' },
    });
  });

  test('is asked once a minute for each token', async () => {
    const { access, asked, clock } = prepared();
    for (let count = 0; count < 10; count += 1) await access('prometheus');
    assert.equal(asked.length, 2);
    clock.time += 60_001;
    await access('prometheus');
    assert.equal(asked.length, 4);
  });

  test('without a token, or with one that nobody has, costs no question', async () => {
    const { access, asked } = prepared();
    for (const token of [undefined, '', 'x'.repeat(10_000)]) assert.equal(await access(token), 'unauthenticated');
    assert.deepEqual(asked, []);
  });

  test('asks few questions at once, whatever number of strangers comes', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { access, asked } = prepared(() => held);
    const all = Array.from({ length: 1_000 }, (_, index) => access(`stranger-${index}`));
    await Promise.resolve();
    assert.equal(asked.length, 4);
    release();
    const answers = await Promise.all(all);
    assert.deepEqual([answers.filter((each) => each === 'busy').length, asked.length], [996, 4]);
  });

  test('remembers a bounded number of answers', async () => {
    const { access, asked } = prepared();
    await access('prometheus');
    for (let index = 0; index < 200; index += 1) await access(`stranger-${index}`);
    asked.length = 0;
    await access('stranger-199');
    assert.equal(asked.length, 0);
    await access('prometheus');
    assert.equal(asked.length, 2, 'the oldest was forgotten');
  });

  test('that cannot be asked about is not granted, and not remembered', async () => {
    let down = true;
    const { access } = prepared(async () => {
      if (down) throw new Error('no answer');
    });
    assert.equal(await access('prometheus'), 'unknown');
    down = false;
    assert.equal(await access('prometheus'), 'granted');
  });
});

function prepared(before: () => Promise<void> = async () => {}) {
  const asked: KubernetesObject[] = [];
  const clock: Clock & { time: number } = { time: 0, now: () => clock.time, after: () => () => {} };
  const access = metricsAccess(async (review) => {
    asked.push(review);
    await before();
    return { ...review, status: answered(review) };
  }, clock);
  return { access, asked, clock };
}

function answered({ kind, spec }: KubernetesObject): object {
  if (kind === 'SubjectAccessReview') return { allowed: fieldAt(spec, 'user') === 'prometheus' };
  const username = String(fieldAt(spec, 'token'));
  if (username !== 'prometheus' && username !== 'anna') return { authenticated: false };
  return { authenticated: true, user: { username, uid: '1', groups: ['system:authenticated'], extra: { a: ['b'] } } };
}
