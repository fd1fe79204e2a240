import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KindInfo } from '../cluster/port.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type Blocker, isStuck, type Snapshot } from './blocker.ts';
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
  const all = (blockers: readonly Blocker[]): Blocker[] => blockers.flatMap((each) => [each, ...all(each.because)]);
  return { answer, all: all(answer.blockers), said: all(answer.blockers).map(({ says }) => says) };
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
    assert.deepEqual(all[0]?.help, [
      {
        command: 'kubectl delete pod/a -n shop --grace-period=0 --force',
        loses: 'the certainty that its containers have ended on node n1: they may run on, beside whatever takes their place',
      },
    ]);
  });

  test('on a node that is silent that is the cause', () => {
    const { said, answer } = explain(pod(120), [node('Unknown')]);
    assert.equal(answer.stuck, true);
    assert.match(said[1] ?? '', /^node n1 has not been ready for 10m0s: its kubelet does not tell/);
  });

  test('on a node that is gone the garbage collector comes', () => {
    const { said, answer } = explain(pod(120), [{ ...node('True'), metadata: { name: 'other', uid: 'x' } }]);
    assert.equal(answer.stuck, false);
    assert.match(said[1] ?? '', /^node n1 does not exist any more/);
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
    assert.deepEqual(all.find(({ kind }) => kind === 'api-service')?.help, [
      {
        command: 'kubectl delete apiservices.apiregistration.k8s.io/v1beta1.metrics.example',
        loses: 'the API metrics.example/v1beta1, until it is installed again',
      },
    ]);
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
        found.help.some((each) => command.test(each.command)),
        JSON.stringify(found.help),
      );
    }
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
      'finalizer bookend.dev/teardown on ClusterOperator agent: no Bookend operator could be found in this cluster',
    ]);
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
