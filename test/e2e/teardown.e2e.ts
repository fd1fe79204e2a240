/**
 * The end, in all the ways in which it goes wrong on real clusters: hooks that take longer than they may, finalizers
 * that nobody serves, deletions with every propagation policy, and people who delete things by hand half-way.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { keepAnnotation } from '../../src/objects/names.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { failedPreStopHooks, until } from '../../tools/lab/observe.ts';
import { access, agentWithAccess, clusterOperator, configMap, ledger, workloadOf } from './objects.ts';
import {
  block,
  conditionOf,
  deleteResource,
  eventsOf,
  namesOf,
  noFailedHook,
  podsOf,
  put,
  type Stage,
  unblock,
  untilEvent,
  untilGone,
  untilReady,
  untilResource,
  untilStalled,
  untilStopping,
  useStage,
} from './support.ts';
import { Witness } from './witness.ts';

describe('Teardown', () => {
  const stage = useStage('teardown');

  for (const cascade of ['background', 'foreground', 'orphan']) {
    test(`kubectl delete --cascade=${cascade} of a ClusterOperator: the same order, and nothing is left`, async () => {
      const name = `e2e-${cascade}`;
      await put(stage, agentWithAccess(name, stage.namespace));
      const witness = await Witness.of(stage.cluster, await untilReady(stage, name));
      const pods = (await podsOf(stage, name)).map((pod) => pod.metadata.name);
      await deleteResource(stage, name, `--cascade=${cascade}`);
      await untilGone(stage, name);
      await inOrder(stage, witness, name, pods);
      assert.match(await untilEvent(stage, name, 'TeardownFinished'), /^4 objects gone in [0-9.]+ s$/);
    });
  }

  test('a preStop hook that takes longer than its grace: the Pods are waited for, their rights stay, and the failed hook is reported', async () => {
    const name = 'e2e-overdue';
    await put(stage, agentWithAccess(name, stage.namespace, { workload: { stopSeconds: 60, graceSeconds: 5 } }));
    const witness = await Witness.of(stage.cluster, await untilReady(stage, name));
    await deleteResource(stage, name);
    await untilResource(stage, name, 'tells how far the hook is', ({ status }) =>
      /preStop of container agent has run \d+s of 5s/.test(status?.blocker ?? ''),
    );
    await untilGone(stage, name);
    const { violations, checked } = witness.verdict();
    witness.close();
    assert.deepEqual(violations, []);
    assert.ok(checked > 0);
    // The kubelet ends the hook together with its container, and reports it then.
    const failed = (await failedPreStopHooks(stage.cluster, stage.namespace)).filter(({ pod }) => pod.startsWith(name));
    assert.equal(failed.length, 1);
    assert.match(await untilEvent(stage, name, 'TeardownFinished'), /^4 objects gone in [0-9.]+ s; 1 preStop hook failed$/);
    await untilEvent(stage, name, 'PreStopHookFailed', new RegExp(`^Pod ${stage.namespace}/${failed[0]?.pod}: `));
    await stage.lab.run('kubectl', ['delete', 'events', '--all', '-n', stage.namespace]);
  });

  test('a foreign finalizer with onTimeout Stop: Stalled with the blocker in words, and it goes on by itself when that clears', async () => {
    const name = 'e2e-stop';
    const { pod, witness } = await blocked(stage, name, { timeout: '4s' });
    const resource = await untilStalled(
      stage,
      name,
      /finalizer e2e\.example\/blocker keeps the Pod: whoever set it must remove it/,
    );
    assert.equal(resource.status?.phase, 'Blocked');
    assert.equal(conditionOf(resource, 'Ready')?.status, 'False');
    assert.match(resource.status?.blocker ?? '', new RegExp(`^Pod ${stage.namespace}/${pod.metadata.name}`));
    await untilEvent(stage, name, 'Blocked', /e2e\.example\/blocker/);
    assert.deepEqual(await rightsOf(stage, name), ['Role', 'RoleBinding', 'ServiceAccount'], 'its rights wait for it');

    await unblock(stage, pod);
    await untilGone(stage, name);
    await inOrder(stage, witness, name, [pod.metadata.name]);
    assert.equal(
      (await eventsOf(stage, name)).some(({ reason }) => reason === 'Forced' || reason === 'PassedOver'),
      false,
    );
  });

  test('changed to Continue while it is stuck: it goes on without the blocked object, and says what it leaves behind', async () => {
    const name = 'e2e-continue';
    const { pod, witness } = await blocked(stage, name, { timeout: '4s', onTimeout: 'Stop' });
    await untilStalled(stage, name, /e2e\.example\/blocker/);
    await stage.lab.run('kubectl', [
      ...['patch', 'clusteroperators.bookend.dev', name, '--type=merge', '-p'],
      '{"spec":{"teardown":{"timeout":"4s","onTimeout":"Continue"}}}',
    ]);
    await untilGone(stage, name);
    witness.close();
    assert.match(await untilEvent(stage, name, 'PassedOver'), new RegExp(`^DaemonSet ${stage.namespace}/${name} stays behind: `));
    assert.match(
      await untilEvent(stage, name, 'TeardownFinished'),
      new RegExp(`left behind: DaemonSet.apps/${stage.namespace}/${name}`),
    );
    assert.deepEqual(await rightsOf(stage, name), [], 'everything else is gone');
    assert.equal((await podsOf(stage, name)).length, 1, 'the Pod was not touched');
    await unblock(stage, pod);
    await until('the Pod to go by itself', async () => (await podsOf(stage, name)).length === 0);
  });

  test('onTimeout Force: the Pod is deleted with grace 0, its finalizer removed, each named in an event, and all is gone', async () => {
    const name = 'e2e-force';
    const { pod, witness } = await blocked(stage, name, { timeout: '4s', onTimeout: 'Force' });
    await untilGone(stage, name);
    const { violations } = witness.verdict();
    witness.close();
    assert.deepEqual(violations, []);
    await untilEvent(
      stage,
      name,
      'Forced',
      new RegExp(`removed finalizers e2e.example/blocker of Pod ${stage.namespace}/${pod.metadata.name}`),
    );
    assert.deepEqual(await rightsOf(stage, name), []);
    assert.deepEqual(await podsOf(stage, name), []);
  });

  test('a DaemonSet deleted by hand with --cascade=orphan before its turn: its Pods are found, stopped in order, and keep their rights until then', async () => {
    const name = 'e2e-orphaned';
    const components = [
      { name: 'access', objects: access(name, stage.namespace) },
      { name: 'agent', objects: [workloadOf(name)] },
      {
        name: 'front',
        dependsOn: ['agent'],
        objects: [
          ...access(`${name}-front`, stage.namespace),
          workloadOf(`${name}-front`, { kind: 'Deployment', stopSeconds: 6 }),
        ],
      },
    ];
    await put(stage, clusterOperator(name, stage.namespace, components));
    const witness = await Witness.of(stage.cluster, await untilReady(stage, name));
    const pods = [...(await podsOf(stage, name)), ...(await podsOf(stage, `${name}-front`))].map((pod) => pod.metadata.name);
    assert.ok(pods.length >= 2);
    await deleteResource(stage, name);
    await untilStopping(stage, `${name}-front`);
    await stage.lab.run('kubectl', ['delete', 'daemonset', name, '-n', stage.namespace, '--cascade=orphan']);
    const [orphan] = await podsOf(stage, name);
    assert.ok(orphan && orphan.metadata.deletionTimestamp === undefined, 'the Pod lives on');
    assert.deepEqual(orphan.metadata.ownerReferences ?? [], [], 'and belongs to nobody');
    await untilGone(stage, name);
    // The DaemonSet itself went before its turn, as somebody wanted; what its Pod needs did not.
    const rights = '^(ServiceAccount|Role|RoleBinding)[./].*/e2e-orphaned';
    assert.deepEqual(witness.goneBefore(/^Pod\/.*\/e2e-orphaned-/, new RegExp(`${rights}$`)), []);
    assert.deepEqual(witness.goneBefore(/^Pod\/.*\/e2e-orphaned-front-/, new RegExp(rights)), []);
    witness.close();
    await stoppedInOrder(stage, name, pods);
  });

  test('a finished teardown leaves what is to be kept, and what that needs, and lists it', async () => {
    const name = 'e2e-keep';
    const keep = (object: KubernetesObject, annotation: Record<string, string>): KubernetesObject => ({
      ...object,
      metadata: { ...object.metadata, annotations: annotation },
    });
    const components = [
      {
        name: 'data',
        objects: [
          keep(configMap(`${name}-helm`), { 'helm.sh/resource-policy': 'keep' }),
          keep(configMap(`${name}-helm-other`), { 'helm.sh/resource-policy': 'delete' }),
          configMap(`${name}-not`),
          configMap(`${name}-needed`, { COLOUR: 'blue' }),
        ],
      },
      { name: 'access', objects: access(name, stage.namespace) },
      { name: 'agent', objects: [keep(workloadOf(name, { settings: `${name}-needed` }), { [keepAnnotation]: 'true' })] },
    ];
    await put(stage, clusterOperator(name, stage.namespace, components));
    await untilReady(stage, name);
    const [pod] = await podsOf(stage, name);
    await deleteResource(stage, name);
    await untilGone(stage, name);
    const kept = await untilEvent(stage, name, 'TeardownFinished', /kept by policy/);
    const left = (await namesOf(stage, { apiVersion: 'v1', kind: 'ConfigMap', namespace: stage.namespace })).filter((each) =>
      each.startsWith(name),
    );
    assert.deepEqual(left, [`${name}-helm`, `${name}-needed`]);
    assert.deepEqual(await rightsOf(stage, name), ['Role', 'RoleBinding', 'ServiceAccount'], 'the kept DaemonSet needs them');
    const [now] = await podsOf(stage, name);
    assert.equal(now?.metadata.uid, pod?.metadata.uid, 'its Pod runs on');
    for (const each of [
      `ConfigMap/${stage.namespace}/${name}-helm`,
      `DaemonSet.apps/${stage.namespace}/${name}`,
      `ServiceAccount/`,
    ])
      assert.ok(kept.includes(each), `${each} is listed in: ${kept}`);
    assert.ok(!kept.includes(`${name}-not`) && !kept.includes(`${name}-helm-other`));
  });
});

