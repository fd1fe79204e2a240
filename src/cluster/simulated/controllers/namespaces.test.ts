import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt } from '../../../objects/fields.ts';
import { configMap, createAll, home, homeCluster, inHome, pod, ref, workload } from '../testing/samples.ts';

const homeRef = { apiVersion: 'v1', kind: 'Namespace', name: home };

describe('the namespace controller', () => {
  test('empties a namespace: Pods first, everything else only when the last of them is gone', async () => {
    const { simulated, port, settle, log } = await homeCluster();
    await createAll(
      simulated,
      workload('Deployment', 'web', { annotations: { 'simulated.bookend.dev/pre-stop-ms': '5000' } }),
      inHome('v1', 'ConfigMap', 'one'),
    );
    await settle();
    assert.equal(await port.delete(homeRef), 'terminating');
    await settle(120_000);
    assert.equal(await port.get(homeRef), undefined);
    const gone = log.filter(({ what, ref: { namespace } }) => what === 'gone' && namespace === home);
    const lastPod = gone.findLastIndex(({ ref: { kind } }) => kind === 'Pod');
    assert.ok(gone.slice(0, lastPod).every(({ ref: { kind } }) => kind === 'Pod'));
    assert.ok(gone.length > lastPod + 4);
    assert.equal(log.at(-1)?.id, `Namespace/${home}`);
  });

  test('looks again after half of the estimated time and one second, as the real one does', async () => {
    const { port, settle, log, life } = await homeCluster({}, pod('one'));
    await port.delete(homeRef);
    await settle(60_000);
    const from = life.when('terminating', `Namespace/${home}` as never) ?? 0;
    const gone = log.at(-1)?.at ?? 0;
    assert.ok(gone - from >= 16_000 && gone - from < 17_000, `${gone - from} ms`);
  });

  test('a finalizer inside holds it, and its conditions say which', async () => {
    const { port, settle } = await homeCluster();
    await port.create(configMap('held', { finalizers: ['example.com/hold'] }));
    await port.delete(homeRef);
    await settle(60_000);
    const conditions = fieldAt((await port.get(homeRef))?.status, 'conditions') as Record<string, string>[];
    const of = (type: string) => conditions.find((condition) => condition.type === type);
    const says = 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances';
    assert.equal(of('NamespaceFinalizersRemaining')?.message, says);
    assert.equal(of('NamespaceContentRemaining')?.message, 'Some resources are remaining: configmaps. has 1 resource instances');
    assert.equal(of('NamespaceDeletionContentFailure')?.status, 'False');
  });

  test('what admission refuses stays, and its conditions say why', async () => {
    const { port, settle, admission } = await homeCluster();
    await port.create(inHome('v1', 'ConfigMap', 'guarded'));
    admission.push(({ operation, name }) =>
      operation === 'DELETE' && name === 'guarded' ? { message: 'still needed' } : undefined,
    );
    await port.delete(homeRef);
    await settle(60_000);
    const conditions = fieldAt((await port.get(homeRef))?.status, 'conditions') as Record<string, string>[];
    assert.match(conditions.find(({ type }) => type === 'NamespaceDeletionContentFailure')?.message ?? '', /still needed/);
    admission.length = 0;
    await settle(60_000);
    assert.equal(await port.get(homeRef), undefined);
  });

  test('never lets go of the namespaces that every cluster has', async () => {
    const { port } = await homeCluster();
    await assert.rejects(port.delete({ ...homeRef, name: 'default' }), { code: 'forbidden' });
  });
});

describe('every namespace', () => {
  test('has a default account and the root certificate, and gets them back', async () => {
    const { port, settle } = await homeCluster();
    for (const target of [ref('v1', 'ServiceAccount', 'default'), ref('v1', 'ConfigMap', 'kube-root-ca.crt')]) {
      assert.equal(await port.delete(target), 'deleted');
      await settle();
      assert.ok(await port.get(target));
    }
  });
});

describe('a PersistentVolumeClaim', () => {
  test('is kept while a scheduled Pod names it, an ended one too', async () => {
    const { port, settle } = await homeCluster();
    const claim = ref('v1', 'PersistentVolumeClaim', 'data');
    await port.create(inHome('v1', 'PersistentVolumeClaim', 'data', { spec: {} }));
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    await port.create(pod('ended', { spec: { volumes, restartPolicy: 'Never' } }));
    await settle(5_000);
    assert.equal(await port.delete(claim), 'terminating');
    await settle(60_000);
    assert.ok(await port.get(claim));
    await port.delete(ref('v1', 'Pod', 'ended'));
    await settle();
    assert.equal(await port.get(claim), undefined);
  });

  test('goes at once when no Pod names it', async () => {
    const { port, settle } = await homeCluster();
    await port.create(inHome('v1', 'PersistentVolumeClaim', 'data', { spec: {} }));
    assert.equal(await port.delete(ref('v1', 'PersistentVolumeClaim', 'data')), 'terminating');
    await settle();
    assert.equal(await port.get(ref('v1', 'PersistentVolumeClaim', 'data')), undefined);
  });
});
