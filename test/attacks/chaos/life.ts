/**
 * One life of a ClusterOperator with two layers, whose Pods need their account to their very end, beside things of
 * others; and what must hold at its end, whatever happened in between: the order was kept, every Pod could use the API
 * until it had stopped, nothing of others was touched, nothing is left, and never did two operators act at the same
 * time.
 */
import assert from 'node:assert/strict';
import { refOf } from '../../../src/objects/identity.ts';
import type { ClusterOperatorSpec } from '../../../src/resource/cluster-operator.ts';
import { until } from '../../../tools/lab/observe.ts';
import { snapshot } from '../../../tools/lab/residue.ts';
import { configMap } from '../../e2e/objects.ts';
import { bringUp, deleteResource, podsOf, untilStopping } from '../../e2e/support.ts';
import { leftNothing, twoLayersOf, wentInOrder } from '../../e2e/two-layers.ts';
import { Witness } from '../../e2e/witness.ts';
import { interleavedWriters } from '../audit.ts';
import { type Attacked, assertUntouched, idlePod, phaseOf, platformOperator } from '../support.ts';

export type Life = {
  name: string;
  /** Waits for its end and asserts everything. */
  end(): Promise<void>;
};

export type LifeOptions = {
  /** How long each layer's preStop hook works. */
  stopSeconds?: number;
  teardown?: ClusterOperatorSpec['teardown'];
  /** After everything is ready, before the deletion. */
  prepare?(name: string): Promise<void>;
};

/** Installs it, starts its teardown, and returns while the first layer's Pod is stopping. */
export async function dyingOne(
  attacked: Attacked,
  name: string,
  { stopSeconds = 6, teardown, prepare }: LifeOptions = {},
): Promise<Life> {
  const { cluster, namespace } = attacked;
  const before = await snapshot(cluster);
  const began = new Date();
  const idle = await cluster.create(idlePod(`${name}-stranger`, namespace, { app: `${name}-front` }));
  const strangers = [idle, await cluster.create(configMap(`${name}-theirs`, {}, namespace))];
  await until('the stranger to run', async () => phaseOf(await cluster.get(refOf(idle))) === 'Running');
  const layers = twoLayersOf(name, namespace, { stopSeconds, graceSeconds: 120 });
  const resource = platformOperator(name, namespace, layers, teardown ? { teardown } : {});
  const witness = await Witness.of(cluster, await bringUp(attacked, resource));
  await prepare?.(name);
  const pods = [...(await podsOf(attacked, name)), ...(await podsOf(attacked, `${name}-front`))]
    .filter((pod) => phaseOf(pod) === 'Running' && pod.metadata.name !== `${name}-stranger`)
    .map((pod) => pod.metadata.name);
  await deleteResource(attacked, name);
  await untilStopping(attacked, `${name}-front`);

  const run = { witness, before, pods };
  const end = async () => {
    await wentInOrder(attacked, name, run);
    for (const stranger of strangers) await assertUntouched(attacked, stranger);
    for (const stranger of strangers) await cluster.delete(refOf(stranger), { gracePeriodSeconds: 0 });
    await until('the strangers to be gone', async () =>
      (await Promise.all(strangers.map((each) => cluster.get(refOf(each))))).every((each) => each === undefined),
    );
    await leftNothing(attacked, name, run);
    assert.deepEqual(interleavedWriters(attacked.lab, began), [], 'never did two operators act at the same time');
  };
  return { name, end };
}
