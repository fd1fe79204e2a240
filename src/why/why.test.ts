import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KindInfo } from '../cluster/port.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { allOf, isStuck, type Snapshot } from './blocker.ts';
import { commandsOf, saidIn } from './testing/flat.ts';
import { why } from './why.ts';

const now = Date.UTC(2026, 10, 24, 12);
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

function kind(apiVersion: string, name: string, resource: string, namespaced = true): KindInfo {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return {
    apiVersion,
    group,
    version,
    kind: name,
    resource,
    namespaced,
    verbs: ['list'],
    subresources: [],
    shortNames: [],
    categories: [],
  };
}

const kinds = [
  kind('v1', 'Pod', 'pods'),
  kind('v1', 'Namespace', 'namespaces', false),
  kind('v1', 'PersistentVolume', 'persistentvolumes', false),
  kind('example.com/v1', 'Widget', 'widgets'),
  kind('bookend.dev/v1alpha1', 'ClusterOperator', 'clusteroperators', false),
  kind('apiregistration.k8s.io/v1', 'APIService', 'apiservices', false),
  kind('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', false),
];

function object(
  apiVersion: string,
  name: string,
  metadata: KubernetesObject['metadata'],
  rest: Record<string, unknown> = {},
): KubernetesObject {
  return { apiVersion, kind: name, metadata: { uid: `uid-${name}-${metadata.name}`, ...metadata }, ...rest };
}

function explain(about: KubernetesObject, others: KubernetesObject[] = [], more: Partial<Snapshot> = {}) {
  const answer = why({ object: about, objects: [about, ...others], events: [], kinds, notSeen: [], now, ...more });
  return { answer, all: allOf(answer.blockers), said: saidIn(answer.blockers) };
}

const event = (about: KubernetesObject, message: string): KubernetesObject =>
  object('v1', 'Event', { name: 'e' }, { involvedObject: { uid: about.metadata.uid }, reason: 'Failed', message });

describe('why a Pod stays', () => {
  const pod = (seconds: number) =>
    object(
      'v1',
      'Pod',
      { name: 'a', namespace: 'shop', deletionTimestamp: ago(seconds - 30), deletionGracePeriodSeconds: 30 },
      {
        spec: { nodeName: 'n1', containers: [{ name: 'main' }] },
        status: { phase: 'Running', containerStatuses: [{ name: 'main', state: { running: {} } }] },
      },
    );
  const node = (status: string) =>
    object(
      'v1',
      'Node',
      { name: 'n1' },
      {
        status: {
          conditions: [
            {
              type: 'Ready',
              status,
              reason: 'NodeStatusUnknown',
              message: 'Kubelet stopped posting node status.',
              lastTransitionTime: ago(600),
            },
          ],
        },
      },
    );

  test('within its grace it is on its way', () => {
    const { answer, said } = explain(pod(12), [node('True')]);
    assert.equal(answer.stuck, false);
    assert.deepEqual(said, ['Pod shop/a on n1: container main has been stopping for 12s of 30s']);
  });

  test('past its grace on a node that answers it is stuck, and force has its price', () => {
    const { answer, all } = explain(pod(120), [node('True')]);
    assert.equal(answer.stuck, true);
    assert.match(all[0]?.says ?? '', /is 1m30s past its grace of 30s/);
    assert.deepEqual(all[0]?.remedies, [
      {
        says: 'See the events of Pod shop/a.',
        steps: [{ do: 'run', when: 'now', argv: ['kubectl', 'describe', 'pod/a', '-n', 'shop'], looks: true }],
      },
      {
        says: 'Remove Pod shop/a from the API without waiting for its kubelet.',
        steps: [{ do: 'run', when: 'now', argv: ['kubectl', 'delete', 'pod/a', '-n', 'shop', '--grace-period=0', '--force'] }],
        loses: 'the certainty that its containers have ended on node n1: they may still run next to their replacements',
      },
    ]);
  });

  test('after its containers have ended it waits for the clean-up of the kubelet, which says why in an event', () => {
    const ended = { phase: 'Running', containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 0 } } }] };
    const about: KubernetesObject = { ...pod(120), status: ended };
    const message = 'UnmountVolume.TearDown failed for volume "data": target is busy';
    const { all, said } = explain(about, [node('True')], { events: [event(about, message)] });
    assert.match(
      said[0] ?? '',
      /its containers have ended, and the kubelet of node n1 has not finished its clean-up: event Failed: Unm/,
    );
    assert.match(all[0]?.remedies.at(-1)?.loses ?? '', /^what the kubelet has not cleaned up on node n1/);
  });

  test('on a node that is silent that is the cause, and force comes last, for a node that is off', () => {
    const { said, answer, all } = explain(pod(120), [node('Unknown')]);
    const remedies = all.flatMap((each) => each.remedies.map(({ says }) => says));
    assert.match(remedies[0] ?? '', /^See what the node reports/);
    assert.match(remedies.at(-1) ?? '', /^If node n1 is certainly switched off, remove only Pod shop\/a/);
    assert.equal(remedies.filter((text) => /[Rr]emove/.test(text)).length, 1);
    assert.equal(answer.stuck, true);
    assert.match(said[1] ?? '', /^node n1 has not been ready for 10m0s: its kubelet does not report/);
  });

  test('on a node that is gone the garbage collector comes', () => {
    const { said, answer } = explain(pod(120), [{ ...node('True'), metadata: { name: 'other', uid: 'x' } }]);
    assert.equal(answer.stuck, false);
    assert.match(said[1] ?? '', /^node n1 no longer exists/);
  });

  test('on a node that is gone it is stuck when the garbage collector has not come for minutes', () => {
    const { all, answer } = explain(pod(900), [{ ...node('True'), metadata: { name: 'other', uid: 'x' } }]);
    assert.equal(answer.stuck, true);
    assert.match(all[1]?.says ?? '', /has not removed this one after 15m0s$/);
    assert.deepEqual(all[0]?.remedies, []);
  });

  test('a failed hook is told from the events', () => {
    const about = pod(12);
    const { all } = explain(about, [], { events: [event(about, 'PreStopHook failed: 403')] });
    assert.ok(all[0]?.evidence.some(({ says }) => says === 'PreStopHook failed: 403'));
  });
});

