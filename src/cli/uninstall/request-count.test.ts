/** What an uninstall asks of the API server, counted: the same on any machine. On the simulated cluster. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Request } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { configMap, namespace, roleWithBinding } from '../testing/manifests.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import { agentChart, installed, space } from './testing/installed.ts';

/** Writes: the order, the status of the release, its history, and the end of what Bookend has kept. */
const constant = 8;
/** Reads: every kind before and after for the receipt, what surrounds the objects, and the looks. */
const constantReads = 330;
/** So many of each of three kinds, and twice as many. */
const few = 70;
const forms = ['a release', 'files', 'a namespace'] as const;

type Form = (typeof forms)[number];
type Counts = { objects: number; reads: number };

describe('an uninstall of many small objects and an agent', () => {
  for (const form of forms) {
    test(`as ${form} writes once for each, and reads no more where there are more`, async () => {
      const some = await countsOf(form, few);
      const more = await countsOf(form, 2 * few);
      assert.ok(some.reads <= constantReads, `${some.reads} reads of ${some.objects} objects`);
      assert.ok(more.reads <= some.reads + 0.05 * (more.objects - some.objects), `${some.reads} reads, then ${more.reads}`);
    });
  }
});

async function countsOf(form: Form, each: number): Promise<Counts> {
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
  const names = Array.from({ length: each }, (_, index) => `c-${index}`);
  const small = names.flatMap((name) => [configMap(space, name), ...roleWithBinding(space, name, rules)]);
  const objects = [...agentChart(), ...small];
  const requests = ofBookend(await (form === 'a release' ? uninstallRelease(objects) : uninstallApplied(form, objects)));
  assertOneWriteAnObject(requests, objects.length);
  return { objects: objects.length, reads: requests.filter(({ write }) => write === undefined).length };
}

async function uninstallRelease(chart: readonly KubernetesObject[]): Promise<readonly Request[]> {
  const { uninstall, simulated } = await installed({ chart });
  simulated.clearRequests();
  const { exitCode, err } = await uninstall(['--yes']);
  assert.equal(exitCode, 0, err);
  return simulated.requests;
}

async function uninstallApplied(form: Form, objects: readonly KubernetesObject[]): Promise<readonly Request[]> {
  const { simulated, run } = simulatedTerminal();
  for (const object of [namespace(space), ...objects]) await simulated.cluster.create(object);
  await simulated.settle(3_000);
  simulated.clearRequests();
  const input = objects.map((object) => `---\n${JSON.stringify(object)}\n`).join('');
  const args = form === 'files' ? ['-f', '-'] : ['--namespace-delete', space];
  const { exitCode, err } = await run(['uninstall', ...args, '--yes'], { input });
  assert.equal(exitCode, 0, err);
  return simulated.requests;
}

/** A Lease is renewed by time, whatever is deleted. */
const isRenewal = ({ verb, ref }: Request) => ref.kind === 'Lease' && verb === 'patch';

function assertOneWriteAnObject(requests: readonly Request[], deleted: number): void {
  const writes = requests.filter((each) => each.write !== undefined && !isRenewal(each));
  const words = writes.filter(({ ref }) => !ref.name?.startsWith('c-')).map(({ verb, ref }) => `${verb} ${ref.kind}/${ref.name}`);
  assert.ok(writes.length >= deleted && writes.length <= deleted + constant, `${writes.length} writes: ${words.join(', ')}`);
}

/** Controllers and kubelets of the simulated cluster write too. */
function ofBookend(requests: readonly Request[]): Request[] {
  const asker = requests.find(({ ref }) => ref.kind === 'Lease' && ref.name?.startsWith('bookend.uninstall'))?.user;
  return requests.filter(({ user }) => user === asker);
}
