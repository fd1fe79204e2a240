import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { factsOf, pruneNode } from './node.ts';
import { poolKey, poolsOf } from './pools.ts';
import { facts, node } from './testing/nodes.ts';

describe('Pools of nodes', () => {
  test('are what is alike in runtime, kubelet, system and architecture, whatever the labels and taints', () => {
    const pools = poolsOf([
      facts('b', { labels: { x: '1' }, taints: [{ key: 'k', effect: 'NoSchedule' }] }),
      facts('old', { runtime: 'containerd://1.7.2' }),
      facts('a', { cordoned: true, ready: false }),
      facts('older', { kubelet: 'v1.35.1' }),
    ]);
    const nodes = pools.map(({ nodes }) => nodes.map(({ name }) => name));
    assert.deepEqual(nodes, [['old'], ['older'], ['a', 'b']]);
    assert.equal(pools[2]?.description, 'containerd 2.2.0, kubelet v1.37.2, linux/amd64, Some Linux');
  });

  test('have a key that a label and a ConfigMap take, whatever the versions are called', () => {
    for (const runtime of [
      'containerd://2.2.0-rc.1+very.long.build.metadata.that.goes.on.and.on.and.on',
      'cri-o://1.33.1',
      '',
      '://',
      'containerd://2.2~ü',
    ]) {
      const key = poolKey(facts('n', { runtime }));
      assert.ok(key.length <= 63, key);
      assert.match(key, /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/);
    }
    assert.match(poolKey(facts('n')), /^containerd-2\.2\.0\.v1\.37\.2\.linux-amd64\.[a-z0-9]{7}$/);
  });

  test('are told apart by what is not in the readable part too', () => {
    const other = node('n');
    Object.assign((other.status as { nodeInfo: object }).nodeInfo, { osImage: 'Another Linux' });
    assert.notEqual(poolKey(factsOf(other)), poolKey(facts('n')));
  });

  test('are the same when a node is kept without what is not read', () => {
    const full = {
      ...node('n', { cordoned: true }),
      status: { ...(node('n').status as object), images: [{ names: ['a'] }], addresses: [] },
    };
    assert.deepEqual(factsOf(pruneNode(full)), factsOf(full));
    assert.equal(JSON.stringify(pruneNode(full)).includes('images'), false);
  });
});