describe('why a Namespace stays', () => {
  const namespace = (conditions: unknown[], spec: unknown = { finalizers: ['kubernetes'] }) =>
    object(
      'v1',
      'Namespace',
      { name: 'shop', deletionTimestamp: ago(90) },
      { spec, status: { phase: 'Terminating', conditions } },
    );
  const apiService = (status: string) =>
    object(
      'apiregistration.k8s.io/v1',
      'APIService',
      { name: 'v1beta1.metrics.example' },
      {
        spec: { group: 'metrics.example', version: 'v1beta1', service: { namespace: 'ops', name: 'metrics' } },
        status: {
          conditions: [
            {
              type: 'Available',
              status,
              reason: 'MissingEndpoints',
              message: 'endpoints for service/metrics in "ops" have no addresses',
            },
          ],
        },
      },
    );

  test('an API that does not answer holds every namespace', () => {
    const condition = {
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'True',
      message: 'Discovery failed for some groups, 1 failing',
    };
    const { answer, all, said } = explain(namespace([condition]), [apiService('False')]);
    assert.equal(answer.stuck, true);
    assert.ok(
      said.some((text) =>
        text.startsWith('APIService v1beta1.metrics.example does not answer: its Service ops/metrics does not exist'),
      ),
    );
    const service = all.find(({ kind }) => kind === 'api-service');
    assert.deepEqual(service && commandsOf(service), [
      'kubectl delete apiservices.apiregistration.k8s.io/v1beta1.metrics.example',
    ]);
    assert.match(service?.remedies[0]?.loses ?? '', /^the API metrics\.example\/v1beta1 until it is installed again/);
    assert.ok(!explain(namespace([]), [apiService('True')]).said.some((text) => text.startsWith('APIService')));
  });

  test('a webhook or a policy that refuses is found in the words of the namespace controller', () => {
    const webhook =
      'failed calling webhook "guard.example.com": failed to call webhook: Post "https://guard": no endpoints available';
    const policy = `ValidatingAdmissionPolicy 'guard' with binding 'guard-binding' denied request: still in use by Pod a`;
    for (const [message, says, command] of [
      [
        webhook,
        /^webhook guard\.example\.com cannot be called: failed to call webhook/,
        /delete validatingwebhookconfigurations\S*\/hook$/,
      ],
      [
        policy,
        /^ValidatingAdmissionPolicy guard refuses: still in use by Pod a$/,
        /^kubectl delete validatingadmissionpolicybinding\/guard-binding$/,
      ],
    ] as const) {
      const configuration = object(
        'admissionregistration.k8s.io/v1',
        'ValidatingWebhookConfiguration',
        { name: 'hook' },
        { webhooks: [{ name: 'guard.example.com' }] },
      );
      const condition = {
        type: 'NamespaceDeletionContentFailure',
        status: 'True',
        message: `Failed to delete all resource types, 1 remaining: ${message}`,
      };
      const { all, answer } = explain(namespace([condition]), [configuration]);
      assert.equal(answer.stuck, true);
      const found = all.find((each) => says.test(each.says));
      assert.ok(found, JSON.stringify(all));
      assert.ok(
        commandsOf(found).some((each) => command.test(each)),
        JSON.stringify(found.remedies),
      );
    }
  });

  test('a webhook that is not registered any more refuses nothing', () => {
    const message = 'admission webhook "guard.example.com" denied the request: never';
    const registered = kind(
      'admissionregistration.k8s.io/v1',
      'MutatingWebhookConfiguration',
      'mutatingwebhookconfigurations',
      false,
    );
    const condition = { type: 'NamespaceDeletionContentFailure', status: 'True', message };
    const told = (more: Partial<Snapshot>) =>
      explain(namespace([condition]), [], { kinds: [...kinds, registered], ...more }).said.join('\n');
    assert.doesNotMatch(told({}), /webhook guard\.example\.com refuses/);
    const hidden = ['validatingwebhookconfigurations.admissionregistration.k8s.io: forbidden'];
    assert.match(told({ notSeen: hidden }), /webhook guard\.example\.com refuses: never/, 'unless that cannot be seen');
  });

  test('a finalizer in its spec is somebody’s', () => {
    const { said } = explain(namespace([], { finalizers: ['kubernetes', 'other.example/hold'] }));
    assert.match(said[0] ?? '', /^finalizer other\.example\/hold in spec\.finalizers of Namespace shop/);
  });

  test('while Pods are left they go first, and what is stuck stands above what is not', () => {
    const metadata = { namespace: 'shop', deletionTimestamp: ago(60), deletionGracePeriodSeconds: 30 };
    const good = object(
      'v1',
      'Pod',
      { name: 'good', ...metadata, deletionTimestamp: ago(-20) },
      { spec: { containers: [{ name: 'm' }] }, status: { containerStatuses: [{ name: 'm', state: { running: {} } }] } },
    );
    const held = object(
      'v1',
      'Pod',
      { name: 'held', ...metadata, finalizers: ['other.example/hold'] },
      { spec: { containers: [] } },
    );
    const { said } = explain(namespace([]), [good, held, object('v1', 'ConfigMap', { name: 'c', namespace: 'shop' })]);
    assert.match(
      said[0] ?? '',
      /^Namespace shop: 3 objects are still in it \(2 Pod, 1 ConfigMap\); Pods go first, everything else waits for them$/,
    );
    assert.match(said[1] ?? '', /^finalizer other\.example\/hold on Pod shop\/held/);
  });
});

