import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { coversAddress } from './address-range.ts';

describe('a range of addresses', () => {
  test('holds what begins with the same bits, in both families', () => {
    assert.ok(coversAddress('10.97.0.0/24', '10.97.0.7'));
    assert.ok(coversAddress('10.97.0.128/25', '10.97.0.200'));
    assert.ok(coversAddress('2001:db8::/112', '2001:db8::7'));
    assert.ok(coversAddress('fd00:10:96::/108', 'fd00:10:96:0:0:0:f:1'));
  });

  test('holds nothing else', () => {
    assert.ok(!coversAddress('10.97.0.128/25', '10.97.0.7'));
    assert.ok(!coversAddress('10.97.0.0/24', '2001:db8::7'));
    assert.ok(!coversAddress('2001:db8::/112', '2001:db8:1::7'));
    assert.ok(!coversAddress('web', '10.97.0.7'));
    assert.ok(!coversAddress('10.97.0.0/24', 'web'));
  });
});
