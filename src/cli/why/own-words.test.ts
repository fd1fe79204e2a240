/**
 * `bookend why` tells first what an object says itself, whatever the words, and follows them to what they name. The
 * cases are those of public reports, one of each kind.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { Why } from '../../why/blocker.ts';
import { commandsIn, saidIn } from '../../why/testing/flat.ts';
import { custom, definition, namespace } from '../testing/manifests.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';

/** What each object is asked to end with: it is deleted, and its status is written after that. */
type Ending = { object: KubernetesObject; status?: object; events?: { type: string; reason: string; message: string }[] };

async function explained(about: string[], ending: Ending[], staying: KubernetesObject[] = []) {
  const terminal = simulatedTerminal();
  const { cluster } = terminal.simulated;
  await cluster.create(namespace('shop'));
  for (const kind of ['Store', 'BlockPool', 'NodeClass', 'NodeClaim'])
    await cluster.create(definition(kind, kind.startsWith('Node') ? 'Cluster' : 'Namespaced'));
  for (const kind of ['VolumeSnapshot'])
    await cluster.create({
      ...definition(kind),
      metadata: { name: 'volumesnapshots.snapshot.storage.k8s.io', annotations: { 'api-approved.kubernetes.io': 'https://x' } },
      spec: { ...(definition(kind).spec as object), group: 'snapshot.storage.k8s.io' },
    });
  await terminal.simulated.settle(5_000);
  for (const { object } of ending) await cluster.create(object);
  for (const object of staying) await cluster.create(object);
  await terminal.simulated.settle(1_000);
  for (const { object, status, events = [] } of ending) {
    const ref = refOf(object);
    await cluster.delete(ref);
    const live = await cluster.get(ref);
    if (status) await cluster.patch(ref, { type: 'merge', value: { status } }, subresourceOf(ref));
    const at = new Date(terminal.simulated.clock.now() + 1_000).toISOString();
    for (const [index, event] of events.entries())
      await cluster.create({
        ...{ apiVersion: 'v1', kind: 'Event', ...event, lastTimestamp: at },
        metadata: { name: `${object.metadata.name}.${index}`, namespace: object.metadata.namespace ?? 'default' },
        involvedObject: { ...ref, uid: live?.metadata.uid },
      });
  }
  await terminal.simulated.settle(3_000);
  const { out, err, exitCode } = await terminal.run(['why', ...about, '-o', 'json']);
  assert.ok(out, err);
  const answer = JSON.parse(out) as Why;
  const commands = commandsIn(answer.blockers);
  return { exitCode, answer, said: saidIn(answer.blockers), commands, terminal };
}

function refOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectRef {
  return { apiVersion, kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

const store = custom('Store', 'main', 'shop', ['store.example.com/hold']);

describe('bookend why: the object’s own words', () => {
  test('of a condition come first, and what they name goes before the finalizer is touched', async () => {
    const message = 'Store will not be deleted until all dependents are removed: BlockPool: [replicapool]';
    const { said, commands, exitCode } = await explained(
      ['store/main', '-n', 'shop'],
      [{ object: store, status: { conditions: [{ type: 'DeletionIsBlocked', status: 'True', message }] } }],
      [custom('BlockPool', 'replicapool', 'shop', ['pool.example.com/hold']), custom('BlockPool', 'other', 'shop')],
    );
    assert.equal(said[0], `Store shop/main reports DeletionIsBlocked: ${message}`);
    assert.equal(said[1], 'BlockPool shop/replicapool, which it names, is not being deleted');
    assert.equal(commands[0], 'kubectl delete blockpools.example.com/replicapool -n shop --wait=false');
    assert.ok(!said.join().includes('BlockPool shop/other'));
    assert.ok(commands.findIndex((command) => command.startsWith('kubectl patch')) > 0);
    assert.equal(exitCode, 7);
  });

  for (const [what, status, says] of [
    [
      'of a condition that is simply not ready',
      { conditions: [{ type: 'Ready', status: 'False', reason: 'UninstallFailed', message: 'release: not found' }] },
      'Store shop/main reports Ready: release: not found',
    ],
    [
      'of a condition that is no error',
      { conditions: [{ type: 'Synced', status: 'False', message: 'cannot get referenced ProviderConfig' }] },
      'Store shop/main reports Synced: cannot get referenced ProviderConfig',
    ],
    [
      'of an error in the status',
      { error: { message: 'bucket is not empty', time: '2026-11-24T12:00:00Z' } },
      'Store shop/main reports status.error: bucket is not empty',
    ],
    [
      'of a condition of one of its parts',
      { listeners: [{ conditions: [{ type: 'Programmed', status: 'False', message: 'the address is in use' }] }] },
      'Store shop/main reports Programmed: the address is in use',
    ],
    [
      'of a condition without a status',
      { conditions: [{ type: 'DeletionError', message: 'cluster "edge" not found' }] },
      'Store shop/main reports DeletionError: cluster "edge" not found',
    ],
    ['of a list of errors', { errors: [{ message: 'quota' }] }, 'Store shop/main reports status.errors[0].message: quota'],
    ['further down', { provider: { lastError: 'quota' } }, 'Store shop/main reports status.provider.lastError: quota'],
  ] as const) {
    test(what, async () => {
      const { said } = await explained(['store/main', '-n', 'shop'], [{ object: store, status }]);
      assert.equal(said[0], says);
    });
  }

  test('name what is missing for the clean-up, until it is there again', async () => {
    const message = 'cannot get referenced ProviderConfig: nodeclaims.example.com "provider" not found';
    const status = { conditions: [{ type: 'Synced', status: 'False', message }] };
    const { said, exitCode } = await explained(['store/main', '-n', 'shop'], [{ object: store, status }]);
    assert.equal(said[1], 'NodeClaim provider does not exist: Store shop/main cannot be cleaned up without it');
    assert.equal(exitCode, 7);
    const again = await explained(['store/main', '-n', 'shop'], [{ object: store, status }], [custom('NodeClaim', 'provider')]);
    assert.ok(!again.said.join().includes('does not exist'), again.said.join('\n'));
  });

  test('name the permission that the controller lacks, with the question whether it has it now', async () => {
    const message =
      'failed to delete: secrets is forbidden: User "system:serviceaccount:ops:runner" cannot delete resource "secrets" in API group "" in the namespace "shop"';
    const { commands } = await explained(
      ['store/main', '-n', 'shop'],
      [{ object: store, events: [{ type: 'Warning', reason: 'Failed', message }] }],
    );
    assert.equal(commands[0], 'kubectl auth can-i delete secrets -n shop --as system:serviceaccount:ops:runner');
  });

  test('are no conditions that are well, or older than the deletion', async () => {
    const conditions = [
      { type: 'Ready', status: 'True', message: 'all is well' },
      { type: 'Degraded', status: 'False', message: 'nothing is degraded' },
      { type: 'Reconciled', status: 'True', message: 'removed what was old', lastTransitionTime: '2020-01-01T00:00:00Z' },
    ];
    const { said } = await explained(['store/main', '-n', 'shop'], [{ object: store, status: { conditions } }]);
    assert.match(said[0] ?? '', /^finalizer store\.example\.com\/hold/);
  });

  test('are not what Kubernetes tells of how its own kinds are made', async () => {
    const claim = {
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
      metadata: { name: 'data', namespace: 'shop', finalizers: ['example.com/hold'] },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const waiting = { type: 'Normal', reason: 'WaitForFirstConsumer', message: 'waiting for first consumer to be created' };
    const failing = { type: 'Warning', reason: 'ProvisioningFailed', message: 'storageclass "fast" not found' };
    const { said } = await explained(['pvc/data', '-n', 'shop'], [{ object: claim, events: [waiting, failing] }]);
    assert.ok(!said.join().includes('reports'), said.join('\n'));
    const ingress = {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
      metadata: { name: 'web', namespace: 'shop', finalizers: ['example.com/hold'] },
      spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
    };
    const refused = { type: 'Warning', reason: 'FailedDeployModel', message: 'AccessDenied: not authorized' };
    const other = await explained(['ing/web', '-n', 'shop'], [{ object: ingress, events: [refused] }]);
    assert.equal(other.said[0], 'Ingress shop/web reports event FailedDeployModel: AccessDenied: not authorized');
  });

  test('of a Normal event, through a class and its claim to the budget that refuses evictions', async () => {
    const nodeClass = custom('NodeClass', 'default', undefined, ['example.com/termination']);
    const claim = custom('NodeClaim', 'default-x7', undefined, ['example.com/termination']);
    const budget = {
      ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web', namespace: 'shop' } },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
      status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, observedGeneration: 1 },
    };
    const { said } = await explained(
      ['nodeclass/default'],
      [
        {
          object: nodeClass,
          events: [
            { type: 'Normal', reason: 'WaitingOnTermination', message: 'Waiting on NodeClaim termination for default-x7' },
          ],
        },
        {
          object: claim,
          events: [{ type: 'Normal', reason: 'Blocked', message: 'PDB prevents pod evictions (PodDisruptionBudget=[shop/web])' }],
        },
      ],
      [budget],
    );
    assert.equal(
      said[0],
      'NodeClass default reports event WaitingOnTermination: Waiting on NodeClaim termination for default-x7',
    );
    assert.equal(said[1], 'NodeClaim default-x7, which it names, is still being deleted');
    assert.match(said[2] ?? '', /^NodeClaim default-x7 reports event Blocked: PDB prevents/);
    assert.match(said[3] ?? '', /^PodDisruptionBudget shop\/web allows /);
  });

  test('are silent about what names the object: that may be why, and is no certainty', async () => {
    const users = ['first', 'second'].map((name) => ({
      ...custom('NodeClaim', name),
      spec: { nodeClassRef: { group: 'example.com', kind: 'NodeClass', name: 'default' } },
    }));
    const nodeClass = custom('NodeClass', 'default', undefined, ['example.com/termination']);
    const { said, commands } = await explained(['nodeclass/default'], [{ object: nodeClass }], users);
    assert.ok(said.includes('2 objects name NodeClass default; its controller may wait until they are gone'), said.join('\n'));
    assert.ok(said.includes('NodeClaim first, which names it in spec.nodeClassRef.name, is not being deleted'), said.join('\n'));
    assert.ok(commands.includes('kubectl delete nodeclaims.example.com/first'));
  });

  test('of an attachment, from its volume', async () => {
    const volume = {
      ...{
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'pv-1', finalizers: ['external-attacher/disk-example'] },
      },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], csi: { driver: 'disk.example', volumeHandle: 'a' } },
    };
    const attachment = {
      ...{ apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment' },
      metadata: { name: 'csi-a', finalizers: ['external-attacher/disk-example'] },
      spec: { attacher: 'disk.example', nodeName: 'node-1', source: { persistentVolumeName: 'pv-1' } },
    };
    const { said } = await explained(
      ['pv/pv-1'],
      [
        { object: volume },
        {
          object: attachment,
          status: { attached: true, detachError: { message: 'the device is busy', time: '2026-11-24T12:00:00Z' } },
        },
      ],
    );
    assert.ok(said.includes('PersistentVolume pv-1 is in use by VolumeAttachment csi-a'), said.join('\n'));
    assert.ok(said.includes('VolumeAttachment csi-a reports status.detachError: the device is busy'), said.join('\n'));
  });

  test('of a snapshot, from the claim that it is taken from', async () => {
    const claim = {
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
      metadata: {
        name: 'data',
        namespace: 'shop',
        finalizers: ['snapshot.storage.kubernetes.io/pvc-as-source-protection'],
      },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const snapshot = {
      ...{ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name: 'nightly', namespace: 'shop' } },
      spec: { source: { persistentVolumeClaimName: 'data' } },
      status: { readyToUse: false, error: { message: 'no VolumeSnapshotClass' } },
    };
    const { said, commands } = await explained(['pvc/data', '-n', 'shop'], [{ object: claim }], [snapshot]);
    assert.ok(said.includes('PersistentVolumeClaim shop/data is in use by VolumeSnapshot shop/nightly'), said.join('\n'));
    assert.ok(commands.includes('kubectl delete volumesnapshots.snapshot.storage.k8s.io/nightly -n shop'), commands.join('\n'));
  });
});

function subresourceOf({ apiVersion }: ObjectRef): { subresource?: 'status' } {
  return apiVersion.startsWith('example.com/') ? {} : { subresource: 'status' };
}