describe('why other things stay', () => {
  test('a dead conversion webhook keeps a custom resource, though its controller lives', () => {
    const crd = object(
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      { name: 'widgets.example.com' },
      {
        spec: {
          group: 'example.com',
          names: { kind: 'Widget', plural: 'widgets' },
          versions: [{ name: 'v1' }, { name: 'v2' }],
          conversion: { strategy: 'Webhook', webhook: { clientConfig: { service: { namespace: 'ops', name: 'convert' } } } },
        },
      },
    );
    const widget = object('example.com/v1', 'Widget', {
      name: 'one',
      namespace: 'shop',
      deletionTimestamp: ago(5),
      finalizers: ['example.com/x'],
    });
    const { said } = explain(widget, [crd]);
    assert.ok(
      said.some((text) =>
        text.startsWith('the conversion webhook of CustomResourceDefinition widgets.example.com cannot be called'),
      ),
    );
  });

  test('where nobody serves a finalizer, the release that its kind came from is named', () => {
    const crd = object(
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      {
        name: 'widgets.example.com',
        annotations: { 'meta.helm.sh/release-name': 'runner', 'meta.helm.sh/release-namespace': 'ops' },
      },
      { spec: { group: 'example.com', names: { kind: 'Widget', plural: 'widgets' }, versions: [{ name: 'v1' }] } },
    );
    const widget = object('example.com/v1', 'Widget', {
      ...{ name: 'one', namespace: 'shop', deletionTimestamp: ago(5), finalizers: ['example.com/x'] },
    });
    const { all } = explain(widget, [crd]);
    assert.deepEqual(all[0]?.evidence.at(-1), {
      object: 'CustomResourceDefinition widgets.example.com',
      says: 'comes from Helm release runner in ops',
    });
  });

  test('a ClusterOperator tells its own blockers, which are followed, and whether its operator runs', () => {
    const pod = object(
      'v1',
      'Pod',
      { name: 'agent-x', namespace: 'shop', deletionTimestamp: ago(-100), deletionGracePeriodSeconds: 300 },
      {
        spec: { nodeName: 'n1', containers: [{ name: 'agent', lifecycle: { preStop: {} } }] },
        status: { containerStatuses: [{ name: 'agent', state: { running: {} } }] },
      },
    );
    const operator = object(
      'bookend.dev/v1alpha1',
      'ClusterOperator',
      { name: 'agent', deletionTimestamp: ago(200), finalizers: ['bookend.dev/teardown'] },
      {
        status: {
          teardown: {
            objects: [
              { object: 'Pod/shop/agent-x', state: 'Blocked', blocker: 'Pod shop/agent-x on n1: preStop has run long' },
              { object: 'Secret/shop/s', state: 'Waiting', blocker: 'its turn' },
            ],
          },
        },
      },
    );
    const { said, answer } = explain(operator, [pod]);
    assert.equal(answer.stuck, true);
    assert.deepEqual(said, [
      'Pod shop/agent-x: Pod shop/agent-x on n1: preStop has run long',
      'Pod shop/agent-x on n1: preStop of container agent has run 3m20s of 5m0s',
      'finalizer bookend.dev/teardown on ClusterOperator agent: no Bookend operator could be found in this cluster; once one runs, it goes on where it stopped',
    ]);
  });

  test('a ClusterOperator leads to the Pod of a workload that is gone', () => {
    const pod = object('v1', 'Pod', {
      ...{ name: 'agent-x', namespace: 'shop', deletionTimestamp: ago(60), deletionGracePeriodSeconds: 0 },
      finalizers: ['example.com/blocker'],
    });
    const [blocker, waitsFor] = ['finalizer example.com/blocker keeps Pod shop/agent-x', 'Pod/shop/agent-x'];
    const status = { teardown: { objects: [{ object: 'DaemonSet.apps/shop/agent', state: 'Deleting', blocker, waitsFor }] } };
    const named = { name: 'agent', deletionTimestamp: ago(200), finalizers: ['bookend.dev/teardown'] };
    const { said } = explain(object('bookend.dev/v1alpha1', 'ClusterOperator', named, { status }), [pod]);
    assert.equal(said[0], `DaemonSet shop/agent: ${blocker}`);
    assert.match(said[1] ?? '', /^finalizer example\.com\/blocker on Pod shop\/agent-x: /);
  });

  test('owners in a circle end the chain', () => {
    const owned = (name: string, by: string) =>
      object('example.com/v1', 'Widget', {
        name,
        namespace: 'shop',
        uid: name,
        deletionTimestamp: ago(5),
        finalizers: ['foregroundDeletion'],
        ownerReferences: [{ apiVersion: 'example.com/v1', kind: 'Widget', name: by, uid: by, blockOwnerDeletion: true }],
      });
    const { said } = explain(owned('a', 'b'), [owned('b', 'a')]);
    assert.equal(said.at(-1), 'Widget shop/a, which it owns, is still being deleted');
    assert.equal(said.length, 4);
  });

  test('a balancer’s finalizer waits for the cloud, and nobody else is blamed', () => {
    const finalizer = 'service.kubernetes.io/load-balancer-cleanup';
    const service = object('v1', 'Service', {
      name: 'web',
      namespace: 'shop',
      deletionTimestamp: ago(5),
      finalizers: [finalizer],
    });
    const { answer, said } = explain(service);
    assert.match(said[0] ?? '', /the cloud provider still removes the load balancer/);
    assert.equal(answer.blockers.some(isStuck), false);
  });
});

