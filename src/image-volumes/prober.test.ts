/**
 * Finding out on a simulated cluster: one Pod for each pool, whatever happens to the leader, the ConfigMap and the
 * nodes.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster, type SimulatedCluster, type SimulationOptions } from '../cluster/simulated/index.ts';
import { BookendError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Finding, findingsName, readFindings } from './finding.ts';
import { Knowledge } from './knowledge.ts';
import { probeLabel } from './probe-pod.ts';
import { Prober } from './prober.ts';
import { node } from './testing/nodes.ts';

const minute = 60_000;
const namespace = 'bookend-system';
const probeNamespace = 'bookend-system-probes';
const probeQuery = { apiVersion: 'v1', kind: 'Pod', namespace: probeNamespace, labelSelector: probeLabel };
const configMapRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: findingsName };

describe('The prober', () => {
  test('tries each pool once, writes down what it found, and leaves no Pod', async () => {
    const simulated = await prepared(['one', 'two']);
    await simulated.cluster.create(node('other', { runtime: 'cri-o://1.33.0' }));
    const replica = start(simulated);
    await simulated.settle(10_000);
    assert.deepEqual(await outcomes(simulated), ['works', 'works']);
    assert.equal(created(simulated), 2);
    assert.equal(await probes(simulated), 0);
    assert.deepEqual(replica.knowledge.imageVolumes({}), { known: true });
    const told = replica.said.filter((line) => line.startsWith('info'));
    assert.deepEqual(told, Array(2).fill('info image volumes work on the nodes of a pool'));
    await simulated.settle(30 * 24 * 60 * minute);
    assert.equal(created(simulated), 2, 'and never again');
    simulated.clearRequests();
    const value = { metadata: { labels: { a: 'b' } } };
    await simulated.cluster.patch({ apiVersion: 'v1', kind: 'Node', name: 'one' }, { type: 'merge', value });
    await simulated.settle(10 * minute);
    const requests = simulated.requests.filter(({ ref }) => ref.kind !== 'Node').map(({ verb, ref }) => `${verb} ${ref.kind}`);
    assert.deepEqual(requests, [], 'nothing is asked when there is nothing to do');
  });

  test('tells every replica, also one that does not lead and one that starts later', async () => {
    const simulated = await prepared();
    const [leader, follower] = [start(simulated), start(simulated, { leads: false })];
    await simulated.settle(10_000);
    assert.deepEqual(follower.knowledge.imageVolumes({}), { known: true });
    leader.connection.kill();
    const next = start(simulated);
    await simulated.settle(10_000);
    assert.deepEqual(next.knowledge.imageVolumes({}), { known: true });
    assert.equal(created(simulated), 1);
  });

  test('tries again what did not work, more and more rarely, and a new leader keeps to that', async () => {
    const simulated = await prepared();
    let code = 9;
    ending(simulated, () => code);
    let replica = start(simulated);
    await simulated.settle(10_000);
    assert.deepEqual(await outcomes(simulated), ['fails']);
    assert.match(JSON.stringify(replica.knowledge.imageVolumes({})), /the whole image in place of a directory/);
    await simulated.settle(minute);
    assert.equal(created(simulated), 2);
    replica.connection.kill();
    replica = start(simulated);
    await simulated.settle(minute);
    assert.equal(created(simulated), 2, 'two minutes are not over');
    await simulated.settle(60 * minute);
    assert.equal(created(simulated), 6, 'after 1, 2, 4, 8, 16 minutes');
    code = 0;
    await simulated.settle(60 * minute);
    assert.deepEqual(await outcomes(simulated), ['works']);
    assert.equal((await stored(simulated))[0]?.tries, 0);
  });

  test('tries nodes of another kind when they come, and those that are upgraded', async () => {
    const simulated = await prepared();
    start(simulated);
    await simulated.settle(10_000);
    await simulated.cluster.create(node('new', { runtime: 'containerd://2.3.0' }));
    await simulated.settle(10_000);
    assert.equal(created(simulated), 2);
    const upgraded = node('new', { runtime: 'containerd://2.3.0', kubelet: 'v1.38.0' }).status as Record<string, unknown>;
    const ref = { apiVersion: 'v1', kind: 'Node', name: 'new' };
    await simulated.cluster.patch(ref, { type: 'merge', value: { status: upgraded } }, { subresource: 'status' });
    await simulated.settle(10_000);
    assert.equal(created(simulated), 3);
    assert.deepEqual(await outcomes(simulated), ['works', 'works', 'works']);
  });

  test('tries anew when somebody empties the ConfigMap', async () => {
    const simulated = await prepared();
    start(simulated);
    await simulated.settle(10_000);
    await simulated.cluster.patch(configMapRef, { type: 'merge', value: { data: null } });
    await simulated.settle(10_000);
    assert.equal(created(simulated), 2);
    assert.deepEqual(await outcomes(simulated), ['works']);
  });

  test('waits no longer than two minutes for a Pod that gets nowhere, and says what it was waiting for', async () => {
    const simulated = await prepared([], { times: { startMs: 3_600_000 } });
    await simulated.cluster.create(node('slow'));
    const replica = start(simulated);
    await simulated.settle(110_000);
    assert.equal(await probes(simulated), 1);
    assert.ok(replica.prober.awaits(replica.knowledge.pools()));
    await simulated.settle(20_000);
    assert.equal(await probes(simulated), 0);
    const [finding] = await stored(simulated);
    assert.equal(finding?.outcome, 'unclear');
    assert.match(finding?.message ?? '', /^its Pod did not come to an end in time: /);
    assert.ok(!replica.prober.awaits(replica.knowledge.pools()), 'nobody waits for a second trial');
  });

  test('takes its Pod away when it does not lead any more, and what a process that died has left', async () => {
    const simulated = await prepared([], { times: { startMs: 3_600_000 } });
    await simulated.cluster.create(node('slow'));
    const first = start(simulated);
    await simulated.settle(5_000);
    assert.equal(await probes(simulated), 1);
    first.prober.stop();
    await simulated.settle(5_000);
    assert.equal(await probes(simulated), 0);
    const second = start(simulated);
    await simulated.settle(5_000);
    second.connection.kill();
    assert.equal(await probes(simulated), 1, 'nobody is there to take it away');
    const third = start(simulated);
    await simulated.settle(5_000);
    assert.ok(third.said.some((line) => line.includes('probes of an earlier process were left and are gone')));
    assert.equal(await probes(simulated), 1, 'its own');
    third.prober.stop();
    await simulated.settle(5_000);
    assert.equal(await probes(simulated), 0);
    assert.deepEqual(await stored(simulated), [], 'what was broken off found nothing out');
  });

  test('counts on what it found even where it cannot write it down, says so, and writes it when it can', async () => {
    const simulated = await prepared();
    await simulated.cluster.delete(configMapRef);
    const replica = start(simulated);
    await simulated.settle(30_000);
    assert.deepEqual(replica.knowledge.imageVolumes({}), { known: true });
    const isSaid = replica.said.some((line) => line.startsWith('warn image volumes cannot be tried at present'));
    assert.ok(isSaid, replica.said.join('\n'));
    assert.equal(created(simulated), 1);
    await simulated.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: findingsName, namespace } });
    await simulated.settle(2 * minute);
    assert.deepEqual(await outcomes(simulated), ['works']);
    assert.equal(created(simulated), 1);
  });

  test('takes a refusal for what it is: of image volumes, or of the Pod', async () => {
    for (const [code, outcome, says] of [
      ['invalid', 'fails', /^the API server refuses them: spec\.volumes\[0\]/],
      ['forbidden', 'unclear', /^exceeded quota/],
    ] as const) {
      const simulated = await prepared();
      simulated.intercept.beforeWrite = (_, { verb, ref }) => {
        const message = code === 'invalid' ? 'spec.volumes[0]: must specify a volume type' : 'exceeded quota';
        if (verb === 'create' && ref.kind === 'Pod') throw new BookendError(code, message);
      };
      start(simulated);
      await simulated.settle(10_000);
      const [finding] = await stored(simulated);
      assert.equal(finding?.outcome, outcome);
      assert.match(finding?.message ?? '', says);
    }
  });

  test('comes through any write that fails, or whose process dies, with every pool tried and no Pod left', async () => {
    for (let point = 1; point <= 6; point += 1) {
      for (const fault of ['fails', 'dies before', 'dies after'] as const) {
        const simulated = await prepared();
        await simulated.cluster.create(node('other', { runtime: 'cri-o://1.33.0' }));
        let replica = start(simulated);
        simulated.clearRequests();
        const strike = (at: typeof fault) => (n: number) => {
          if (n !== point || fault !== at) return;
          if (fault === 'fails') throw new BookendError('unreachable', 'broken');
          replica.connection.kill();
        };
        simulated.intercept.beforeWrite = (n) => [strike('fails'), strike('dies before')].forEach((each) => void each(n));
        simulated.intercept.afterWrite = strike('dies after');
        await simulated.settle(10_000);
        if (replica.connection.killed) replica = start(simulated);
        await simulated.settle(10 * minute);
        assert.deepEqual(await outcomes(simulated), ['works', 'works'], `write ${point} ${fault}`);
        assert.equal(await probes(simulated), 0, `write ${point} ${fault}`);
      }
    }
  });
});

/** What the chart brings, and nodes. */
async function prepared(nodes: readonly string[] = ['one'], options: SimulationOptions = {}): Promise<SimulatedCluster> {
  const simulated = makeSimulatedCluster({ nodes: [], ...options });
  for (const name of [namespace, probeNamespace])
    await simulated.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await simulated.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: findingsName, namespace } });
  for (const name of nodes) await simulated.cluster.create(node(name));
  await simulated.settle(1_000);
  return simulated;
}

