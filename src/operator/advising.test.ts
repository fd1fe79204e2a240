import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster } from '../cluster/port.ts';
import { makeSimulatedCluster, serviceAccount } from '../cluster/simulated/index.ts';
import { BookendError, isCode } from '../errors.ts';
import { advising } from './advising.ts';

const command = '"bookend rights clusteroperators.bookend.dev/one" prints all the permissions that it needs';
const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'x' };

describe('a refusal for want of a right', () => {
  test('names the command that prints all rights, behind the words of the API server', async () => {
    const { cluster } = makeSimulatedCluster().connect(serviceAccount('default', 'weak'));
    const actor = advising(cluster, 'one');
    for (const ask of [actor.get(ref), actor.list(ref), actor.delete(ref), actor.create({ ...ref, metadata: ref })]) {
      await assert.rejects(ask, (error) => {
        assert.ok(isCode(error, 'forbidden'));
        assert.match(error.message, /^secrets .*User "system:serviceaccount:default:weak" cannot \w+ resource "secrets"/);
        assert.ok(error.message.endsWith(`; ${command}`), error.message);
        assert.equal(error.details.status, 403);
        return true;
      });
    }
  });

  test('names it for a watch too', async () => {
    const simulated = makeSimulatedCluster();
    const { cluster } = simulated.connect(serviceAccount('default', 'weak'));
    const troubles: string[] = [];
    const nothing = () => undefined;
    advising(cluster, 'one').watch(ref, {
      ...{ replace: nothing, changed: nothing, removed: nothing },
      trouble: (error) => troubles.push(error?.message ?? ''),
    });
    await simulated.settle();
    assert.ok(troubles[0]?.endsWith(command), troubles.join());
  });

  test('does not name it where no right would help: quotas, policies, other errors', async () => {
    const denials = [
      new BookendError('forbidden', 'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'),
      new BookendError('forbidden', "ValidatingAdmissionPolicy 'no' with binding 'no' denied request: no"),
      new BookendError('unreachable', 'User "x" cannot get resource "secrets"'),
    ];
    for (const denial of denials) {
      const cluster: Cluster = { ...makeSimulatedCluster().cluster, get: () => Promise.reject(denial) };
      await assert.rejects(advising(cluster, 'one').get(ref), (error) => error === denial);
    }
  });
});
