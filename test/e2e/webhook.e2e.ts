/**
 * The admission webhook on a real API server: what becomes of a labelled Pod, that nobody else ever meets it, and that
 * neither a roll-over of the operator nor a new certificate refuses a single Pod.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { imageVolumesOf } from '../../src/image-volumes/image-volumes-of.ts';
import { fieldAt, listOf, mapOf, textMapOf, textOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { sharesInAnnotations } from '../../src/share/annotations.ts';
import { applyShares } from '../../src/share/apply.ts';
import { issue } from '../../src/webhook/certificate/issue.ts';
import { held, writeStored } from '../../src/webhook/certificate/stored.ts';
import { until, untilNone } from '../../tools/lab/observe.ts';
import { assertUnbroken, sharingPod, whilePodsAreCreated } from './pod-stream.ts';
import { operatorNamespace, put, useTestBed } from './support.ts';
import { caBundle, certificateSecret, settled } from './webhook-state.ts';

describe('The admission webhook', () => {
  const bed = useTestBed('webhook', { bookend: ['replicas=2'] });
  const create = (pod: KubernetesObject, dryRun = true) => bed.cluster.create(pod, { dryRun });
  const refusal = (pod: KubernetesObject) =>
    create(pod).then(
      () => assert.fail('it was admitted'),
      (error: Error) => error.message,
    );
  const replicas = async (count: number) => {
    await bed.lab.run('kubectl', ['scale', 'deployment/bookend', '-n', operatorNamespace, `--replicas=${count}`]);
    await rolledOut();
  };
  const rolledOut = () =>
    bed.lab.run('kubectl', ['rollout', 'status', 'deployment/bookend', '-n', operatorNamespace, '--timeout=180s']);
  const operators = async () =>
    (await bed.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: operatorNamespace })).items.filter(
      ({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === 'bookend' && !metadata.deletionTimestamp,
    );

  test('gives a labelled Pod its shares, and the Pod runs with them', async () => {
    const { namespace } = bed;
    const name = 'e2e-shared';
    const pod = sharingPod(name, namespace, { 'share.bookend.dev/files': 'app:/app -> worker:/srv/app:ro; mode=copy' });
    await create(pod, false);
    const running = await until('the Pod to run', async () => {
      const found = await bed.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
      return found && fieldAt(found, 'status', 'phase') === 'Running' ? found : undefined;
    });
    const inits = listOf(fieldAt(running, 'spec', 'initContainers')).map((each) => textOf(mapOf(each).name));
    assert.deepEqual(inits, ['bookend-seed', 'bookend-share-files']);
    const node = (container: string, script: string) =>
      bed.lab.run('kubectl', ['exec', '-n', namespace, name, '-c', container, '--', '/usr/bin/node', '-p', script]);
    await node('app', 'fs.writeFileSync("/cache/one", "two")');
    assert.equal((await node('worker', 'fs.readFileSync("/work/one", "utf8")')).stdout.trim(), 'two');
    const list = 'fs.readdirSync(process.env.OF ?? "/app").join()';
    const ofSource = (await node('app', list)).stdout;
    assert.equal((await node('worker', list.replace('/app', '/srv/app'))).stdout, ofSource);
    await bed.cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name }, { gracePeriodSeconds: 0 });
  });

  test('makes, byte for byte, the Pod that the same shares make of the same template elsewhere', async () => {
    const { namespace } = bed;
    const annotations = {
      'share.bookend.dev/files': 'app:/app -> worker:/srv/app:ro',
      'share.bookend.dev/memory': 'app:/run/shared, worker:/run/shared; medium=Memory; sizeLimit=8Mi',
    };
    const labelled = sharingPod('e2e-same', namespace, annotations);
    const { shares } = sharesInAnnotations(labelled.metadata.annotations ?? {});
    const { spec, ...rest } = sharingPod('e2e-same', namespace, annotations);
    // Whatever the operator finds out just after its start has reached both replicas.
    await until('image volumes to be tried', async () => {
      const found = await imageVolumesOf(bed.cluster, mapOf(spec));
      return found.known || !/have not been tried yet/.test(found.reason);
    });
    await settled();
    const settings = {
      seedImage: 'registry.bookend.dev/seed:0.1.0',
      imageVolumes: await imageVolumesOf(bed.cluster, mapOf(spec)),
    };
    const applied = applyShares({ ...rest, spec: mapOf(spec) }, shares, settings);
    applied.metadata.labels = {};
    assert.equal(JSON.stringify((await create(labelled)).spec), JSON.stringify((await create(applied)).spec));
    const again = { ...applied, metadata: labelled.metadata };
    assert.equal(JSON.stringify((await create(again)).spec), JSON.stringify((await create(applied)).spec), 'and not twice');
  });

  test('refuses wrong annotations with every field and reason, and the controller of the Pod is told', async () => {
    const { namespace, lab } = bed;
    const wrong = sharingPod('e2e-wrong', namespace, { 'share.bookend.dev/cache': 'app:cache, nobody:/work' });
    const said = await refusal(wrong);
    assert.match(said, /admission webhook "share\.bookend\.dev" denied the request/);
    assert.match(said, /metadata\.annotations\[share\.bookend\.dev\/cache\]/);
    const { metadata, spec } = wrong;
    const labels = { ...metadata.labels };
    await put(bed, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'e2e-wrong', namespace },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: metadata.annotations },
          spec: { ...mapOf(spec), terminationGracePeriodSeconds: 0 },
        },
      },
    });
    await until('an event of the ReplicaSet', async () => {
      const { items } = await bed.cluster.list({
        apiVersion: 'v1',
        kind: 'Event',
        namespace,
        fieldSelector: 'reason=FailedCreate',
      });
      return items.some(({ message }) => /metadata\.annotations\[share\.bookend\.dev\/cache\]/.test(String(message)));
    });
    await lab.run('kubectl', ['delete', 'replicaset', 'e2e-wrong', '-n', namespace]);
    const kubectl = await lab.attempt('kubectl', ['create', '--dry-run=server', '-f', '-'], { input: JSON.stringify(wrong) });
    assert.match(kubectl.stderr, /The Pod "e2e-wrong" is invalid: .*metadata\.annotations\[share\.bookend\.dev\/cache\]: /s);
  });

  test('is asked about no other Pod: not even the operator being gone is noticed', async () => {
    const { namespace, cluster } = bed;
    await replicas(0);
    await untilNone(cluster, { apiVersion: 'v1', kind: 'Pod', namespace: operatorNamespace });
    try {
      const unlabelled = sharingPod('e2e-other', namespace);
      unlabelled.metadata.labels = { 'share.bookend.dev/inject': 'false' };
      assert.equal(fieldAt(await create(unlabelled), 'spec', 'volumes'), undefined);
      for (const excluded of ['kube-system', operatorNamespace]) {
        assert.equal(fieldAt(await create(sharingPod('e2e-other', excluded)), 'spec', 'volumes'), undefined, excluded);
      }
      assert.match(await refusal(sharingPod('e2e-labelled', namespace)), /failed calling webhook "share\.bookend\.dev"/);
    } finally {
      await replicas(2);
    }
    await until('a labelled Pod to be admitted', () => create(sharingPod('e2e-labelled', namespace)).catch(() => undefined));
  });

  for (const count of [2, 1]) {
    test(`refuses no Pod while ${count === 1 ? 'the only replica is' : `${count} replicas are`} replaced, twice`, async () => {
      await replicas(count);
      await until('a labelled Pod to be admitted', () => create(sharingPod('e2e-before', bed.namespace)).catch(() => undefined));
      const stream = await whilePodsAreCreated(bed.cluster, bed.namespace, async () => {
        for (let turn = 0; turn < 2; turn += 1) {
          const before = (await operators()).map(({ metadata }) => metadata.name);
          await bed.lab.run('kubectl', ['rollout', 'restart', 'deployment/bookend', '-n', operatorNamespace]);
          await rolledOut();
          await until('the old Pods to be gone', async () => {
            const { items } = await bed.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: operatorNamespace });
            return !items.some(({ metadata }) => before.includes(metadata.name));
          });
        }
      });
      assertUnbroken(stream);
    });
  }

  test('renews its certificate without a restart and without refusing a Pod', async () => {
    const { cluster, namespace } = bed;
    await replicas(2);
    const before = await operators();
    // Nine tenths of its time are over: the renewal is due. Half of what is left is given to the API server.
    const names = [`bookend-webhook.${operatorNamespace}.svc`, `bookend-webhook.${operatorNamespace}.svc.cluster.local`];
    const old = held(issue({ names, now: Date.now(), validityMs: 60_000 }));
    await cluster.patch(certificateSecret, {
      type: 'json',
      operations: [{ op: 'add', path: '/data', value: writeStored({ current: old }) }],
    });
    await until('both authorities to be trusted', async () => {
      const trusted = await caBundle(cluster);
      return trusted.has(old.authority) && trusted.size === 2;
    });
    await settled();
    const served = async () => textMapOf((await cluster.get(certificateSecret))?.data)['tls.crt'];
    const first = await served();
    const stream = await whilePodsAreCreated(cluster, namespace, async () => {
      await until('the next certificate to be served', async () => (await served()) !== first);
      await settled();
    });
    assertUnbroken(stream);
    const after = await operators();
    assert.deepEqual(after.map(({ metadata }) => metadata.uid).sort(), before.map(({ metadata }) => metadata.uid).sort());
    for (const pod of after) {
      const [status] = listOf(fieldAt(pod, 'status', 'containerStatuses'));
      assert.equal(fieldAt(status, 'restartCount'), 0);
      const { stdout } = await bed.lab.run('kubectl', ['logs', '-n', operatorNamespace, pod.metadata.name]);
      assert.ok(stdout.split('the webhook serves with a new certificate').length > 3, 'it has served three in turn');
    }
  });

  test('makes everything anew when somebody empties its Secret', async () => {
    const { cluster, namespace } = bed;
    const before = await caBundle(cluster);
    await cluster.patch(certificateSecret, { type: 'merge', value: { data: null } });
    await until('another authority to be trusted', async () => {
      const trusted = await caBundle(cluster);
      return trusted.size === 1 && ![...trusted].some((each) => before.has(each));
    });
    await settled();
    assertUnbroken(await whilePodsAreCreated(cluster, namespace, settled));
  });

  test('gives the Pods of a Deployment their shares and leaves its template as it was written', async () => {
    const { namespace, cluster } = bed;
    const { metadata, spec } = sharingPod('e2e-many', namespace);
    const template = { metadata: { labels: metadata.labels, annotations: metadata.annotations }, spec: { ...mapOf(spec) } };
    await put(bed, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'e2e-many', namespace },
      spec: { replicas: 2, selector: { matchLabels: { app: 'e2e-many' } }, template },
    });
    await bed.lab.run('kubectl', ['rollout', 'status', 'deployment/e2e-many', '-n', namespace, '--timeout=120s']);
    const deployment = await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'e2e-many' });
    const found = fieldAt(deployment, 'spec', 'template', 'spec', 'volumes');
    assert.equal(found, undefined, 'the template itself stays as it was written');
    await cluster.delete(
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'e2e-many' },
      { propagation: 'Foreground' },
    );
    await untilNone(cluster, { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: 'app=e2e-many' });
  });
});
