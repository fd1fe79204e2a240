/**
 * Where `auto` may choose image volumes, on a real cluster: the operator tries them on a real runtime, tells what
 * runtimes show in their place apart, and what it found decides about Pods and workloads. A Node that no kubelet
 * stands behind plays the nodes of another kind.
 */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { wallClock } from '../../src/cluster/clock.ts';
import { type Finding, findingsName, readFindings, writeFinding } from '../../src/image-volumes/finding.ts';
import { imageVolumesOf } from '../../src/image-volumes/image-volumes-of.ts';
import { factsOf } from '../../src/image-volumes/node.ts';
import { poolsOf } from '../../src/image-volumes/pools.ts';
import { probeLabel, probePod } from '../../src/image-volumes/probe-pod.ts';
import { resultOf } from '../../src/image-volumes/probe-result.ts';
import { fieldAt, listOf, mapOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { until, untilNone } from '../../tools/lab/observe.ts';
import { clusterOperator, configMap } from './objects.ts';
import { sharingPod } from './pod-stream.ts';
import { privateRegistry } from './private-registry.ts';
import { node as inNode } from './share/pods.ts';
import { operatorNamespace, probeNamespace, put, takeDown, untilReady, useTestBed } from './support.ts';

const seedImage = 'registry.bookend.dev/seed:0.1.0';
const files = { 'share.bookend.dev/files': 'app:/app/ -> worker:/srv/app:ro' };
const findingsRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: operatorNamespace, name: findingsName };
const probes = { apiVersion: 'v1', kind: 'Pod', labelSelector: probeLabel };
const otherNode = { apiVersion: 'v1', kind: 'Node', name: 'e2e-other-node' };

