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
  bringUp,
  conditionOf,
  deleteResource,
  eventsOf,
  namesOf,
  noFailedHook,
  podsOf,
  type TestBed,
  takeDown,
  unblock,
  untilEvent,
  untilGone,
  untilResource,
  untilStalled,
  untilStopping,
  useTestBed,
} from './support.ts';
import { Witness } from './witness.ts';

describe('Teardown', () => {
  const bed = useTestBed('teardown');

  for (const cascade of ['background', 'foreground', 'orphan']) {
    test(`kubectl delete --cascade=${cascade} of a ClusterOperator: the same order, and nothing is left`, async () => {
      const name = `e2e-${cascade}`;
      const witness = await Witness.of(bed.cluster, await bringUp(bed, agentWithAccess(name, bed.namespace)));
      const pods = (await podsOf(bed, name)).map((pod) => pod.metadata.name);
      await deleteResource(bed, name, `--cascade=${cascade}`);
      await untilGone(bed, name);
      await inOrder(bed, witness, name, pods);
      assert.match(await untilEvent(bed, name, 'TeardownFinished'), /^4 objects gone in [0-9.]+ s$/);
    });
  }

  test('a preStop hook that takes longer than its grace: the Pods are waited for, their rights stay, and the failed hook is reported', async () => {
    const name = 'e2e-overdue';
    const witness = await Witness.of(
      bed.cluster,
      await bringUp(bed, agentWithAccess(name, bed.namespace, { workload: { stopSeconds: 60, graceSeconds: 5 } })),
    );
    await deleteResource(bed, name);
    await untilResource(bed, name, 'tells how far the hook is', ({ status }) =>
      /preStop of container agent has run \d+s of 5s/.test(status?.blocker ?? ''),
    );
    await untilGone(bed, name);
    const { violations, checked } = witness.verdict();
    witness.close();
    assert.deepEqual(violations, []);
    assert.ok(checked > 0);
    // The kubelet ends the hook together with its container, and reports it then.
    const failed = (await failedPreStopHooks(bed.cluster, bed.namespace)).filter(({ pod }) => pod.startsWith(name));
    assert.equal(failed.length, 1);
    assert.match(await untilEvent(bed, name, 'TeardownFinished'), /^4 objects gone in [0-9.]+ s; 1 preStop hook failed$/);
    await untilEvent(bed, name, 'PreStopHookFailed', new RegExp(`^Pod ${bed.namespace}/${failed[0]?.pod}: `));
    await bed.lab.run('kubectl', ['delete', 'events', '--all', '-n', bed.namespace]);
  });

  test('a foreign finalizer with onTimeout Stop: Stalled with the blocker in words, and it goes on by itself when that clears', async () => {
    const name = 'e2e-stop';
    const { pod, witness } = await blocked(bed, name, { timeout: '4s' });
    const resource = await untilStalled(
      bed,
      name,
      /finalizer e2e\.example\/blocker keeps the Pod: the controller that set it must remove it/,
    );
    assert.equal(resource.status?.phase, 'Blocked');
    assert.equal(conditionOf(resource, 'Ready')?.status, 'False');
    assert.match(resource.status?.blocker ?? '', new RegExp(`^Pod ${bed.namespace}/${pod.metadata.name}`));
    await untilEvent(bed, name, 'Blocked', /e2e\.example\/blocker/);
    assert.deepEqual(await rightsOf(bed, name), ['Role', 'RoleBinding', 'ServiceAccount'], 'its rights wait for it');

    await unblock(bed, pod);
    await untilGone(bed, name);
    await inOrder(bed, witness, name, [pod.metadata.name]);
    const isForced = (await eventsOf(bed, name)).some(({ reason }) => reason === 'Forced' || reason === 'PassedOver');
    assert.equal(isForced, false);
  });

  test('changed to Continue while it is stuck: it goes on without the blocked object, and says what it leaves behind', async () => {
    const name = 'e2e-continue';
    const { pod, witness } = await blocked(bed, name, { timeout: '4s', onTimeout: 'Stop' });
    await untilStalled(bed, name, /e2e\.example\/blocker/);
    await bed.lab.run('kubectl', [
      ...['patch', 'clusteroperators.bookend.dev', name, '--type=merge', '-p'],
      '{"spec":{"teardown":{"timeout":"4s","onTimeout":"Continue"}}}',
    ]);
    await untilGone(bed, name);
    witness.close();
    assert.match(await untilEvent(bed, name, 'PassedOver'), new RegExp(`^DaemonSet ${bed.namespace}/${name} stays behind: `));
    const words = new RegExp(`left behind: DaemonSet.apps/${bed.namespace}/${name}`);
    assert.match(await untilEvent(bed, name, 'TeardownFinished'), words);
    assert.deepEqual(await rightsOf(bed, name), [], 'everything else is gone');
    assert.equal((await podsOf(bed, name)).length, 1, 'the Pod was not touched');
    await unblock(bed, pod);
    await until('the Pod to go by itself', async () => (await podsOf(bed, name)).length === 0);
  });

  test('onTimeout Force: the Pod is deleted with grace 0, its finalizer removed, each named in an event, and all is gone', async () => {
    const name = 'e2e-force';
    const { pod, witness } = await blocked(bed, name, { timeout: '4s', onTimeout: 'Force' });
    await untilGone(bed, name);
    const { violations } = witness.verdict();
    witness.close();
    assert.deepEqual(violations, []);
    await untilEvent(
      bed,
      name,
      'Forced',
      new RegExp(`removed finalizers e2e.example/blocker of Pod ${bed.namespace}/${pod.metadata.name}`),
    );
    assert.deepEqual(await rightsOf(bed, name), []);
    assert.deepEqual(await podsOf(bed, name), []);
  });

  test('a DaemonSet deleted by hand with --cascade=orphan before its turn: its Pods are found, stopped in order, and keep their rights until then', async () => {
    const name = 'e2e-orphaned';
    const components = [
      { name: 'access', objects: access(name, bed.namespace) },
      { name: 'agent', objects: [workloadOf(name)] },
      {
        name: 'front',
        dependsOn: ['agent'],
        objects: [...access(`${name}-front`, bed.namespace), workloadOf(`${name}-front`, { kind: 'Deployment', stopSeconds: 6 })],
      },
    ];
    const witness = await Witness.of(bed.cluster, await bringUp(bed, clusterOperator(name, bed.namespace, components)));
    const pods = [...(await podsOf(bed, name)), ...(await podsOf(bed, `${name}-front`))].map((pod) => pod.metadata.name);
    assert.ok(pods.length >= 2);
    await deleteResource(bed, name);
    await untilStopping(bed, `${name}-front`);
    await bed.lab.run('kubectl', ['delete', 'daemonset', name, '-n', bed.namespace, '--cascade=orphan']);
    const [orphan] = await podsOf(bed, name);
    assert.ok(orphan && orphan.metadata.deletionTimestamp === undefined, 'the Pod lives on');
    assert.deepEqual(orphan.metadata.ownerReferences ?? [], [], 'and belongs to nobody');
    await untilGone(bed, name);
    // The DaemonSet itself went before its turn, as somebody wanted; what its Pod needs did not.
    const rights = '^(ServiceAccount|Role|RoleBinding)[./].*/e2e-orphaned';
    assert.deepEqual(witness.goneBefore(/^Pod\/.*\/e2e-orphaned-/, new RegExp(`${rights}$`)), []);
    assert.deepEqual(witness.goneBefore(/^Pod\/.*\/e2e-orphaned-front-/, new RegExp(rights)), []);
    witness.close();
    await stoppedInOrder(bed, name, pods);
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
      { name: 'access', objects: access(name, bed.namespace) },
      { name: 'agent', objects: [keep(workloadOf(name, { settings: `${name}-needed` }), { [keepAnnotation]: 'true' })] },
    ];
    await bringUp(bed, clusterOperator(name, bed.namespace, components));
    const [pod] = await podsOf(bed, name);
    await takeDown(bed, name);
    const kept = await untilEvent(bed, name, 'TeardownFinished', /kept by policy/);
    const left = (await namesOf(bed, { apiVersion: 'v1', kind: 'ConfigMap', namespace: bed.namespace })).filter((each) =>
      each.startsWith(name),
    );
    assert.deepEqual(left, [`${name}-helm`, `${name}-needed`]);
    assert.deepEqual(await rightsOf(bed, name), ['Role', 'RoleBinding', 'ServiceAccount'], 'the kept DaemonSet needs them');
    const [now] = await podsOf(bed, name);
    assert.equal(now?.metadata.uid, pod?.metadata.uid, 'its Pod runs on');
    for (const each of [`ConfigMap/${bed.namespace}/${name}-helm`, `DaemonSet.apps/${bed.namespace}/${name}`, `ServiceAccount/`])
      assert.ok(kept.includes(each), `${each} is listed in: ${kept}`);
    assert.ok(!kept.includes(`${name}-not`) && !kept.includes(`${name}-helm-other`));
  });
});

