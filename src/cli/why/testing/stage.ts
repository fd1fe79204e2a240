/** The cluster that the tests of `bookend why` ask about. */
import assert from 'node:assert/strict';
import type { KubernetesObject, ObjectRef } from '../../../objects/object.ts';
import { namespace } from '../../testing/manifests.ts';
import { simulatedTerminal } from '../../testing/simulated-terminal.ts';
import { whySchema } from '../schema.ts';

/** A terminal on a cluster with these objects, those named in `ending` asked to go. */
export async function stage(objects: KubernetesObject[], ending: ObjectRef[] = [], options: { propagation?: 'Foreground' } = {}) {
  const terminal = simulatedTerminal();
  const { cluster } = terminal.simulated;
  for (const name of ['ops', 'shop']) await cluster.create(namespace(name));
  await terminal.simulated.settle(2_000);
  for (const object of objects) {
    await cluster.create(object);
    if (object.kind === 'CustomResourceDefinition') await terminal.simulated.settle(2_000);
  }
  await terminal.simulated.settle(10_000);
  for (const ref of ending) await cluster.delete(ref, options);
  await terminal.simulated.settle(10_000);
  const json = async (...args: string[]) => {
    const { out, err, exitCode } = await terminal.run(['why', ...args, '-o', 'json']);
    assert.ok(out, err);
    return { exitCode, answer: whySchema.parse(JSON.parse(out)) };
  };
  return { ...terminal, cluster, json };
}
