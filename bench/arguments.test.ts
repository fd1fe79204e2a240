import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from './arguments.ts';

const known = {
  fast: { unnamed: 'always' },
  slow: { unnamed: 'unless-quick' },
  huge: { unnamed: 'never' },
} as const;

test('without names all run that a run is meant to have', () => {
  assert.deepEqual(parseArguments(['--json'], known).names, ['fast', 'slow']);
  assert.deepEqual(parseArguments(['--json', '--quick'], known).names, ['fast']);
});

test('with names exactly these run', () => {
  const { names, quick, rounds } = parseArguments(['huge', 'slow', '--quick', '--rounds', '7'], known);
  assert.deepEqual({ names, quick, rounds }, { names: ['huge', 'slow'], quick: true, rounds: 7 });
});

test('contenders are named with commas between them', () => {
  assert.deepEqual(parseArguments(['--contenders', 'operator, bookend delete'], known).contenders, [
    'operator',
    'bookend delete',
  ]);
  assert.equal(parseArguments([], known).contenders, undefined);
});

test('an unknown name is refused with those that exist', () => {
  assert.throws(() => parseArguments(['toString'], known), /there is no benchmark "toString"; there are: fast, slow, huge/);
});

test('a number of rounds that measures nothing is refused', () => {
  for (const rounds of ['0', 'many', '-1', '1.5']) assert.throws(() => parseArguments([`--rounds=${rounds}`], known), /--rounds/);
});
