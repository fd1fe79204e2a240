import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decide, retryMs } from './decide.ts';
import type { Finding } from './finding.ts';
import { poolsOf } from './pools.ts';
import { facts } from './testing/nodes.ts';

const minute = 60_000;
const now = Date.UTC(2026, 0, 1);
const nodes = ['2.2.0', '2.2.1', '2.3.0', '2.4.0', '2.5.0', '2.6.0'].map((version, index) =>
  facts(`n${index}`, { runtime: `containerd://${version}` }),
);
const pools = poolsOf(nodes);
const seen = (findings: [number, Partial<Finding>][] = [], running: number[] = []) => ({
  version: 'v1.37.2',
  pools,
  findings: new Map(
    findings.map(([index, finding]) => {
      const { key = '', description = '' } = pools[index] ?? {};
      return [key, { pool: description, outcome: 'works' as const, message: '', at: now, tries: 0, ...finding }];
    }),
  ),
  running: new Set(running.map((index) => pools[index]?.key ?? '')),
});
const all = [0, 1, 2, 3, 4, 5];
const works = (...indexes: number[]) => indexes.map((index): [number, Partial<Finding>] => [index, {}]);
const chosen = (...args: Parameters<typeof seen>) =>
  decide(seen(...args), now).probe.map(({ key }) => pools.findIndex((pool) => pool.key === key));

describe('What to try next', () => {
  test('is every pool that was not tried yet, four at a time', () => {
    assert.deepEqual(chosen(), [0, 1, 2, 3]);
    assert.deepEqual(chosen([], [0, 1]), [2, 3]);
    assert.deepEqual(chosen(works(0, 1, 2, 3)), [4, 5]);
  });

  test('is nothing that works, ever', () => {
    const { probe, until } = decide(seen(works(...all)), now + 1e12);
    assert.deepEqual([probe, until], [[], undefined]);
  });

  test('is what did not work, after a wait that grows to six hours', () => {
    const failed = (at: number, tries: number): [number, Partial<Finding>][] => [
      ...works(1, 2, 3, 4, 5),
      [0, { outcome: 'fails', at, tries }],
    ];
    assert.deepEqual(chosen(failed(now - minute, 1)), [0]);
    assert.deepEqual(chosen(failed(now - minute, 2)), []);
    assert.equal(decide(seen(failed(now - minute, 2)), now).until, now + minute);
    const minutes = [1, 2, 3, 4, 100].map((tries) => retryMs(tries) / minute);
    assert.deepEqual(minutes, [1, 2, 4, 8, 360]);
  });

  test('is not where the versions say no, nor where no node is ready', () => {
    const of = (options: Parameters<typeof facts>[1], version = 'v1.37.2') =>
      decide({ ...seen(), version, pools: poolsOf([facts('n', options)]) }, now);
    assert.equal(of({}).probe.length, 1);
    assert.equal(of({ cordoned: true }).probe.length, 1);
    for (const none of [
      of({ ready: false }),
      of({ runtime: 'containerd://2.1.0' }),
      of({ kubelet: 'v1.34.0' }),
      of({}, 'v1.34.0'),
      of({ os: 'windows' }),
    ]) {
      assert.deepEqual([none.probe, none.until], [[], undefined]);
    }
  });

  test('forgets the oldest pools that are gone when there are many, never those that are there', () => {
    const gone = Array.from({ length: 70 }, (_, index): [string, Finding] => [
      `gone-${index}`,
      { pool: 'gone', outcome: 'works', message: '', at: now - index, tries: 0 },
    ]);
    const from = seen(works(...all));
    const { forget } = decide({ ...from, findings: new Map([...from.findings, ...gone]) }, now);
    const expected = Array.from({ length: 12 }, (_, index) => `gone-${58 + index}`);
    assert.deepEqual(forget.toSorted(), expected);
    assert.deepEqual(decide({ ...from, findings: new Map([...from.findings, ...gone.slice(0, 50)]) }, now).forget, []);
  });
});
