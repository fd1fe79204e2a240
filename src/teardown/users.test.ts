/**
 * Pods of others that use objects of a teardown: those that are there at first, and those that come while it runs. On
 * the simulated cluster.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedCluster } from '../cluster/simulated/index.ts';
import { idOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import type { OnTimeout } from './policy.ts';
import { account, clusterRole, clusterRoleBinding, configMap, namespace, pod, secret, workload } from './testing/samples.ts';
import { takeDown } from './testing/take-down.ts';

const nodes = [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] }];
const me = account('agent');
const binding = clusterRoleBinding('agent');
const access = [me, clusterRole('agent', nodes), binding];
const slow = workload('DaemonSet', 'agent', {
  account: 'agent',
  preStopMs: 5_000,
  needs: 'patch nodes',
  configMaps: ['settings'],
});
const visitor = pod('visitor', { account: 'agent' });

function withUids({ steps }: Plan, { server }: SimulatedCluster): Plan {
  const uidOf = ({ apiVersion, kind, namespace: place, name }: ObjectRef) =>
    server.store.get(server.kind(apiVersion, kind).key, place, name)?.metadata.uid ?? '';
  return { steps: steps.map((step) => ({ ...step, ref: { ...step.ref, uid: uidOf(step.ref) } })) };
}

const writesOn = ({ requests }: SimulatedCluster, { metadata }: KubernetesObject) =>
  requests.filter(({ verb, ref }) => (verb === 'delete' || verb === 'patch') && ref.kind === 'Pod' && ref.name === metadata.name);

describe("somebody else's Pod", () => {
  test('that comes while the teardown runs is seen, named, and waited for until it has ended', async () => {
    const run = await takeDown([...access, configMap('settings'), slow]);
    await run.settle(1_000);
    const late = pod('late', { account: 'agent', configMaps: ['settings'] });
    await run.cluster.create(late);
    await run.settle(20_000);
    assert.equal(run.exists(slow), false);
    assert.ok([...access, configMap('settings')].every(run.exists), 'nothing that it uses is gone');
    assert.deepEqual(
      { state: run.state(configMap('settings'))?.state, blocker: run.blocker(configMap('settings')) },
      {
        state: 'Waiting',
        blocker:
          'Pod agents/late uses ConfigMap agents/settings (spec.volumes[0].configMap.name), and is not part of this teardown',
      },
    );
    assert.match(run.blocker(binding), /^Pod agents\/late uses ServiceAccount agents\/agent .*gives its rights/);
    await run.cluster.delete(refOf(late));
    await run.finished();
    assert.ok(![...access, configMap('settings')].some(run.exists));
    assert.deepEqual(writesOn(run, late).length, 1, 'only our own delete of the test');
  });

  test('is no step of the order, however many there are; the blocker counts them', async () => {
    const many = Array.from({ length: 30 }, (_, index) => pod(`visitor-${index}`, { account: 'agent' }));
    const run = await takeDown(access, { others: many });
    await run.settle(2_000);
    assert.deepEqual(
      run
        .plan()
        .steps.map(({ id }) => id)
        .sort(),
      access.map(idOf).sort(),
    );
    assert.match(run.blocker(binding), /\(and 29 more Pods\)$/);
    run.teardown.close();
  });

  test('that has ended for good uses nothing', async () => {
    const run = await takeDown([me], { others: [visitor] });
    await run.settle(2_000);
    assert.ok(run.exists(me));
    const { server } = run;
    const living = server.store.get('pods', 'agents', 'visitor');
    assert.ok(living);
    server.updateStatus(server.kind('v1', 'Pod'), living, { phase: 'Succeeded' });
    await run.finished();
    assert.equal(run.exists(me), false);
    assert.equal(run.exists(visitor), true);
  });

  for (const onTimeout of ['Stop', 'Continue', 'Force'] as OnTimeout[]) {
    test(`that stays: past the time ${onTimeout} ${onTimeout === 'Stop' ? 'still waits and is blocked' : 'goes on, says so, and never touches it'}`, async () => {
      const run = await takeDown(access, { others: [visitor], policy: { timeoutMs: 10_000, onTimeout } });
      await run.settle(8_000);
      assert.ok(access.every(run.exists));
      await run.settle(6_000);
      if (onTimeout === 'Stop') {
        assert.equal(run.state(binding)?.state, 'Blocked');
        assert.ok(access.every(run.exists));
        run.teardown.close();
      } else {
        assert.equal(run.isDone(), true, 'one Pod has its time once, not for each object that it uses');
        assert.ok(!access.some(run.exists));
        assert.ok([...run.inSpiteOf].some((note) => note.startsWith('Pod agents/visitor uses ServiceAccount agents/agent')));
      }
      assert.equal(run.exists(visitor), true);
      assert.deepEqual(writesOn(run, visitor), []);
      assert.deepEqual(run.forced, []);
    });
  }

  test('made anew again and again does not hold Continue up without end', async () => {
    const run = await takeDown([me], {
      others: [pod('rolling-0', { account: 'agent' })],
      policy: { timeoutMs: 10_000, onTimeout: 'Continue' },
    });
    for (let round = 1; round <= 3; round++) {
      await run.settle(4_000);
      await run.cluster.create(pod(`rolling-${round}`, { account: 'agent' })).catch(() => undefined);
      await run.cluster.delete(refOf(pod(`rolling-${round - 1}`)));
    }
    await run.finished(10_000);
    assert.equal(run.exists(me), false);
  });

  test('that an order of an earlier version has as a step of its own is waited for as before, and once', async () => {
    const plan: Plan = {
      steps: [
        { id: idOf(visitor), ref: refOf(visitor), mode: 'await', reason: 'uses ServiceAccount agents/agent', after: [] },
        { id: idOf(me), ref: refOf(me), mode: 'delete', after: [idOf(visitor)] },
      ],
    };
    const run = await takeDown([me], {
      others: [visitor],
      planned: (simulated) => withUids(plan, simulated),
      policy: { timeoutMs: 10_000, onTimeout: 'Continue' },
    });
    await run.settle(5_000);
    assert.equal(run.exists(me), true);
    assert.equal(run.blocker(me), 'waits for Pod agents/visitor');
    await run.finished(8_000);
    assert.equal(run.state(visitor)?.state, 'Passed');
    assert.equal(run.exists(me), false);
    assert.deepEqual(writesOn(run, visitor), []);
  });

  test('that names nothing of ours, or the same name in another namespace, is not waited for', async () => {
    const elsewhere = pod('elsewhere', { account: 'agent' }, { namespace: 'other' });
    const others = [namespace('other'), account('agent', { namespace: 'other' }), elsewhere, pod('bystander')];
    const run = await takeDown([me, secret('x')], { others });
    await run.finished(5_000);
    assert.equal(run.exists(me), false);
  });
});
