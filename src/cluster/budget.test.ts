import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Budget } from './budget.ts';
import { VirtualClock } from './simulated/clock.ts';

/** Work that ends when it is told to, and what is under way. */
function bench(limit: number) {
  const clock = new VirtualClock(0);
  const budget = new Budget(clock, limit);
  const running = new Map<string, () => void>();
  const start = (name: string, size: number) =>
    budget.use(size, () => new Promise<void>((resolve) => running.set(name, resolve))).then(() => running.delete(name));
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { clock, start, end: (name: string) => running.get(name)?.(), names: () => [...running.keys()], turn };
}

describe('a budget', () => {
  test('lets work in as long as it fits, in the order in which it came', async () => {
    const { start, end, names, turn } = bench(10);
    for (const [name, size] of [
      ['a', 6],
      ['b', 6],
      ['c', 1],
    ] as const)
      void start(name, size);
    await turn();
    assert.deepEqual(names(), ['a'], 'c does not overtake b');
    end('a');
    await turn();
    assert.deepEqual(names(), ['b', 'c']);
  });

  test('runs alone what is larger than all of it', async () => {
    const { start, end, names, turn } = bench(10);
    void start('large', 99);
    void start('small', 1);
    await turn();
    assert.deepEqual(names(), ['large']);
    end('large');
    await turn();
    assert.deepEqual(names(), ['small']);
  });

  test('does not wait for what is slow, up to twice its limit', async () => {
    const { clock, start, names, turn } = bench(10);
    for (const name of ['a', 'b', 'c']) void start(name, 10);
    await turn();
    assert.deepEqual(names(), ['a']);
    await clock.advance(3_000);
    await turn();
    assert.deepEqual(names(), ['a', 'b']);
    await clock.advance(3_000);
    await turn();
    assert.deepEqual(names(), ['a', 'b'], 'both slow ones fill twice the limit');
  });

  test('is free again after work that failed', async () => {
    const budget = new Budget(new VirtualClock(0), 1);
    await assert.rejects(budget.use(1, () => Promise.reject(new Error('no'))));
    assert.equal(await budget.use(1, async () => 'yes'), 'yes');
  });
});