describe('a VolumeAttachment that nobody deletes', () => {
  const volume = object(
    'v1',
    'PersistentVolume',
    { name: 'pv-1', deletionTimestamp: ago(600), finalizers: ['external-attacher/disk-example'] },
    { spec: { claimRef: { namespace: 'shop', name: 'data' } } },
  );
  const attachment = object(
    'storage.k8s.io/v1',
    'VolumeAttachment',
    { name: 'csi-a' },
    { spec: { nodeName: 'n1', source: { persistentVolumeName: 'pv-1' } } },
  );
  const pod = (nodeName: string) =>
    object(
      'v1',
      'Pod',
      { name: 'user', namespace: 'shop' },
      { spec: { nodeName, containers: [], volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } },
    );
  const advised = (others: KubernetesObject[], notSeen: string[] = []) =>
    explain(volume, [attachment, ...others], { notSeen })
      .all.flatMap(commandsOf)
      .filter((text) => text.includes('delete volumeattachment'));

  test('is deleted by hand only when no Pod on its node uses the volume', () => {
    assert.equal(advised([]).length, 1);
    assert.equal(advised([pod('n2')]).length, 1);
    assert.deepEqual(advised([pod('n1')]), []);
    assert.deepEqual(advised([], ['pods in namespace shop: forbidden']), []);
  });
});

