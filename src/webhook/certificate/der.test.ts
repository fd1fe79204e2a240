/** DER as X.690 and RFC 5280 write it, byte for byte. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  boolean,
  explicit,
  implicit,
  namedBits,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  unsignedInteger,
  utf8String,
} from './der.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const text = (bytes: Uint8Array) => Buffer.from(bytes.subarray(2)).toString();

describe('DER', () => {
  test('writes lengths in one byte up to 127, and in as few as needed after that', () => {
    assert.equal(hex(octetString(new Uint8Array(127))).slice(0, 4), '047f');
    assert.equal(hex(octetString(new Uint8Array(128))).slice(0, 6), '048180');
    assert.equal(hex(octetString(new Uint8Array(256))).slice(0, 8), '04820100');
  });

  test('writes numbers as short as they are, and never negative', () => {
    assert.equal(hex(unsignedInteger(Uint8Array.of(0, 0, 1))), '020101');
    assert.equal(hex(unsignedInteger(Uint8Array.of(0x80))), '02020080');
    assert.equal(hex(unsignedInteger(Uint8Array.of(0))), '020100');
  });

  test('writes object identifiers', () => {
    assert.equal(hex(objectIdentifier('2.5.29.17')), '0603551d11');
    assert.equal(hex(objectIdentifier('1.2.840.10045.4.3.2')), '06082a8648ce3d040302');
  });

  test('writes named bits without zeros at the end', () => {
    assert.equal(hex(namedBits(0)), '03020780');
    assert.equal(hex(namedBits(5, 6)), '03020106');
    assert.equal(hex(namedBits(8)), '0303070080');
  });

  test('writes years up to 2049 with two digits and later ones with four', () => {
    const [utc, generalized] = [time(Date.UTC(2049, 11, 31, 23, 59, 59)), time(Date.UTC(2050, 0, 1))];
    assert.deepEqual([utc[0], text(utc)], [0x17, '491231235959Z']);
    assert.deepEqual([generalized[0], text(generalized)], [0x18, '20500101000000Z']);
  });

  test('puts elements into each other', () => {
    assert.equal(hex(sequence(boolean(true), setOf(utf8String('a')))), '30080101ff31030c0161');
    assert.equal(hex(explicit(3, boolean(false))), 'a303010100');
    assert.equal(hex(implicit(2, Uint8Array.of(0x61))), '820161');
  });
});
