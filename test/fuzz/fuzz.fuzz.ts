/**
 * What others may hand to us is answered or refused in bounded time and memory: a minute of it. `SEED=…` repeats a
 * run; `npm run fuzz` goes on for longer.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fuzz } from './fuzz.ts';
import { targets } from './targets/all.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const secondsInAll = 60;

describe('Whatever is read', () => {
  for (const { name, title } of targets.values()) {
    test(`is answered or refused: ${title}`, async (context) => {
      const { inputs, failure } = await fuzz(name, seed, (secondsInAll / targets.size) * 1_000);
      context.diagnostic(`${inputs} inputs, SEED=${seed}`);
      if (failure !== undefined) assert.fail(failure);
      assert.ok(inputs > 10, `${inputs} inputs`);
    });
  }
});
