import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt } from '../../../objects/fields.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import type { SimulatedCluster } from '../index.ts';
import { access, createAll, home, homeCluster, inHome, pod, ref } from '../testing/samples.ts';

const one = ref('v1', 'Pod', 'one');
const exactly = { scheduleMs: 5, kubeletDelayMs: 5, startMs: 100, readyMs: 50, stopMs: 100, runMs: 500 };

const cluster = (...objects: KubernetesObject[]) => homeCluster({ times: exactly }, ...objects);

/** What happened to Pod `one`, with the milliseconds since the first of it. */
function timeline({ log }: SimulatedCluster, from: string): string[] {
  const own = log.filter(({ ref: { kind, name } }) => kind === 'Pod' && name === 'one');
  const first = own.findIndex(({ what }) => what === from);
  return own.slice(first).map(({ at, what }) => `${at - (own[first]?.at ?? 0)} ${what}`);
}

async function warnings({ cluster: port }: SimulatedCluster): Promise<string[]> {
  const { items } = await port.list({ apiVersion: 'v1', kind: 'Event', namespace: home });
  return items.map((event) => `${event.reason} ${fieldAt(event, 'involvedObject', 'name')}: ${event.message}`);
}

const withHook = (annotations: Record<string, string>, more: Record<string, unknown> = {}) =>
  pod('one', { account: 'agent', annotations, ...more });
const hook = (ms: number, needs = 'patch nodes') => ({
  'simulated.bookend.dev/pre-stop-ms': String(ms),
  'simulated.bookend.dev/pre-stop-needs': needs,
});
const grants = access('agent', [['patch'], ['nodes']]);

describe('the life of a Pod', () => {
  test('scheduled, running, ready, stopping, stopped, gone, each in its time', async () => {
    const { simulated, port, settle } = await cluster(pod('one'));
    const running = await port.get(one);
    assert.equal(fieldAt(running?.status, 'phase'), 'Running');
    assert.equal(fieldAt(running?.spec, 'nodeName'), 'node-1');
    await port.delete(one);
    await settle();
    assert.deepEqual(timeline(simulated, 'created').slice(0, 4), ['0 created', '5 scheduled', '105 running', '155 ready']);
    assert.deepEqual(timeline(simulated, 'terminating'), ['0 terminating', '5 stopping', '105 stopped', '115 gone']);
  });

  test('goes to the emptiest node that it selects and whose taints it tolerates', async () => {
    const { port, settle } = await homeCluster({ nodes: ['a', 'b', 'c'] });
    const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', name });
    await port.patch(node('a'), { type: 'merge', value: { spec: { taints: [{ key: 'special', effect: 'NoSchedule' }] } } });
    await port.patch(node('b'), { type: 'merge', value: { spec: { unschedulable: true } } });
    await port.create(pod('plain'));
    await port.create(
      pod('tolerant', {
        spec: { nodeSelector: { 'kubernetes.io/hostname': 'a' }, tolerations: [{ key: 'special', operator: 'Exists' }] },
      }),
    );
    await port.create(pod('nowhere', { spec: { nodeSelector: { disk: 'fast' } } }));
    await settle();
    const place = async (name: string) => fieldAt((await port.get(ref('v1', 'Pod', name)))?.spec, 'nodeName');
    assert.deepEqual([await place('plain'), await place('tolerant'), await place('nowhere')], ['c', 'a', undefined]);
    await port.patch(node('b'), {
      type: 'merge',
      value: { metadata: { labels: { disk: 'fast' } }, spec: { unschedulable: null } },
    });
    await settle();
    assert.equal(await place('nowhere'), 'b');
  });

  test('does not begin before what it mounts is there', async () => {
    const { simulated, port, settle } = await cluster(
      pod('one', { spec: { volumes: [{ name: 'v', configMap: { name: 'settings' } }] } }),
    );
    assert.equal(fieldAt((await port.get(one))?.status, 'phase'), 'Pending');
    assert.deepEqual(await warnings(simulated), ['FailedMount one: configmap "settings" not found']);
    await port.create(inHome('v1', 'ConfigMap', 'settings'));
    await settle();
    assert.equal(fieldAt((await port.get(one))?.status, 'phase'), 'Running');
  });

  test('is refused while its account or priority class is missing', async () => {
    const { port } = await cluster();
    const words = /error looking up service account home\/nobody: serviceaccount "nobody" not found/;
    await assert.rejects(port.create(pod('one', { account: 'nobody' })), words);
    const attempt = port.create(pod('one', { spec: { priorityClassName: 'high' } }));
    await assert.rejects(attempt, /no PriorityClass with name high was found/);
  });

  test('a finalizer keeps the object, not the containers', async () => {
    const { simulated, port, settle } = await cluster({
      ...pod('one'),
      metadata: { name: 'one', namespace: home, finalizers: ['example.com/hold'] },
    });
    await port.delete(one);
    await settle(60_000);
    const held = await port.get(one);
    assert.equal(fieldAt(held?.status, 'phase'), 'Succeeded');
    assert.equal(held?.metadata.deletionGracePeriodSeconds, 0);
    assert.ok(simulated.life.when('stopped', 'Pod/home/one' as never));
    await port.patch(one, { type: 'merge', value: { metadata: { finalizers: null } } });
    assert.equal(await port.get(one), undefined);
  });
});

