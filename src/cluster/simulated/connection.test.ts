import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BookendError } from '../../errors.ts';
import { serviceAccountUser } from '../../objects/service-accounts.ts';
import { home, homeCluster, inHome, ref } from './testing/samples.ts';

const one = inHome('v1', 'ConfigMap', 'one');
const oneRef = ref('v1', 'ConfigMap', 'one');

async function cluster() {
  const simulated = await homeCluster();
  simulated.clearRequests();
  return simulated;
}

describe('requests', () => {
  test('are written down with their time, verb, object and user; writes are numbered', async () => {
    const { port, requests, clock } = await cluster();
    await port.create(one);
    await port.get(oneRef);
    await port.list({ apiVersion: 'v1', kind: 'Pod' });
    await port.patch(oneRef, { type: 'merge', value: { data: { a: '1' } } }, { dryRun: true });
    await port.as({ user: 'jane', groups: ['system:masters'] }).delete(oneRef);
    assert.deepEqual(
      requests.map(({ n, write, verb, user, ref: { kind, name } }) => [n, write, verb, user, kind, name]),
      [
        [1, 1, 'create', 'kubernetes-admin', 'ConfigMap', 'one'],
        [2, undefined, 'get', 'kubernetes-admin', 'ConfigMap', 'one'],
        [3, undefined, 'list', 'kubernetes-admin', 'Pod', undefined],
        [4, undefined, 'patch', 'kubernetes-admin', 'ConfigMap', 'one'],
        [5, 2, 'delete', 'jane', 'ConfigMap', 'one'],
      ],
    );
    assert.ok(requests.every(({ at }) => at === clock.now()));
  });
});

describe('a write', () => {
  test('can be made to fail before it happens', async () => {
    const { port, intercept } = await cluster();
    intercept.beforeWrite = (n) => {
      if (n === 2) throw new BookendError('throttled', 'too many requests', { status: 429 });
    };
    await port.create(one);
    await assert.rejects(port.delete(oneRef), { code: 'throttled' });
    assert.ok(await port.get(oneRef));
    assert.equal(await port.delete(oneRef), 'deleted');
  });

  test('can happen and its answer be lost', async () => {
    const { port, intercept } = await cluster();
    intercept.afterWrite = () => {
      throw new BookendError('unreachable', 'connection reset');
    };
    await assert.rejects(port.create(one), { code: 'unreachable' });
    assert.ok(await port.get(oneRef));
  });
});

describe('a process that is killed', () => {
  test('after its write gets no answer, writes no more, hears no more and has no timers', async () => {
    const simulated = await cluster();
    const { intercept, settle, cluster: other } = simulated;
    const process = simulated.connect();
    const heard: string[] = [];
    const watch = { apiVersion: 'v1', kind: 'ConfigMap', namespace: home };
    process.cluster.watch(watch, {
      replace: () => heard.push('replace'),
      changed: () => heard.push('changed'),
      removed: () => heard.push('removed'),
    });
    await settle();
    process.clock.after(500, () => heard.push('timer'));
    intercept.afterWrite = () => process.kill();
    let answered = false;
    const answer = () => {
      answered = true;
    };
    process.cluster.create(one).then(answer, answer);
    process.cluster.create({ ...one, metadata: { name: 'two', namespace: home } }).then(answer, answer);
    process.cluster.get(oneRef).then(answer, answer);
    process.clock.after(1, answer);
    await settle(10_000);
    assert.equal(process.killed, true);
    assert.equal(answered, false);
    assert.deepEqual(heard, ['replace']);
    assert.ok(await other.get(oneRef));
    assert.equal(await other.get(ref('v1', 'ConfigMap', 'two')), undefined);
  });

  test('takes nothing of other processes with it', async () => {
    const simulated = await cluster();
    simulated.connect().kill();
    const process = simulated.connect();
    await process.cluster.create(one);
    assert.ok(await process.cluster.as({ user: serviceAccountUser(home, 'x'), groups: ['system:masters'] }).get(oneRef));
  });
});
