import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { makeSimulatedCluster, type SimulatedCluster } from '../cluster/simulated/index.ts';
import { BookendError } from '../errors.ts';
import { judgedByAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { clusterOperatorKind } from '../resource/cluster-operator.ts';
import { clusterOperatorCrd } from '../resource/crd.ts';
import { configMap, namespace } from '../teardown/testing/samples.ts';
import { Judgement } from './judgement.ts';
import { clusterOperator, prepareCluster, resourceOf, startOperator } from './testing/operator-run.ts';

const admission = 'admissionregistration.k8s.io/v1';
const policy = {
  apiVersion: admission,
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'bookend-rights' },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        { apiGroups: ['bookend.dev'], apiVersions: ['*'], resources: ['clusteroperators'], operations: ['CREATE'] },
      ],
    },
    validations: [{ expression: 'true' }],
  },
};
const binding = {
  apiVersion: admission,
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'bookend-rights' },
  spec: { policyName: 'bookend-rights', validationActions: ['Deny'] },
};

let simulated: SimulatedCluster;
let judgement: Judgement;

beforeEach(async () => {
  simulated = makeSimulatedCluster();
  await simulated.cluster.create(clusterOperatorCrd());
  await simulated.settle(120_000);
  judgement = new Judgement({ cluster: simulated.cluster, clock: simulated.clock, name: 'bookend-rights' });
});

async function install(): Promise<string> {
  const made = [await simulated.cluster.create(policy), await simulated.cluster.create(binding)];
  await simulated.settle(100);
  return made.map(({ metadata }) => metadata.uid).join('/');
}

const written = (annotations?: Record<string, string>): KubernetesObject => ({
  ...clusterOperatorKind,
  metadata: {
    name: 'one',
    creationTimestamp: new Date(simulated.clock.now()).toISOString(),
    ...(annotations && { annotations }),
  },
});

function refusal(resource: KubernetesObject): BookendError | undefined {
  try {
    judgement.verdictOn(resource);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof BookendError);
    return error;
  }
}

describe('a ClusterOperator is judged', () => {
  test('when it was created well after policy and binding', async () => {
    await install();
    assert.equal(refusal(written())?.code, 'not-judged', 'in the same second nobody can know');
    await simulated.settle(5_000);
    assert.equal(refusal(written()), undefined);
  });

  test('by nobody while the policy is missing, or only its binding is', async () => {
    assert.match(refusal(written())?.message ?? '', /is missing/);
    assert.match(judgement.notReady ?? '', /not there/);
    await simulated.cluster.create(policy);
    await simulated.settle(5_000);
    assert.match(refusal(written())?.message ?? '', /is missing/);
  });

  test('when somebody who may has accepted it under this very policy', async () => {
    const old = written();
    await simulated.settle(5_000);
    const uids = await install();
    await simulated.settle(5_000);
    const refused = refusal(old);
    assert.match(
      refused?.message ?? '',
      /ClusterOperator one was created before ValidatingAdmissionPolicy bookend-rights checked who writes it/,
    );
    const accept = `kubectl annotate clusteroperators.bookend.dev one --overwrite ${judgedByAnnotation}=${uids}`;
    assert.ok(refused?.advice.includes(accept), refused?.advice ?? 'it was accepted');
    const accepted = { ...old, metadata: { ...old.metadata, annotations: { [judgedByAnnotation]: uids } } };
    assert.equal(refusal(accepted), undefined);
    await simulated.cluster.delete({ apiVersion: admission, kind: binding.kind, name: 'bookend-rights' });
    await simulated.cluster.create(binding);
    await simulated.settle(5_000);
    assert.equal(refusal(accepted)?.code, 'not-judged', 'the policy was away for a moment');
  });

  test('for sure only once the policy has been there for a while: the operator is ready then', async () => {
    await install();
    assert.match(judgement.notReady ?? '', /just beginning/);
    await simulated.settle(5_000);
    assert.equal(judgement.notReady, undefined);
  });

  test('as far as the deployer goes when it came with the very first installation, which nobody waited for', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'clusteroperators.bookend.dev',
    };
    await simulated.cluster.delete(definition);
    await simulated.settle(60_000);
    const before = written();
    await simulated.settle(5_000);
    await simulated.cluster.create(clusterOperatorCrd());
    await install();
    assert.equal(judgement.verdictOn(written()), 'as-deployer');
    assert.equal(refusal(before)?.code, 'not-judged', 'never what was there before the policy');
    await simulated.settle(5_000);
    assert.equal(judgement.verdictOn(written()), 'judged');
  });
});

describe('An operator that runs while somebody takes the policy away', () => {
  const components = (...names: string[]) => [{ name: 'all', objects: names.map((name) => configMap(name)) }];
  const resource = clusterOperator('one', components('ours'));
  const one = { ...clusterOperatorKind, name: 'one' };
  const ours = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name: 'ours' };

  /** One ClusterOperator that was judged and is ready; then the policy goes. */
  async function overridden(): Promise<SimulatedCluster> {
    const world = makeSimulatedCluster();
    await prepareCluster(world, [namespace()]);
    for (const object of [policy, binding]) await world.cluster.create(object);
    await world.settle(10_000);
    startOperator(world, undefined, ({ cluster, clock }) => new Judgement({ cluster, clock, name: 'bookend-rights' }));
    await world.cluster.create(resource);
    await world.until(() => resourceOf(world, { resource })?.status?.phase === 'Ready', 60_000);
    for (const { kind } of [binding, policy]) {
      await world.cluster.delete({ apiVersion: admission, kind, name: 'bookend-rights' });
    }
    await world.settle(2_000);
    return world;
  }

  test('takes down what was judged before', async () => {
    const world = await overridden();
    await world.cluster.delete(one);
    await world.until(() => resourceOf(world, { resource }) === undefined, 120_000);
    assert.equal(await world.cluster.get(ours), undefined);
  });

  test('does nothing for a spec that was written meanwhile, not even its end', async () => {
    const world = await overridden();
    await world.cluster.patch(one, { type: 'merge', value: { spec: { components: components('ours', 'theirs') } } });
    await world.settle(60_000);
    assert.equal(await world.cluster.get({ ...ours, name: 'theirs' }), undefined);
    assert.match(resourceOf(world, { resource })?.status?.blocker ?? '', /is missing: nothing checked who wrote/);
    await world.cluster.delete(one);
    await world.settle(60_000);
    assert.ok(await world.cluster.get(ours));
  });

  test('does not believe a status that was written meanwhile', async () => {
    const world = await overridden();
    const victim = await world.cluster.create({ ...configMap('victim'), metadata: { name: 'victim', namespace: 'agents' } });
    const { uid } = victim.metadata;
    const forged = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name: 'victim', uid };
    await world.cluster.patch(one, { type: 'merge', value: { status: { inventory: [forged] } } }, { subresource: 'status' });
    await world.cluster.delete(one);
    await world.until(() => resourceOf(world, { resource }) === undefined, 120_000);
    assert.ok(await world.cluster.get({ ...ours, name: 'victim' }));
    assert.equal(await world.cluster.get(ours), undefined);
  });
});
