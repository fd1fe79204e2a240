import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { figure, figures, median, ratio, turns } from './rounds.ts';

describe('turns', () => {
  test('each round begins with the next contender', () => {
    assert.deepEqual(turns(['raw', 'ours', 'kubectl'], 0), ['raw', 'ours', 'kubectl']);
    assert.deepEqual(turns(['raw', 'ours', 'kubectl'], 1), ['ours', 'kubectl', 'raw']);
    assert.deepEqual(turns(['raw', 'ours', 'kubectl'], 5), ['kubectl', 'raw', 'ours']);
    assert.deepEqual(turns([], 3), []);
  });

  test('each contender has one turn in each round, and each place once in as many rounds as there are contenders', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 8 }), fc.nat(50), (contenders, from) => {
        const rounds = contenders.map((_, index) => turns(contenders, from + index));
        for (const round of rounds) assert.deepEqual([...round].sort(), [...contenders].sort());
        for (const place of contenders.keys()) assert.equal(new Set(rounds.map((round) => round[place])).size, contenders.length);
      }),
    );
  });
});

describe('figures', () => {
  test('the median of an even number of values is the mean of the two in the middle', () => {
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([]), 0);
  });

  test('the median lies between the smallest and the largest value, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 1 }), (values) => {
        assert.equal(median(values), median([...values].reverse()));
        assert.ok(median(values) >= Math.min(...values) && median(values) <= Math.max(...values));
      }),
    );
  });

  test('three digits are enough', () => {
    assert.deepEqual(figure([0.123456, 12_345.6, 7]), { median: 7, min: 0.123, max: 12_346 });
  });

  test('a figure of nothing is refused', () => {
    assert.throws(() => figure([]), /nothing was measured/);
    assert.throws(() => ratio([], [1]), /nothing was measured/);
  });

  test('one figure for each number of a round', () => {
    assert.deepEqual(
      figures([
        { wallMs: 3, writes: 10 },
        { wallMs: 5, writes: 10 },
      ]),
      {
        wallMs: { median: 4, min: 3, max: 5 },
        writes: { median: 10, min: 10, max: 10 },
      },
    );
  });
});

describe('ratios', () => {
  test('compare within each round, so that a slow round does not distort them', () => {
    const raw = [1000, 100, 1000];
    const ours = [700, 70, 700];
    assert.deepEqual(ratio(ours, raw), { median: 0.7, min: 0.7, max: 0.7 });
  });
});