describe('Image volumes', () => {
  const bed = useTestBed('image-volumes', { bookend: ['replicas=2'] });
  const findings = async () => [...readFindings(await bed.cluster.get(findingsRef))];
  const untilFound = (outcome: string) =>
    until(`image volumes to be found: ${outcome}`, async () => {
      const found = await findings();
      return found.length > 0 && found.every(([, finding]) => finding.outcome === outcome) ? found : undefined;
    });
  const pretend = async (change: Partial<Finding>) => {
    const data = Object.fromEntries((await findings()).map(([key, finding]) => [key, writeFinding({ ...finding, ...change })]));
    await bed.cluster.patch(findingsRef, { type: 'merge', value: { data } });
  };
  const tryAnew = () => bed.cluster.patch(findingsRef, { type: 'merge', value: { data: null } });
  const modeOf = (spec: unknown): string => {
    const [volume] = listOf(fieldAt(spec, 'volumes')).filter((each) => fieldAt(each, 'name') === 'bookend-share-files');
    return Object.keys(mapOf(volume))
      .filter((key) => key !== 'name')
      .join();
  };
  /** As the webhook would make it; nothing is stored. */
  const admitted = async (spec: object = {}) => {
    const pod = sharingPod('e2e-admitted', bed.namespace, files);
    return await bed.cluster.create({ ...pod, spec: { ...mapOf(pod.spec), ...spec } }, { dryRun: true });
  };
  /** Both replicas have heard, whichever is asked. */
  const untilAdmitted = (volume: 'image' | 'emptyDir', spec: object = {}) =>
    until(`Pods to be admitted with ${volume}`, async () => {
      for (let count = 0; count < 10; count += 1) if (modeOf((await admitted(spec)).spec) !== volume) return false;
      return true;
    });
  const why = async (spec: Record<string, unknown> = {}) => {
    const found = await imageVolumesOf(bed.cluster, spec);
    return found.known ? 'known' : found.reason;
  };
  const removeOtherNode = async () => void (await bed.cluster.delete(otherNode));
  afterEach(removeOtherNode);
  const addNode = async (runtime: string, taints: object[] = []) => {
    await bed.cluster.create({
      ...otherNode,
      metadata: { name: otherNode.name, labels: { 'kubernetes.io/os': 'linux', 'e2e.bookend.dev/kind': 'other' } },
      spec: { taints },
      status: {
        nodeInfo: {
          ...{ containerRuntimeVersion: runtime, kubeletVersion: 'v1.37.2', operatingSystem: 'linux', architecture: 'amd64' },
          ...{ osImage: 'Other', kernelVersion: '', machineID: '', systemUUID: '', bootID: '', kubeProxyVersion: '' },
        },
      },
    } as KubernetesObject);
  };

  test('are tried once on the nodes of this cluster, and what was found is told; no Pod stays', async () => {
    const [[key, finding] = assert.fail('nothing was found'), ...more] = await untilFound('works');
    assert.deepEqual(more, []);
    const { items } = await bed.cluster.list({ apiVersion: 'v1', kind: 'Node' });
    const [pool = assert.fail('no node')] = poolsOf(items.map(factsOf));
    assert.deepEqual([key, finding.pool], [pool.key, pool.description]);
    assert.ok(pool.nodes.some(({ name }) => name === finding.node));
    await untilNone(bed.cluster, { ...probes, namespace: probeNamespace });
    const logs = ['logs', '-n', operatorNamespace, '-l', 'app.kubernetes.io/name=bookend', '--tail=-1'];
    const { stdout } = await bed.lab.run('kubectl', logs);
    assert.equal(stdout.split('image volumes work on the nodes of a pool').length, 2, 'once');
    assert.equal(await why(), 'known');
  });

  test('are what a labelled Pod gets that only reads, and it sees the files of the image', async () => {
    const { cluster, namespace } = bed;
    await untilAdmitted('image');
    const pod = sharingPod('e2e-reads', namespace, files);
    // As in a private registry: how the source is pulled goes for the volume too.
    for (const container of listOf(mapOf(pod.spec).containers)) Object.assign(mapOf(container), { imagePullPolicy: 'Never' });
    await cluster.create(pod);
    const running = await until('the Pod to run', async () => {
      const found = await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'e2e-reads' });
      return fieldAt(found, 'status', 'phase') === 'Running' ? found : undefined;
    });
    assert.equal(fieldAt(running, 'spec', 'initContainers'), undefined);
    const volume = listOf(fieldAt(running, 'spec', 'volumes')).find((each) => fieldAt(each, 'image'));
    assert.equal(fieldAt(volume, 'image', 'pullPolicy'), 'Never');
    const list = (container: string, path: string) => inNode(bed, 'e2e-reads', container, `fs.readdirSync('${path}').join()`);
    assert.equal(await list('worker', '/srv/app'), await list('app', '/app'));
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'e2e-reads' }, { gracePeriodSeconds: 0 });
  });

  test("are pulled from a private registry with the Pod's own Secrets, and without them it does not start", async () => {
    const { cluster, namespace } = bed;
    const { reference, secret, objects } = await privateRegistry('e2e-registry', namespace, `made at ${Date.now()}`);
    await put(bed, ...objects);
    await bed.lab.run('kubectl', ['wait', '--for=condition=Ready', 'pod/e2e-registry', '-n', namespace, '--timeout=120s']);
    const annotations = { 'share.bookend.dev/files': `image(${reference}):/files/ -> worker:/srv/files:ro` };
    const create = async (name: string, more: object) => {
      const pod = sharingPod(name, namespace, annotations);
      const made = await cluster.create({ ...pod, spec: { ...mapOf(pod.spec), ...more } });
      assert.equal(modeOf(made.spec), 'image');
    };
    const waitingFor = async (name: string) => {
      const pod = await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
      return JSON.stringify(fieldAt(pod, 'status', 'containerStatuses') ?? []);
    };
    // First without: once pulled, the image is on the node.
    await create('e2e-no-secret', {});
    await until('the pull to be refused', async () => /(ErrImagePull|ImagePullBackOff)/.test(await waitingFor('e2e-no-secret')));
    await create('e2e-secret', { imagePullSecrets: [{ name: secret }] });
    await bed.lab.run('kubectl', ['wait', '--for=condition=Ready', 'pod/e2e-secret', '-n', namespace, '--timeout=120s']);
    assert.match(await inNode(bed, 'e2e-secret', 'worker', 'fs.readFileSync("/srv/files/hello", "utf8")'), /^made at /);
    for (const name of ['e2e-no-secret', 'e2e-secret', 'e2e-registry'])
      await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name }, { gracePeriodSeconds: 0 });
  });

  test('are not given to a Pod that could get to a node whose versions rule them out, and the reason names it', async () => {
    await addNode('containerd://1.7.27', [{ key: 'e2e.example/old', effect: 'NoSchedule' }]);
    const tolerations = [{ key: 'e2e.example/old', operator: 'Exists' }];
    await untilAdmitted('emptyDir', { tolerations });
    await untilAdmitted('image');
    await untilAdmitted('image', { tolerations, nodeSelector: { 'kubernetes.io/hostname': await realNode() } });
    const toOther = {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: [otherNode.name] }] }],
      },
    };
    await untilAdmitted('image', { tolerations, affinity: { nodeAffinity: toOther } });
    const says = 'node e2e-other-node has containerd 1.7.27, and directories of images can be mounted from 2.2 on';
    assert.equal(await why({ tolerations }), says);
  });

  test('are not given to a Pod that could get to a node of a kind that was not tried', async () => {
    await addNode('containerd://2.2.0');
    await untilAdmitted('emptyDir');
    assert.match(await why(), /^image volumes have not been tried yet on nodes like e2e-other-node \(containerd 2\.2\.0, /);
    await removeOtherNode();
    await untilAdmitted('image');
  });

  test('are not used where a trial failed, and are tried again when that is asked for, in a namespace with rules of its own', async () => {
    const { cluster } = bed;
    await pretend({ outcome: 'fails', message: 'pretended', tries: 9, at: Date.now() });
    await untilAdmitted('emptyDir');
    assert.match(await why(), /^image volumes do not work on nodes like .*: pretended$/);
    const namespace = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: probeNamespace });
    assert.equal(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace: probeNamespace, name: 'e2e-quota' };
    await put(bed, {
      ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: quota.name, namespace: probeNamespace } },
      spec: { hard: { 'requests.cpu': '1', 'requests.memory': '1Gi', 'limits.cpu': '4', 'limits.memory': '2Gi' } },
    });
    try {
      await tryAnew();
      await untilFound('works');
      await untilAdmitted('image');
    } finally {
      await cluster.delete(quota);
    }
    await untilNone(cluster, { ...probes, namespace: probeNamespace });
  });

  test('that are not shown are told apart: nothing at all, or the whole image, in place of the directory', async () => {
    const { cluster, namespace } = bed;
    const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Node' });
    const [pool = assert.fail('no node')] = poolsOf(items.map(factsOf));
    const ends = async (name: string, change: (spec: Record<string, unknown>) => object) => {
      const pod = probePod(pool, name, { namespace, seedImage });
      await cluster.create({ ...pod, spec: { ...mapOf(pod.spec), ...change(mapOf(pod.spec)) } });
      return await until(`Pod ${name} to tell`, async () => {
        const found = await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
        return found && resultOf(found);
      });
    };
    const [container] = listOf(mapOf(probePod(pool, 'any', { namespace, seedImage }).spec).containers);
    const mounted = (mount: object) => ({
      containers: [{ ...mapOf(container), volumeMounts: [{ name: 'image', mountPath: '/image', ...mount }] }],
    });
    const empty = await ends('e2e-empty', () => ({ volumes: [{ name: 'image', emptyDir: {} }], ...mounted({}) }));
    const expected = ['fails', 'a container saw an empty directory in place of the one in the image'];
    assert.deepEqual([empty.outcome, empty.message], expected);
    const whole = await ends('e2e-whole', () => mounted({}));
    const wanted = ['fails', 'a container saw the whole image in place of a directory of it (subPath)'];
    assert.deepEqual([whole.outcome, whole.message], wanted);
    const absent = await ends('e2e-absent', () => mounted({ subPath: 'nowhere' }));
    assert.equal(absent.outcome, 'fails');
    assert.match(absent.message, /^a container could not be started with one: /);
    const unpulled = await ends('e2e-unpulled', () => ({
      volumes: [{ name: 'image', image: { reference: 'registry.bookend.dev/none:1', pullPolicy: 'Never' } }],
    }));
    assert.equal(unpulled.outcome, 'unclear');
    assert.equal((await ends('e2e-right', () => ({}))).outcome, 'works');
    for (const name of ['e2e-empty', 'e2e-whole', 'e2e-absent', 'e2e-unpulled', 'e2e-right'])
      await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name });
    await untilNone(cluster, { ...probes, namespace });
  });

  test('are tried for somebody who asks for it without an operator, and nothing is left', async () => {
    const { cluster, namespace } = bed;
    const operatorNamespace = 'e2e-no-operator';
    const unasked = await imageVolumesOf(cluster, {}, { operatorNamespace });
    assert.match(
      unasked.known ? '' : unasked.reason,
      /have not been tried yet .*; an operator writes .* into ConfigMap e2e-no-operator\/bookend-image-volumes, and there is none$/,
    );
    const asked: string[] = [];
    const probe = {
      namespace,
      seedImage,
      clock: wallClock,
      onProbe: ({ description }: { description: string }) => void asked.push(description),
    };
    assert.deepEqual(await imageVolumesOf(cluster, {}, { operatorNamespace, probe }), { known: true });
    assert.equal(asked.length, 1);
    await untilNone(cluster, { ...probes, namespace });
  });

  test('leave a workload of a ClusterOperator in the mode that it has, until its Pod template is written anew', async () => {
    const { cluster, namespace } = bed;
    const name = 'e2e-kept';
    const deployment = (marker: string) => {
      const { spec } = sharingPod(name, namespace);
      const env = [{ name: 'MARKER', value: marker }];
      const containers = listOf(mapOf(spec).containers).map((each) => ({ ...mapOf(each), env }));
      const template = { metadata: { labels: { app: name } }, spec: { ...mapOf(spec), containers } };
      return {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name },
        spec: { selector: { matchLabels: { app: name } }, template },
      };
    };
    const share = [
      {
        name: 'files',
        from: { container: 'app', path: '/app', type: 'Directory' },
        to: [{ container: 'worker', path: '/srv/app', readOnly: true }],
      },
    ];
    const apply = async (marker: string, beside: string) => {
      const components = [
        { name: 'web', objects: [deployment(marker)], share },
        { name: 'beside', objects: [configMap(beside)] },
      ];
      await put(bed, clusterOperator(name, namespace, components));
      await until('it to be applied', () => cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: beside }));
      await untilReady(bed, name);
      const found = await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name });
      return { mode: modeOf(fieldAt(found, 'spec', 'template', 'spec')), generation: found?.metadata.generation };
    };
    await untilAdmitted('image');
    const first = await apply('one', 'e2e-beside-1');
    assert.equal(first.mode, 'image');
    await pretend({ outcome: 'fails', message: 'pretended', tries: 9, at: Date.now() });
    await untilAdmitted('emptyDir');
    assert.deepEqual(await apply('one', 'e2e-beside-2'), first, 'its Pods are not restarted');
    const second = await apply('two', 'e2e-beside-3');
    assert.equal(second.mode, 'emptyDir', 'they are restarted anyway');
    await tryAnew();
    await untilFound('works');
    await untilAdmitted('image');
    await bed.lab.run('kubectl', ['rollout', 'restart', 'deployment/bookend', '-n', operatorNamespace]);
    await bed.lab.run('kubectl', ['rollout', 'status', 'deployment/bookend', '-n', operatorNamespace, '--timeout=180s']);
    assert.deepEqual(await apply('two', 'e2e-beside-4'), second, 'not even by another operator');
    await takeDown(bed, name);
  });

  test('are not tried again by the next leader, which takes away the probes that one before left', async () => {
    const { cluster, lab } = bed;
    const before = await findings();
    const [pool = assert.fail('no node')] = poolsOf((await cluster.list({ apiVersion: 'v1', kind: 'Node' })).items.map(factsOf));
    const { spec } = probePod(pool, 'e2e-left', { namespace: probeNamespace, seedImage });
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'e2e-left', namespace: probeNamespace, labels: { [probeLabel]: 'any' } },
      spec,
    });
    await lab.run('kubectl', ['rollout', 'restart', 'deployment/bookend', '-n', operatorNamespace]);
    await lab.run('kubectl', ['rollout', 'status', 'deployment/bookend', '-n', operatorNamespace, '--timeout=180s']);
    await untilNone(cluster, { ...probes, namespace: probeNamespace });
    assert.deepEqual(await findings(), before);
  });

  async function realNode(): Promise<string> {
    const { items } = await bed.cluster.list({ apiVersion: 'v1', kind: 'Node' });
    const real = items.find(({ metadata }) => metadata.name !== otherNode.name);
    return real?.metadata.labels?.['kubernetes.io/hostname'] ?? assert.fail('no node');
  }
});