describe('a finalizer that protects what is in use', () => {
  const protectedBy = (finalizer: string, users: KubernetesObject[], about: Partial<KubernetesObject> = {}) =>
    explain(
      object('example.com/v1', 'Widget', { name: 'a', deletionTimestamp: ago(600), finalizers: [finalizer] }, about),
      users,
    );
  const user = object('example.com/v1', 'Gadget', { name: 'g' }, { spec: { widgetRef: { kind: 'Widget', name: 'a' } } });

  test('comes after those who use it, and says what its removal puts at risk', () => {
    const { said, all } = protectedBy('in-use.example.com', [user]);
    assert.match(said[0] ?? '', /^1 object names Widget a/);
    assert.match(all.at(-1)?.remedies.at(-1)?.loses ?? '', /^the protection of Widget a while it is in use/);
  });

  test('or is one of which the object says that it is in use', () => {
    const conditions = [{ type: 'Terminating', status: 'True', message: 'still in use by 1 gadget' }];
    const { said } = protectedBy('example.com/cleanup', [user], { status: { conditions } });
    assert.ok(
      said.findIndex((text) => text.startsWith('1 object names')) < said.findIndex((text) => text.startsWith('finalizer')),
    );
  });

  test('of an attachment tells of the volume, which may still be attached', () => {
    const attachment = object(
      'storage.k8s.io/v1',
      'VolumeAttachment',
      { name: 'csi-a', deletionTimestamp: ago(600), finalizers: ['external-attacher/disk-example'] },
      { spec: { nodeName: 'n1', source: { persistentVolumeName: 'pv-1' } } },
    );
    const loses = explain(attachment).all.flatMap(({ remedies }) => remedies.map((remedy) => remedy.loses ?? ''));
    assert.ok(loses.some((text) => text.startsWith('the certainty that the volume is detached from node n1')));
  });
});

