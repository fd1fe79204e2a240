/** What an uninstall asks of the API server, counted: the same on any machine. On the simulated cluster. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Request } from '../../cluster/simulated/index.ts';
import { configMap, namespace } from '../testing/manifests.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import { agentChart, installed, space } from './testing/installed.ts';

/** The order, the status of the release, its history, and the end of what Bookend has kept. */
const constant = 8;
const count = 200;
const objects = Array.from({ length: count }, (_, index) => configMap(space, `c-${index}`));

/** A Lease is renewed by time, whatever is deleted. */
const isRenewal = ({ verb, ref }: Request) => ref.kind === 'Lease' && verb === 'patch';

function assertOneWriteAnObject(requests: readonly Request[], deleted: number): void {
  const writes = requests.filter((each) => each.write !== undefined && !isRenewal(each));
  const words = writes.filter(({ ref }) => !ref.name?.startsWith('c-')).map(({ verb, ref }) => `${verb} ${ref.kind}/${ref.name}`);
  assert.ok(writes.length >= deleted && writes.length <= deleted + constant, `${writes.length} writes: ${words.join(', ')}`);
}

describe(`an uninstall of ${count} small objects and an agent writes once for each, and little more`, () => {
  test('as a release', async () => {
    const { uninstall, simulated } = await installed({ chart: [...agentChart(), ...objects] });
    simulated.clearRequests();
    const { exitCode, err } = await uninstall(['--yes']);
    assert.equal(exitCode, 0, err);
    assertOneWriteAnObject(ofBookend(simulated.requests), count + agentChart().length);
  });

  test('as files, and as a namespace', async () => {
    const all = [...agentChart(), ...objects];
    for (const args of [
      ['-f', '-'],
      ['--namespace-delete', space],
    ]) {
      const { simulated, run } = simulatedTerminal();
      for (const object of [namespace(space), ...all]) await simulated.cluster.create(object);
      await simulated.settle(3_000);
      simulated.clearRequests();
      const input = all.map((object) => `---\n${JSON.stringify(object)}\n`).join('');
      const { exitCode, err } = await run(['uninstall', ...args, '--yes'], { input });
      assert.equal(exitCode, 0, err);
      assertOneWriteAnObject(ofBookend(simulated.requests), all.length);
    }
  });
});

/** Controllers and kubelets of the simulated cluster write too. */
function ofBookend(requests: readonly Request[]): Request[] {
  const asker = requests.find(({ ref }) => ref.kind === 'Lease' && ref.name?.startsWith('bookend.uninstall'))?.user;
  return requests.filter(({ user }) => user === asker);
}