/** A replica of the operator, as far as image volumes are concerned. */
function start(simulated: SimulatedCluster, { leads = true } = {}) {
  const connection = simulated.connect();
  const { cluster, clock } = connection;
  const said: string[] = [];
  const tell = (level: string) => (_: object, message: string) => void said.push(`${level} ${message}`);
  const log: Log = { debug: () => {}, info: tell('info'), warn: tell('warn'), error: tell('error') };
  const knowledge = new Knowledge({ cluster, clock, log, namespace });
  const settings = { seedImage: 'registry.example/seed:1' };
  const prober = new Prober({ cluster, clock, log, knowledge, namespace, probeNamespace, settings });
  if (leads) prober.start();
  return { connection, knowledge, prober, said };
}

/** Has every probe end with a code. */
function ending(simulated: SimulatedCluster, code: () => number): void {
  const changed = ({ metadata: { name, annotations } }: { metadata: { name: string; annotations?: Record<string, string> } }) => {
    if (annotations) return;
    const value = { metadata: { annotations: { 'simulated.bookend.dev/exit-code': String(code()) } } };
    void simulated.cluster
      .patch({ apiVersion: 'v1', kind: 'Pod', namespace: probeNamespace, name }, { type: 'merge', value })
      .catch(() => {});
  };
  simulated.cluster.watch(probeQuery, { replace: (pods) => pods.forEach(changed), changed, removed: () => {} });
}

async function stored(simulated: SimulatedCluster): Promise<Finding[]> {
  return [...readFindings(await simulated.cluster.get(configMapRef)).values()];
}

async function outcomes(simulated: SimulatedCluster): Promise<string[]> {
  return (await stored(simulated)).map(({ outcome }) => outcome);
}

/** How many probes were ever made. */
function created(simulated: SimulatedCluster): number {
  return simulated.requests.filter(({ verb, ref }) => verb === 'create' && ref.kind === 'Pod').length;
}

/** How many there are. */
async function probes(simulated: SimulatedCluster): Promise<number> {
  const { items } = await simulated.cluster.list(probeQuery);
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
}