/** A ClusterOperator that is being deleted, and whose only Pod a finalizer of somebody else's keeps. */
async function blocked(bed: TestBed, name: string, teardown: { timeout: string; onTimeout?: 'Stop' | 'Continue' | 'Force' }) {
  const witness = await Witness.of(bed.cluster, await bringUp(bed, agentWithAccess(name, bed.namespace, { teardown })));
  const [pod] = await podsOf(bed, name);
  assert.ok(pod);
  await block(bed, pod);
  await deleteResource(bed, name);
  return { pod, witness };
}

/** Which of the account, the role and the binding of this name are there. */
async function rightsOf({ cluster, namespace }: TestBed, name: string): Promise<string[]> {
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
async function inOrder(bed: TestBed, witness: Witness, name: string, pods: string[]): Promise<void> {
  const { violations, checked, unseen } = witness.verdict();
  witness.close();
  assert.deepEqual(violations, [], 'the order was kept');
  assert.ok(checked > 0 && unseen === 0, `${checked} pairs of objects were checked, ${unseen} went unseen`);
  await stoppedInOrder(bed, name, pods);
}

async function stoppedInOrder(bed: TestBed, name: string, pods: string[]): Promise<void> {
  await noFailedHook(bed, name);
  const stopped = (await bed.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: bed.namespace, name: ledger }))?.data;
  for (const pod of pods)
    assert.equal((stopped as Record<string, string> | undefined)?.[pod], 'stopped', `${pod} could still use the API`);
  assert.deepEqual(await rightsOf(bed, name), []);
  assert.deepEqual(await podsOf(bed, name), []);
}
