import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { SimulationOptions } from './index.ts';
import { access, createAll, home, homeCluster, inHome, workload } from './testing/samples.ts';

/** A layer as in a real chart: account, rights, settings and a Deployment that needs them to the end. */
function layer(name: string): KubernetesObject[] {
  const annotations = { 'simulated.bookend.dev/pre-stop-ms': '1000', 'simulated.bookend.dev/pre-stop-needs': 'patch nodes' };
  const volumes = [{ name: 'settings', configMap: { name } }];
  return [
    ...access(name, [['patch'], ['nodes']]),
    inHome('v1', 'ConfigMap', name, { data: { a: '1' } }),
    workload('Deployment', name, { account: name, annotations, spec: { volumes } }),
  ];
}

/** Installs `count` layers and deletes all Deployments first, then the rest; gives the whole story. */
async function run(options: SimulationOptions, count: number): Promise<string[]> {
  const simulated = await homeCluster(options);
  const objects = Array.from({ length: count }, (_, index) => layer(`layer-${index}`)).flat();
  await createAll(simulated, ...objects);
  await simulated.settle(5_000);
  const isDeployment = ({ kind }: KubernetesObject) => kind === 'Deployment';
  for (const object of objects.filter(isDeployment)) await simulated.cluster.delete(refOf(object), { propagation: 'Foreground' });
  await simulated.until(() => simulated.server.store.all('deployments.apps').length === 0);
  for (const object of objects.filter((object) => !isDeployment(object))) await simulated.cluster.delete(refOf(object));
  await simulated.settle();
  assert.equal(simulated.server.store.all('pods', home).length, 0);
  return simulated.log.map(({ at, what, id, ref: { uid } }) => `${at} ${what} ${id} ${uid}`);
}

describe('a simulated cluster', () => {
  test('gives the same run for the same seed, to the millisecond and the UID, and another for another', async () => {
    const options = { seed: 7, shuffleTimers: true };
    const first = await run(options, 4);
    assert.deepEqual(await run(options, 4), first);
    assert.notDeepEqual(await run({ ...options, seed: 8 }, 4), first);
  });

  test('has succeeded in every preStop hook when workloads went before what they need', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const events = await run({ seed, shuffleTimers: true, nodes: 3 }, 4);
      assert.equal(events.filter((event) => event.includes(' pre-stop-succeeded ')).length, 4);
      assert.equal(events.filter((event) => event.includes(' pre-stop-failed ')).length, 0);
    }
  });

  test('plays the install and uninstall of 1,000 objects in about a second of computing', async () => {
    const before = process.cpuUsage();
    await run({ nodes: 3 }, 200);
    const { user, system } = process.cpuUsage(before);
    // Measured at 0.5 s; the bound leaves room for slow machines and still catches anything quadratic.
    assert.ok(user + system < 4_000_000, `${(user + system) / 1_000_000} s`);
  });
});
