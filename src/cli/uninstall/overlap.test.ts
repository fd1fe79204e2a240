/** Uninstalls of files that name some of the same objects, at the same time. On the simulated cluster. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceAccount } from '../../cluster/simulated/index.ts';
import { idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { announcementOf, placesOf } from '../../uninstall/ordered/overlap.ts';
import { recordOfFiles } from '../../uninstall/ordered/record.ts';
import { account, configMap, namespace, roleWithBinding } from '../testing/manifests.ts';
import { type RunOptions, simulatedTerminal } from '../testing/simulated-terminal.ts';
import { agentChart, space } from './testing/installed.ts';

const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
const yaml = (objects: readonly KubernetesObject[]) => objects.map((object) => `---\n${JSON.stringify(object)}\n`).join('');

async function applied(...objects: readonly KubernetesObject[]) {
  const terminal = simulatedTerminal();
  const { simulated } = terminal;
  for (const name of [space, 'db']) await simulated.cluster.create(namespace(name));
  for (const object of objects) await simulated.cluster.create(object);
  await simulated.settle(3_000);
  const uninstall = (given: readonly KubernetesObject[], options: RunOptions = {}, args: string[] = []) =>
    terminal.run(['uninstall', '-f', '-', '--yes', ...args], { input: yaml(given), namespace: space, ...options });
  const left = () =>
    simulated.server.kinds
      .listable()
      .flatMap((kind): string[] => simulated.server.store.all(kind.key).map(idOf))
      .filter((id) => objects.some((object) => idOf(object) === id) || id.includes('bookend.uninstall'));
  return { ...terminal, uninstall, left };
}

const settings = configMap(space, 'settings');
const others = configMap(space, 'others');
const data = configMap('db', 'data');

/** As a process announces itself that deletes these, and was killed unless somebody renews it. */
function leaseOf(objects: readonly KubernetesObject[], holderIdentity: string): KubernetesObject {
  const record = recordOfFiles(objects, space);
  const [place] = placesOf(record);
  const time = '2020-01-01T00:00:00.000000Z';
  return {
    ...lease,
    metadata: { name: record.name, namespace: space, ...(place && announcementOf(place)) },
    spec: { holderIdentity, acquireTime: time, renewTime: time, leaseDurationSeconds: 1_000_000, leaseTransitions: 0 },
  };
}

describe('uninstalls of files with some of the same objects', () => {
  test('do not run side by side: the second names who runs, since when and on what, and works when the first is over', async () => {
    const { uninstall, simulated, left } = await applied(...agentChart(), settings, others);
    const first = uninstall([...agentChart(), settings]);
    const second = uninstall([settings, others]);
    const [one, two] = await Promise.all([first, second]);
    const [won, lost] = one.exitCode === 0 ? [one, two] : [two, one];
    assert.deepEqual([won.exitCode, lost.exitCode], [0, 5], won.err + lost.err);
    assert.match(
      lost.err,
      /Error: \S+@.* \(process \d+, \w+\) has been uninstalling some of these objects since \S+Z: ConfigMap shop\/settings \(conflict\)/,
    );
    assert.ok(!simulated.log.some(({ what }) => what === 'pre-stop-failed'));
    await uninstall([...agentChart(), settings, others]);
    assert.deepEqual(left(), []);
  });

  test('find each other by the namespace of the objects where their records are in different ones', async () => {
    const { uninstall, left } = await applied(...agentChart(), data);
    const [one, two] = await Promise.all([uninstall(agentChart()), uninstall([...agentChart(), data], { namespace: 'default' })]);
    assert.deepEqual([one.exitCode, two.exitCode].sort(), [0, 5], one.err + two.err);
    await uninstall([...agentChart(), data], {}, ['--ignore-not-found']);
    assert.deepEqual(left(), []);
  });

  test('of the same objects find each other wherever their records are', async () => {
    const { uninstall, left, simulated } = await applied(...agentChart());
    const both = await Promise.all([uninstall(agentChart()), uninstall(agentChart(), { namespace: 'default' })]);
    const [first, second] = both.sort(
      (one, other) =>
        Number(/Nothing was deleted|conflict/.test(one.err)) - Number(/Nothing was deleted|conflict/.test(other.err)),
    );
    assert.equal(first?.exitCode, 0, first?.err);
    // Which of the two waits for the other is decided by their names: it is refused, or comes when all is gone.
    assert.match(second?.err ?? '', /waiting: .* was uninstalling [\s\S]*Nothing was deleted|has been uninstalling/);
    const deleted = simulated.log.filter(({ what, id }) => what === 'gone' && id === 'DaemonSet.apps/shop/agent');
    assert.equal(deleted.length, 1);
    assert.deepEqual(left(), []);
  });

  test('that have none in common run side by side', async () => {
    const { uninstall, left } = await applied(...agentChart(), settings);
    const [one, two] = await Promise.all([uninstall(agentChart()), uninstall([settings])]);
    assert.deepEqual([one.exitCode, two.exitCode], [0, 0], one.err + two.err);
    assert.deepEqual(left(), []);
  });
});

