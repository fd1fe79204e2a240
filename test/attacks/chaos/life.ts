/**
 * One life of a ClusterOperator with two layers, whose Pods need their account to their very end, beside things of
 * others; and what must hold at its end, whatever happened in between: the order was kept, every Pod could use the API
 * until it had stopped, nothing of others was touched, nothing is left, and never did two operators act at the same
 * time.
 */
import assert from 'node:assert/strict';
import { fieldAt, textOf } from '../../../src/objects/fields.ts';
import type { KubernetesObject } from '../../../src/objects/object.ts';
import type { ClusterOperatorSpec } from '../../../src/resource/cluster-operator.ts';
import { until } from '../../../tools/lab/observe.ts';
import { residueSince, snapshot } from '../../../tools/lab/residue.ts';
import { access, configMap, ledger, workloadOf } from '../../e2e/objects.ts';
import {
  deleteResource,
  noFailedHook,
  patienceMs,
  podsOf,
  put,
  untilGone,
  untilReady,
  untilStopping,
} from '../../e2e/support.ts';
import { Witness } from '../../e2e/witness.ts';
import { type Attacked, assertUntouched, idlePod, phaseOf, platformOperator } from '../support.ts';
import { interleavedWriters } from './writers.ts';

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
  const strangers: KubernetesObject[] = [];
  for (const object of [
    idlePod(`${name}-stranger`, namespace, { app: `${name}-front` }),
    configMap(`${name}-theirs`, {}, namespace),
  ])
    strangers.push(await cluster.create(object));
  await until('the stranger to run', async () => phaseOf(await cluster.get(refTo(strangers[0]))) === 'Running', patienceMs);
  const workload = { stopSeconds, graceSeconds: 120 };
  const resource = platformOperator(
    name,
    namespace,
    [
      { name: 'base', objects: [...access(name, namespace), workloadOf(name, workload)] },
      {
        name: 'front',
        dependsOn: ['base'],
        objects: [...access(`${name}-front`, namespace), workloadOf(`${name}-front`, { ...workload, kind: 'Deployment' })],
      },
    ],
    teardown ? { teardown } : {},
  );
  await put(attacked, resource);
  const witness = await Witness.of(cluster, await untilReady(attacked, name));
  await prepare?.(name);
  const pods = [...(await podsOf(attacked, name)), ...(await podsOf(attacked, `${name}-front`))]
    .filter((pod) => phaseOf(pod) === 'Running' && pod.metadata.name !== `${name}-stranger`)
    .map((pod) => pod.metadata.name);
  await deleteResource(attacked, name);
  await untilStopping(attacked, `${name}-front`);

  const end = async () => {
    await untilGone(attacked, name);
    const { violations, checked, order } = witness.verdict();
    const front = witness.goneBefore(new RegExp(`^Pod/.*/${name}-front-`), new RegExp(`^DaemonSet.*/${name}$`));
    witness.close();
    assert.deepEqual(violations, [], `the order was kept; it was ${order.join(', ')}`);
    assert.deepEqual(front, []);
    assert.ok(checked > 0, 'a witness saw it');
    await noFailedHook({ ...attacked, lab: attacked.lab, cluster, namespace }, name);
    const entries = (await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: ledger }))?.data;
    for (const pod of pods) assert.equal(textOf(fieldAt(entries, pod)), 'stopped', `${pod} could use the API to its end`);
    for (const stranger of strangers) await assertUntouched(attacked, stranger);
    for (const stranger of strangers) await cluster.delete(refTo(stranger), { gracePeriodSeconds: 0 });
    await until('the strangers to be gone', async () =>
      (await Promise.all(strangers.map((each) => cluster.get(refTo(each))))).every((each) => each === undefined),
    );
    const left = (await residueSince(cluster, before)).filter((id) => id.includes(name));
    assert.deepEqual(left, [], 'nothing is left');
    assert.deepEqual(interleavedWriters(attacked.lab, began), [], 'never did two operators act at the same time');
  };
  return { name, end };
}

function refTo(object: KubernetesObject | undefined) {
  if (object === undefined) throw new Error('it was never made');
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}
