/**
 * How many answers of the API server an uninstall waits for, one after the other, before its first DELETE and after the
 * last object is gone. On the virtual clock each takes as long as the others, so the time is their number.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { configMap, namespace } from '../testing/manifests.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import { installed, space } from './testing/installed.ts';

const answerMs = 100;
const slowness = { readMs: answerMs, writeMs: answerMs };
const objects = [configMap(space, 'first'), configMap(space, 'second')];

describe('an uninstall waits for few answers', () => {
  test('as a release', async () => {
    const { uninstall, simulated } = await installed({ chart: objects });
    simulated.clearRequests();
    const begun = simulated.clock.now();
    const { exitCode, err } = await uninstall(['--yes'], { slowness });
    assert.equal(exitCode, 0, err);
    assertFew(simulated, begun, { before: 20, after: 10 });
  });

  test('as files', async () => {
    const { simulated, run } = await applied();
    const begun = simulated.clock.now();
    const input = objects.map((object) => `---\n${JSON.stringify(object)}\n`).join('');
    const { exitCode, err } = await run(['uninstall', '-f', '-', '--yes'], { input, slowness });
    assert.equal(exitCode, 0, err);
    assertFew(simulated, begun, { before: 16, after: 8 });
  });

  test('as a namespace', async () => {
    const { simulated, run } = await applied();
    const begun = simulated.clock.now();
    const { exitCode, err } = await run(['uninstall', '--namespace-delete', space, '--yes'], { slowness });
    assert.equal(exitCode, 0, err);
    assertFew(simulated, begun, { before: 22, after: 7 });
  });
});

async function applied() {
  const terminal = simulatedTerminal();
  const { simulated } = terminal;
  for (const object of [namespace(space), ...objects]) await simulated.cluster.create(object);
  await simulated.settle(3_000);
  simulated.clearRequests();
  return terminal;
}

function assertFew({ requests, clock }: SimulatedCluster, begun: number, most: { before: number; after: number }): void {
  const kinds = new Set(['ConfigMap', 'Namespace']);
  const deleted = requests.flatMap(({ verb, ref, at }) => (verb === 'delete' && kinds.has(ref.kind) ? at : []));
  // A request arrives when its wait is over: a DELETE has waited for itself, too.
  const before = Math.floor((Math.min(...deleted) - begun) / answerMs) - 1;
  const after = Math.floor((clock.now() - Math.max(...deleted)) / answerMs);
  assert.ok(before <= most.before, `${before} answers before the first DELETE`);
  assert.ok(after <= most.after, `${after} answers after the last object`);
}