describe('the Lease of another uninstall', () => {
  test('that nobody renews holds nothing up for longer than it lasts, whatever it says, and is named', async () => {
    const { uninstall, simulated, left } = await applied(settings, others);
    await simulated.cluster.create(leaseOf([settings, others], 'jane@laptop'));
    const { exitCode, err, ms } = await uninstall([settings]);
    assert.equal(exitCode, 0, err);
    assert.ok(ms >= 10_000 && ms < 25_000, `${ms} ms`);
    assert.match(err, /jane@laptop was uninstalling ConfigMap shop\/settings/);
    const [command = ''] =
      /kubectl delete lease\/(bookend\.uninstall-files\.\w{16}) secret\/\1 -n shop --ignore-not-found/.exec(err) ?? [];
    assert.ok(command, err);
    assert.ok(left().includes('ConfigMap/shop/others'));
    const again = await uninstall([settings, others]);
    assert.equal(again.exitCode, 0, again.err);
    assert.deepEqual(left(), []);
  });

  test('in a namespace counts for the objects of that namespace alone, unless the record is there too', async () => {
    const { uninstall, simulated, left } = await applied(settings, data);
    const forged = leaseOf([settings], 'tenant');
    // Somebody who may write in namespace db claims an object of namespace shop, and renews the claim.
    const ref = { ...lease, namespace: 'db', name: 'bookend.uninstall-files.0123456789abcdef' };
    const metadata = { ...forged.metadata, name: ref.name, namespace: ref.namespace };
    await simulated.cluster.create({ ...forged, metadata });
    const renew = (count: number): void => {
      const value = { spec: { renewTime: new Date(simulated.clock.now()).toISOString() } };
      void simulated.cluster.patch(ref, { type: 'merge', value });
      if (count > 0) simulated.clock.after(1_000, () => renew(count - 1));
    };
    renew(60);
    const { exitCode, err, ms } = await uninstall([settings, data]);
    assert.equal(exitCode, 0, err);
    assert.ok(ms < 10_000, `${ms} ms`);
    assert.deepEqual(left(), [`Lease.coordination.k8s.io/db/${ref.name}`]);
  });

  test('is not needed in other namespaces where the permission is missing: that is said', async () => {
    const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const some = [{ apiGroups: ['', 'apps', 'batch'], resources: ['*'], verbs: ['*'] }];
    const grants = [
      account(space, 'jane'),
      ...roleWithBinding(space, 'jane', everything),
      ...roleWithBinding('db', 'jane', some).map((object) =>
        object.kind === 'RoleBinding'
          ? { ...object, subjects: [{ kind: 'ServiceAccount', name: 'jane', namespace: space }] }
          : object,
      ),
    ];
    const { uninstall, simulated } = await applied(settings, data);
    for (const object of grants) await simulated.cluster.create(object);
    const { exitCode, err } = await uninstall([settings, data], { user: serviceAccount(space, 'jane') });
    assert.ok(exitCode === 0 || exitCode === 10, err);
    assert.match(err, /whether another uninstall of files deletes the same objects in namespace db is not known: /);
    assert.equal(await simulated.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'db', name: 'data' }), undefined);
  });
});