/** A ClusterOperator that is being deleted, and whose only Pod a finalizer of somebody else's keeps. */
async function blocked(stage: Stage, name: string, teardown: { timeout: string; onTimeout?: 'Stop' | 'Continue' | 'Force' }) {
  await put(stage, agentWithAccess(name, stage.namespace, { teardown }));
  const witness = await Witness.of(stage.cluster, await untilReady(stage, name));
  const [pod] = await podsOf(stage, name);
  assert.ok(pod);
  await block(stage, pod);
  await deleteResource(stage, name);
  return { pod, witness };
}

/** Which of the account, the role and the binding of this name are there. */
async function rightsOf({ cluster, namespace }: Stage, name: string): Promise<string[]> {
  const kinds = [
    ['v1', 'ServiceAccount'],
    ['rbac.authorization.k8s.io/v1', 'Role'],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ] as const;
  const found = kinds.map(async ([apiVersion, kind]) =>
    (await cluster.get({ apiVersion, kind, namespace, name })) ? [kind] : [],
  );
  return (await Promise.all(found)).flat().sort();
}

/** The order was kept, no hook failed, every Pod has entered itself into the ledger, nothing is left. */
async function inOrder(stage: Stage, witness: Witness, name: string, pods: string[]): Promise<void> {
  const { violations, checked, unseen } = witness.verdict();
  witness.close();
  assert.deepEqual(violations, [], 'the order was kept');
  assert.ok(checked > 0 && unseen === 0, `${checked} pairs of objects were checked, ${unseen} went unseen`);
  await stoppedInOrder(stage, name, pods);
}

async function stoppedInOrder(stage: Stage, name: string, pods: string[]): Promise<void> {
  await noFailedHook(stage, name);
  const stopped = (await stage.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: stage.namespace, name: ledger }))
    ?.data;
  for (const pod of pods)
    assert.equal((stopped as Record<string, string> | undefined)?.[pod], 'stopped', `${pod} could still use the API`);
  assert.deepEqual(await rightsOf(stage, name), []);
  assert.deepEqual(await podsOf(stage, name), []);
}
