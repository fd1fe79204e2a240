import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { packPositions, unpackPositions } from './positions.ts';

describe('positions in a list', () => {
  for (const [positions, text] of [
    [[], ''],
    [[7], '7'],
    [[0, 1, 2, 5, 4], '0-2,5,4'],
    [[3, 3], '3,3'],
  ] as const) {
    test(`${JSON.stringify(positions)} are written as "${text}" and read back`, () => {
      assert.equal(packPositions(positions), text);
      assert.deepEqual(unpackPositions(text, 10), positions);
    });
  }

  for (const text of ['10', '0-10', '5-3', '-1', '1,', 'a', '1 2', '0-9,0-9', '0-99999999999', '0-999999999']) {
    test(`"${text}" is none in a list of ten`, () => {
      assert.equal(unpackPositions(text, 10), undefined);
    });
  }
});
