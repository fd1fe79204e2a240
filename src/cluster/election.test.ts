import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt } from '../objects/fields.ts';
import { silentLog } from '../operator/log.ts';
import { Election } from './election.ts';
import { makeSimulatedCluster } from './simulated/index.ts';

const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name: 'bookend' };

function setUp() {
  const simulated = makeSimulatedCluster();
  const leading = new Set<string>();
  let most = 0;
  const candidate = (identity: string) => {
    const connection = simulated.connect();
    const election = new Election({
      cluster: connection.cluster,
      clock: connection.clock,
      namespace: 'default',
      name: 'bookend',
      identity,
      log: silentLog,
      onLead: () => {
        leading.add(identity);
        most = Math.max(most, leading.size);
      },
      onLose: () => leading.delete(identity),
    });
    return { connection, election };
  };
  return { simulated, leading, candidate, most: () => most };
}

describe('of several replicas', () => {
  test('exactly one leads', async () => {
    const { simulated, leading, candidate, most } = setUp();
    for (const name of ['a', 'b', 'c']) candidate(name);
    await simulated.settle(60_000);
    assert.equal(leading.size, 1);
    assert.equal(most(), 1);
  });

  test('the next takes over at once when the leader hands its lease back', async () => {
    const { simulated, leading, candidate, most } = setUp();
    const first = candidate('a');
    await simulated.settle(1_000);
    candidate('b');
    await simulated.settle(5_000);
    assert.deepEqual([...leading], ['a']);
    await first.election.close();
    await simulated.settle(3_000);
    assert.deepEqual([...leading], ['b']);
    assert.equal(most(), 1);
  });

  test('a lease that its leader removes is gone, and is not made again by a renewal on its way', async () => {
    const { simulated, leading, candidate } = setUp();
    const { election } = candidate('a');
    await simulated.settle(5_000);
    await election.remove();
    assert.deepEqual([...leading], []);
    await simulated.settle(5_000);
    assert.equal(await simulated.cluster.get(lease), undefined);
  });

  test('a lease that somebody else has taken stays when its former leader removes it', async () => {
    const { simulated, candidate } = setUp();
    const { election } = candidate('a');
    await simulated.settle(1_000);
    await simulated.cluster.patch(lease, { type: 'merge', value: { spec: { holderIdentity: 'b' } } });
    await election.remove();
    const left = await simulated.cluster.get(lease);
    assert.deepEqual(fieldAt(left?.spec, 'holderIdentity'), 'b');
  });

  test('the next takes over when the leader has been silent for the time of the lease, not before', async () => {
    const { simulated, leading, candidate } = setUp();
    const first = candidate('a');
    await simulated.settle(1_000);
    candidate('b');
    await simulated.settle(5_000);
    first.connection.kill();
    leading.delete('a');
    await simulated.settle(10_000);
    assert.deepEqual([...leading], []);
    await simulated.settle(15_000);
    assert.deepEqual([...leading], ['b']);
  });

  test('a leader that cannot renew stops before anybody else may begin', async () => {
    const { simulated, leading, candidate, most } = setUp();
    const first = candidate('a');
    await simulated.settle(1_000);
    simulated.intercept.beforeWrite = (_, request) => {
      if (request.ref.kind === 'Lease') throw new Error('no connection');
    };
    await simulated.settle(14_000);
    assert.equal(leading.size, 0);
    assert.equal(first.election.leading, false);
    assert.equal(most(), 1);
  });
});