describe('what Kubernetes or a cloud removes is on its way only while it moves', () => {
  const balancer = 'service.kubernetes.io/load-balancer-cleanup';
  const service = (finalizer: string, seconds: number) =>
    object('v1', 'Service', { name: 'web', namespace: 'shop', deletionTimestamp: ago(seconds), finalizers: [finalizer] });
  const node = (providerID?: string) => object('v1', 'Node', { name: 'n1' }, { spec: { ...(providerID && { providerID }) } });

  for (const [what, finalizer, id, seconds, stuck, says] of [
    ['a balancer without a cloud', balancer, undefined, 30, true, /no node has a providerID: nobody in this cluster removes it$/],
    ['a balancer in a cloud', balancer, 'aws:///eu/i-1', 30, false, /the cloud provider still removes the load balancer$/],
    ['a balancer in a cloud after minutes', balancer, 'aws:///eu/i-1', 600, true, /it is still there after 10m0s$/],
    [
      'the finalizer of a cloud in it',
      'networking.gke.io/neg-finalizer',
      'gce://p/z/n',
      30,
      false,
      /the cloud provider removes it$/,
    ],
    [
      'the finalizer of a cloud in another',
      'networking.gke.io/neg-finalizer',
      'aws:///eu/i-1',
      30,
      true,
      /to a cloud other than aws/,
    ],
    [
      'the finalizer of a cloud without one',
      'networking.gke.io/neg-finalizer',
      undefined,
      30,
      true,
      /nobody in this cluster removes it$/,
    ],
  ] as const) {
    test(what, () => {
      const { answer, said } = explain(service(finalizer, seconds), [node(id)]);
      assert.match(said[0] ?? '', says);
      assert.equal(answer.stuck, stuck);
    });
  }

  test('a cloud controller in the cluster may serve nodes without an id', () => {
    const ccm = object(
      'apps/v1',
      'DaemonSet',
      { name: 'vip-cloud-provider', namespace: 'kube-system' },
      { spec: { template: { spec: { containers: [{ name: 'main', image: 'vip:1' }] } } } },
    );
    assert.equal(explain(service(balancer, 30), [node(), ccm]).answer.stuck, false);
  });

  test('nodes that may not be seen prove nothing, and minutes do', () => {
    assert.equal(explain(service(balancer, 30)).answer.stuck, false);
    assert.equal(explain(service(balancer, 600)).answer.stuck, true);
  });

  test('a claim that no visible Pod uses, with what could not be seen', () => {
    const claim = object('v1', 'PersistentVolumeClaim', {
      name: 'data',
      namespace: 'shop',
      deletionTimestamp: ago(600),
      finalizers: ['kubernetes.io/pvc-protection'],
    });
    const notSeen = ['pods in namespace shop: pods is forbidden'];
    assert.deepEqual(explain(claim, [], { notSeen }).said, [
      'PersistentVolumeClaim shop/data: a Pod may use it, and you may not list pods in namespace shop',
    ]);
    assert.equal(explain(claim).answer.stuck, true);
  });

  test('a Namespace whose controller reports a failure, and one of which nothing is deleted', () => {
    const failing = (seconds: number) =>
      object(
        'v1',
        'Namespace',
        { name: 'shop', deletionTimestamp: ago(seconds) },
        {
          spec: { finalizers: ['kubernetes'] },
          status: {
            conditions: [{ type: 'NamespaceDeletionContentFailure', status: 'True', message: 'unexpected items still remain' }],
          },
        },
      );
    const secret = object('v1', 'Secret', { name: 'token', namespace: 'shop' });
    assert.equal(explain(failing(30), [secret]).answer.stuck, false);
    const { answer, said } = explain(failing(90), [secret]);
    assert.equal(answer.stuck, true);
    assert.match(said[0] ?? '', /the namespace controller reports unexpected items still remain$/);
  });

  test('a kube-controller-manager that no longer renews its lease is named, where the object waits for it', () => {
    const held = (finalizer: string, seconds = 600) =>
      object('v1', 'ServiceAccount', {
        name: 'foo',
        namespace: 'shop',
        deletionTimestamp: ago(seconds),
        finalizers: [finalizer],
      });
    const lease = (seconds: number) =>
      object(
        'coordination.k8s.io/v1',
        'Lease',
        { name: 'kube-controller-manager', namespace: 'kube-system' },
        { spec: { renewTime: ago(seconds) } },
      );
    const words =
      /^kube-controller-manager has not renewed its lease for 9m0s: it does not seem to run, and ServiceAccount shop\/foo/;
    assert.match(explain(held('foregroundDeletion'), [lease(540)]).said[0] ?? '', words);
    for (const [about, beside] of [
      [held('foregroundDeletion'), lease(5)],
      [held('foregroundDeletion', 30), lease(540)],
      [held('example.com/other'), lease(540)],
    ] as const)
      assert.ok(!explain(about, [beside]).said.some((text) => text.startsWith('kube-controller-manager')));
  });

  test('a foreground deletion that the garbage collector does not carry on', () => {
    const owner = (seconds: number) =>
      object('apps/v1', 'Deployment', {
        name: 'web',
        namespace: 'shop',
        deletionTimestamp: ago(seconds),
        finalizers: ['foregroundDeletion'],
      });
    assert.equal(explain(owner(30)).answer.stuck, false);
    assert.equal(explain(owner(600)).answer.stuck, true);
  });

  test('an object that nothing visible holds', () => {
    const gone = (seconds: number) =>
      object('v1', 'Service', { name: 'web', namespace: 'shop', deletionTimestamp: ago(seconds) });
    assert.match(explain(gone(5)).answer.says, /it should be gone in a moment$/);
    const late = explain(gone(600), [], { notSeen: ['pods: forbidden'] }).answer;
    assert.equal(late.stuck, true);
    assert.match(late.says, /nothing that Bookend can see holds it; not everything could be read: 1 refusals$/);
  });
});
