/** When the operator engages and relaxes the guard in the life of its ClusterOperators, on a simulated cluster. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster, type SimulatedCluster } from '../cluster/simulated/index.ts';
import { fieldAt, textsOf } from '../objects/fields.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import { clusterOperatorKind } from '../resource/cluster-operator.ts';
import { configMap, namespace } from '../teardown/testing/samples.ts';
import { guardOf } from './guard.ts';
import { silentLog } from './log.ts';
import { clusterOperator, prepareCluster, type RunningOperator, resourceOf, startOperator } from './testing/operator-run.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';
const bindingKind = { apiVersion, kind: 'ValidatingAdmissionPolicyBinding' };
const name = 'bookend-guard';
const kept = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'bookend-system', name: 'bookend' };
const operatorNamed = (own: string) => clusterOperator(own, [{ name: 'all', objects: [configMap(own)] }]);

describe('The operator', () => {
  test('engages the guard before its finalizer is on a first ClusterOperator, and relaxes it before the last is gone', async () => {
    const simulated = await prepared();
    start(simulated);
    const [one, two] = [operatorNamed('one'), operatorNamed('two')];
    await simulated.cluster.create(one);
    await simulated.until(() => finalizers(simulated, one) > 0, 60_000);
    assert.equal(await action(simulated), 'Deny');
    await simulated.cluster.create(two);
    await ready(simulated, two);
    await removed(simulated, one);
    assert.equal(await action(simulated), 'Deny', 'the other one still needs it');
    await simulated.cluster.delete({ ...clusterOperatorKind, name: 'two' });
    await simulated.until(() => resourceOf(simulated, { resource: two }) === undefined, 60_000);
    assert.equal(await action(simulated), 'Audit', 'at the very moment when the last is gone');
    await simulated.cluster.delete(kept, { dryRun: true });
  });

  test('engages it again when it starts: an upgrade may have reset it while nobody ran', async () => {
    const simulated = await prepared();
    const first = start(simulated);
    const one = operatorNamed('one');
    await simulated.cluster.create(one);
    await ready(simulated, one);
    first.stop();
    await simulated.cluster.patch({ ...bindingKind, name }, { type: 'merge', value: { spec: { validationActions: ['Audit'] } } });
    start(simulated);
    await simulated.settle(2_000);
    assert.equal(await action(simulated), 'Deny');
  });

  test('relaxes it when it starts and finds nothing to guard: somebody may have removed the last finalizer by hand', async () => {
    const simulated = await prepared();
    await simulated.cluster.patch({ ...bindingKind, name }, { type: 'merge', value: { spec: { validationActions: ['Deny'] } } });
    start(simulated);
    await simulated.settle(2_000);
    assert.equal(await action(simulated), 'Audit');
  });

  test('keeps it engaged when a ClusterOperator comes while the last one goes, whenever it comes', async () => {
    for (let afterMs = 0; afterMs <= 400; afterMs += 20) {
      const simulated = await prepared();
      start(simulated);
      const [one, two] = [operatorNamed('one'), operatorNamed('two')];
      await simulated.cluster.create(one);
      await ready(simulated, one);
      await simulated.cluster.delete({ ...clusterOperatorKind, name: 'one' });
      await simulated.settle(afterMs);
      await simulated.cluster.create(two);
      await ready(simulated, two);
      await simulated.settle(5_000);
      assert.equal(resourceOf(simulated, { resource: one }), undefined);
      assert.equal(await action(simulated), 'Deny', `it came ${afterMs} ms after the deletion`);
    }
  });
});

async function prepared(): Promise<SimulatedCluster> {
  const simulated = makeSimulatedCluster();
  await prepareCluster(simulated, [
    namespace(),
    { ...kept, metadata: { namespace: kept.namespace, name: kept.name } },
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name } },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['coordination.k8s.io'], apiVersions: ['*'], resources: ['leases'], operations: ['DELETE'] },
          ],
        },
        validations: [{ expression: 'false' }],
      },
    },
    { ...bindingKind, metadata: { name }, spec: { policyName: name, validationActions: ['Audit'] } },
  ]);
  return simulated;
}

function start(simulated: SimulatedCluster): RunningOperator {
  return startOperator(simulated, ({ cluster, clock }) => guardOf({ cluster, clock, log: silentLog, bindings: [name] }));
}

async function action({ cluster }: SimulatedCluster): Promise<string | undefined> {
  const binding = await cluster.get({ ...bindingKind, name });
  return textsOf(fieldAt(binding?.spec, 'validationActions'))[0];
}

function finalizers(simulated: SimulatedCluster, resource: ClusterOperator): number {
  return resourceOf(simulated, { resource })?.metadata.finalizers?.length ?? 0;
}

async function ready(simulated: SimulatedCluster, resource: ClusterOperator): Promise<void> {
  await simulated.until(() => resourceOf(simulated, { resource })?.status?.phase === 'Ready', 60_000);
}

async function removed(simulated: SimulatedCluster, resource: ClusterOperator): Promise<void> {
  await simulated.cluster.delete({ ...clusterOperatorKind, name: resource.metadata.name });
  await simulated.until(() => resourceOf(simulated, { resource }) === undefined, 60_000);
}
