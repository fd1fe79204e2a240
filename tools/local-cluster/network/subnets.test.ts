import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { freeSubnet, subnet } from './subnets.ts';

describe('the subnets of local clusters', () => {
  test('the first cluster of a machine with an ordinary network gets the first subnet', () => {
    assert.equal(freeSubnet(['default', '192.0.2.0/24', 'fd00::/64']).range, '10.200.0.0/16');
  });

  test('a subnet that another cluster has is not given twice', () => {
    assert.equal(freeSubnet([subnet(200).range, subnet(201).range]).number, 202);
  });

  test('a single address inside a subnet, or a wider network around it, is a clash', () => {
    assert.equal(freeSubnet(['10.200.7.7']).number, 201);
    assert.equal(freeSubnet(['10.200.0.0/14']).number, 204);
  });

  test('the default route is no clash', () => {
    assert.equal(freeSubnet(['0.0.0.0/0']).number, 200);
  });

  test('when everything is taken the error says so', () => {
    assert.throws(() => freeSubnet(['10.0.0.0/8']), { code: 'unsupported' });
  });

  test('any number of clusters, one after the other, never share an address', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (count) => {
        const given: string[] = [];
        for (let index = 0; index < count; index++) given.push(freeSubnet(given).range);
        assert.equal(new Set(given).size, count);
      }),
    );
  });

  test('the interface name fits into the 15 characters that Linux allows', () => {
    assert.ok(subnet(250).hostInterface.length <= 15);
  });
});