describe('preStop', () => {
  test('takes its time and succeeds while the account has the right', async () => {
    const { simulated, port, settle } = await cluster(...grants, withHook(hook(2_000)));
    await port.delete(one);
    await settle(10_000);
    assert.deepEqual(timeline(simulated, 'stopping'), ['0 stopping', '2000 pre-stop-succeeded', '2100 stopped', '2110 gone']);
    assert.deepEqual(await warnings(simulated), []);
  });

  test('fails when the right has gone in the meantime, visible only as an event that does not say why', async () => {
    for (const kind of ['ClusterRole', 'ClusterRoleBinding']) {
      const { simulated, port, settle } = await cluster(...grants, withHook(hook(2_000)));
      await port.delete(one);
      await settle();
      await port.delete({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, name: 'agent' });
      await settle(10_000);
      assert.deepEqual(await warnings(simulated), ['FailedPreStopHook one: PreStopHook failed']);
      assert.match(simulated.log.find(({ what }) => what === 'pre-stop-failed')?.message ?? '', /cannot patch resource "nodes"/);
    }
  });

  test('fails at once when the ServiceAccount is really gone, and when it was made anew', async () => {
    for (const again of [false, true]) {
      const { simulated, port, settle } = await cluster(...grants, withHook(hook(2_000)));
      await port.delete(one);
      await port.delete(ref('v1', 'ServiceAccount', 'agent'));
      if (again) await port.create(inHome('v1', 'ServiceAccount', 'agent'));
      await settle(10_000);
      const found = simulated.log.find(({ what }) => what === 'pre-stop-failed')?.message ?? '';
      assert.match(found, /^Unauthorized: .*serviceaccount "agent"/);
    }
  });

  test('a finalizer on the ServiceAccount keeps its tokens good for 60 s, no longer', async () => {
    for (const [hookMs, outcome] of [
      [55_000, 'pre-stop-succeeded'],
      [65_000, 'pre-stop-failed'],
    ] as const) {
      const { simulated, port, settle } = await cluster();
      await createAll(simulated, ...grants, withHook(hook(hookMs), { spec: { terminationGracePeriodSeconds: 300 } }));
      const account = ref('v1', 'ServiceAccount', 'agent');
      await port.patch(account, { type: 'merge', value: { metadata: { finalizers: ['example.com/hold'] } } });
      await settle();
      await port.delete(one);
      await port.delete(account);
      await settle(200_000);
      const isLogged = simulated.log.some(({ what }) => what === outcome);
      assert.ok(isLogged, `${hookMs} ms: ${outcome}`);
    }
  });

  test("a Pod's own token lives for its grace and 60 s more", async () => {
    const { simulated, port, settle } = await cluster(...grants, withHook(hook(29_000)));
    await port.delete(one);
    await settle(60_000);
    assert.ok(simulated.log.some(({ what }) => what === 'pre-stop-succeeded'));
  });

  test('one that takes longer than the grace period is cut off, the containers have 2 s more, and an event tells of it', async () => {
    const { simulated, port, settle } = await cluster();
    const slow = { ...hook(20_000), 'simulated.bookend.dev/stop-ms': '60000' };
    await createAll(simulated, ...grants, withHook(slow, { spec: { terminationGracePeriodSeconds: 5 } }));
    await settle();
    await port.delete(one);
    await settle(60_000);
    assert.deepEqual(timeline(simulated, 'stopping'), [
      '0 stopping',
      '5000 pre-stop-failed',
      '7000 killed',
      '7000 stopped',
      '7010 gone',
    ]);
    assert.deepEqual(await warnings(simulated), ['FailedPreStopHook one: PreStopHook failed']);
  });

  test('goes on when the grace period is shortened: the node has been told how long to wait', async () => {
    const { simulated, port, settle } = await cluster(...grants, withHook(hook(20_000)));
    await port.delete(one);
    await settle(3_000);
    await port.delete(one, { gracePeriodSeconds: 5 });
    await settle(60_000);
    const told = timeline(simulated, 'stopping');
    assert.deepEqual(told, ['0 stopping', '20000 pre-stop-succeeded', '20100 stopped', '20110 gone']);
  });

  test('a sleep action needs no annotation', async () => {
    const { simulated, port, settle } = await cluster();
    const lifecycle = { preStop: { sleep: { seconds: 3 } } };
    await port.create(pod('one', { spec: { containers: [{ name: 'app', image: 'example/app', lifecycle }] } }));
    await settle();
    await port.delete(one);
    await settle(10_000);
    assert.equal(timeline(simulated, 'stopping')[1], '3000 pre-stop-succeeded');
  });
});
