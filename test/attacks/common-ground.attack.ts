/**
 * Where a tenant and the platform meet: a Namespace of ours in which others have something, an account of ours that
 * others begin to use while it is being taken down, and the finalizer of a ClusterOperator.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { teardownFinalizer } from '../../src/objects/names.ts';
import { clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import { until } from '../../tools/lab/observe.ts';
import { access, clusterOperator, configMap, inOne, workloadOf } from '../e2e/objects.ts';
import { bringUp, deleteResource, eventsOf, find, untilGone, untilReady, untilResource, untilStopping } from '../e2e/support.ts';
import { Witness } from '../e2e/witness.ts';
import {
  assertUntouched,
  idlePod,
  phaseOf,
  platformOperator,
  refusalOf,
  removeAll,
  teamOf,
  tenantOf,
  useAttacked,
} from './support.ts';

describe('Shared ground', () => {
  const attacked = useAttacked('common-ground');
  const { namespace } = attacked;

  test('a Namespace in which others have something is kept and named; what is ours in it goes', async () => {
    const name = 'e2e-common';
    const ground = 'e2e-meeting-place';
    const objects = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ground } }, configMap(name, {}, ground)];
    await bringUp(attacked, platformOperator(name, namespace, inOne(...objects)));
    const mallory = await tenantOf(attacked, ground);
    const theirs = await until('the rights of the tenant', () =>
      mallory.create(configMap('e2e-theirs', { worth: 'much' }, ground)).catch(() => undefined),
    );
    const before = await attacked.cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: ground });
    assert.ok(before);
    await deleteResource(attacked, name);
    await untilGone(attacked, name, 60_000);
    await assertUntouched(attacked, theirs);
    await assertUntouched(attacked, before);
    assert.equal(await attacked.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ground, name }), undefined);
    const events = await eventsOf(attacked, name);
    const isTold = events.some(({ message }) => message.includes(ground) && /kept|keep|left/i.test(message));
    assert.ok(isTold, `an event names the Namespace and why it stays: ${JSON.stringify(events)}`);
    await attacked.cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: ground });
  });

  test('a Pod that begins to use our account while it is being taken down is waited for, and named', async () => {
    const name = 'e2e-borrowed';
    const objects = [...access(name, namespace), workloadOf(name, { kind: 'Deployment', stopSeconds: 5, graceSeconds: 60 })];
    const witness = await Witness.of(
      attacked.cluster,
      await bringUp(attacked, platformOperator(name, namespace, inOne(...objects))),
    );
    const mallory = await tenantOf(attacked, namespace);
    await deleteResource(attacked, name);
    await untilStopping(attacked, name);
    const newcomer = await mallory.create(
      idlePod('e2e-borrower', namespace, { app: 'e2e-borrower' }, { serviceAccountName: name }),
    );
    await untilResource(
      attacked,
      name,
      'names the Pod that uses its account',
      ({ status }) => /Pod e2e-common-ground\/e2e-borrower/.test(JSON.stringify(status)),
      60_000,
    );
    await until(
      'the newcomer to run',
      async () =>
        phaseOf(await attacked.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'e2e-borrower' })) === 'Running',
    );
    await assertUntouched(attacked, newcomer);
    for (const [apiVersion, kind] of [
      ['v1', 'ServiceAccount'],
      ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
    ] as const) {
      const right = await attacked.cluster.get({ apiVersion, kind, namespace, name });
      assert.ok(right && right.metadata.deletionTimestamp === undefined, `${kind} ${name} is there while a Pod uses it`);
    }
    await mallory.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'e2e-borrower' });
    await untilGone(attacked, name);
    const rights = new RegExp(`^(ServiceAccount|Role|RoleBinding)[./].*/${name}$`);
    assert.deepEqual(witness.goneBefore(/^Pod\/.*\/e2e-borrower$/, rights), []);
    witness.close();
  });

  test('our finalizer, removed by somebody who may, is put back while nothing is being deleted, with an event', async () => {
    const team = await teamOf(attacked, 'finalizer');
    const name = 'e2e-finalizer';
    const objects = [configMap(name)];
    await team.cluster.create(clusterOperator(name, team.namespace, inOne(...objects), { serviceAccountName: team.account }));
    await untilReady(attacked, name);
    // Its own team may.
    await team.cluster.patch({ ...clusterOperatorKind, name }, { type: 'merge', value: { metadata: { finalizers: null } } });
    await until(
      'the finalizer to be back',
      async () => (await find(attacked, name))?.metadata.finalizers?.includes(teardownFinalizer),
      20_000,
    );
    await until(
      'an event about it',
      async () => (await eventsOf(attacked, name)).some(({ reason }) => reason === 'FinalizerRestored'),
      20_000,
    );
    await removeAll(attacked, name);
    const found = await attacked.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: team.namespace, name });
    assert.equal(found, undefined, 'nothing was orphaned');
  });

  test('our finalizer is not removed by another team, nor is anything else of it written or deleted', async () => {
    const [mine, other] = [await teamOf(attacked, 'mine'), await teamOf(attacked, 'other')];
    const name = 'e2e-of-mine';
    await mine.cluster.create(
      clusterOperator(name, mine.namespace, inOne(configMap(name)), { serviceAccountName: mine.account }),
    );
    await untilReady(attacked, name);
    const ref = { ...clusterOperatorKind, name };
    const attempts: [string, () => Promise<unknown>][] = [
      ['removing the finalizer', () => other.cluster.patch(ref, { type: 'merge', value: { metadata: { finalizers: null } } })],
      [
        'pointing it at another account',
        () => other.cluster.patch(ref, { type: 'merge', value: { spec: { namespace: other.namespace } } }),
      ],
      [
        'annotating it',
        () =>
          other.cluster.patch(ref, { type: 'merge', value: { metadata: { annotations: { 'bookend.dev/judged-by': 'me' } } } }),
      ],
      ['deleting it', () => other.cluster.delete(ref)],
    ];
    for (const [what, attempt] of attempts) await refusalOf(what, attempt);
    const now = await find(attacked, name);
    assert.equal(now?.metadata.deletionTimestamp, undefined);
    assert.ok(now?.metadata.finalizers?.includes(teardownFinalizer));
    await mine.cluster.delete(ref);
    await untilGone(attacked, name);
  });
});
