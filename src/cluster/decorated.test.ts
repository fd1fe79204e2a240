import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decorated } from './decorated.ts';
import type { Cluster } from './port.ts';

class Counting {
  readonly #answers = ['deleted', 'absent'];
  name = 'counting';

  async delete(): Promise<string> {
    return this.#answers.shift() ?? '';
  }
}

test('Methods that are not given reach the cluster itself, private fields and all', async () => {
  const cluster = new Counting() as unknown as Cluster;
  const other = decorated(cluster, { close: async () => undefined });
  assert.equal(await other.delete({ apiVersion: 'v1', kind: 'Pod', name: 'one' }), 'deleted');
  assert.equal((other as unknown as Counting).name, 'counting');
});

test('A method that is given takes the place of the own one, and may call it', async () => {
  const cluster = new Counting() as unknown as Cluster;
  const seen: string[] = [];
  const other = decorated(cluster, {
    delete: (ref) => {
      seen.push(ref.name);
      return cluster.delete(ref);
    },
  });
  assert.equal(await other.delete({ apiVersion: 'v1', kind: 'Pod', name: 'one' }), 'deleted');
  assert.deepEqual(seen, ['one']);
});
