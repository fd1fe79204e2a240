/**
 * The life of a certificate, step by step: nothing is served that is not trusted, and trust ends after service,
 * never before.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decide, type Step, type TrustState } from './decide.ts';
import type { Held } from './stored.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const held = (authority: string, from: number, until: number): Held => ({
  authority,
  certificate: `${authority}-leaf`,
  key: 'key',
  from,
  until,
});
const first = held('first', 0, 90 * day);
const second = held('second', 60 * day, 150 * day);
const step = (now: number, stored: TrustState['stored'], trusted: string[] | undefined, nextTrustedSince?: number): Step =>
  decide({ stored, trusted: trusted && new Set(trusted), nextTrustedSince }, now);

describe('The next step of the certificates', () => {
  test('is to make one where there is none', () => {
    assert.deepEqual(step(0, {}, []), { do: 'issue' });
    assert.deepEqual(step(0, {}, undefined), { do: 'issue' });
  });

  test('is to have it trusted, also when somebody took the trust away', () => {
    assert.deepEqual(step(0, { current: first }, []), { do: 'trust', authorities: ['first'] });
    assert.deepEqual(step(50 * day, { current: first }, ['foreign']), { do: 'trust', authorities: ['first'] });
  });

  test('is nothing for two thirds of its time', () => {
    assert.deepEqual(step(day, { current: first }, ['first']), { do: 'wait', until: 60 * day });
  });

  test('is nothing while there is no configuration that could trust', () => {
    assert.deepEqual(step(day, { current: first }, undefined), { do: 'wait', until: 60 * day });
  });

  test('is then to make the next, and to have both trusted', () => {
    assert.deepEqual(step(60 * day, { current: first }, ['first']), { do: 'prepare' });
    assert.deepEqual(step(60 * day, { current: first, next: second }, ['first']), {
      do: 'trust',
      authorities: ['first', 'second'],
    });
  });

  test('is to serve the next only when every API server has had the time to hear of it', () => {
    const seen = 60 * day + minute;
    assert.deepEqual(step(seen, { current: first, next: second }, ['first', 'second'], seen), {
      do: 'wait',
      until: seen + 10 * minute,
    });
    assert.deepEqual(step(seen + 10 * minute, { current: first, next: second }, ['first', 'second'], seen), { do: 'promote' });
  });

  test('does not wait longer than half of what is left of the present one', () => {
    const seen = 90 * day - 4 * minute;
    assert.deepEqual(step(seen, { current: first, next: second }, ['first', 'second'], seen), {
      do: 'wait',
      until: seen + 2 * minute,
    });
  });

  test('trusts what was served before as long as it lasts: a replica may not have heard yet', () => {
    const stored = { current: second, previous: 'first' };
    assert.deepEqual(step(61 * day, stored, ['first', 'second']), { do: 'wait', until: 120 * day });
    assert.deepEqual(step(91 * day, { current: second }, ['first', 'second']), { do: 'trust', authorities: ['second'] });
  });

  test('is to serve the next at once when the present one is of no use any more', () => {
    assert.deepEqual(step(91 * day, { next: second }, ['first', 'second'], 60 * day), { do: 'promote' });
  });

  test('is not to replace a certificate that is not yet valid by our clock: the clock may be wrong', () => {
    assert.deepEqual(step(-day, { current: first }, ['first']), { do: 'wait', until: 60 * day });
  });
});
