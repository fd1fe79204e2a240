import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildGraph } from '../graph/build.ts';
import { crd, deployment, service } from '../graph/testing/samples.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { installOrder } from './install-order.ts';

const rbac = 'rbac.authorization.k8s.io/v1';
const front = service('guard', 'a', { app: 'guard' });
const guard = deployment('guard', 'a', 'guard', { app: 'guard' });
const account: KubernetesObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'guard', namespace: 'a' } };
const job = (namespace: string, labels: Record<string, string> = {}): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'work', namespace, labels },
  spec: { template: { metadata: { labels: { app: 'work' } }, spec: { containers: [] } } },
});

type Webhook = {
  rule?: Record<string, unknown>;
  more?: Record<string, unknown>;
  caBundle?: string;
  annotations?: Record<string, string>;
};

const configuration = ({ rule = {}, more = {}, caBundle, annotations }: Webhook = {}): KubernetesObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'guard', ...(annotations && { annotations }) },
  webhooks: [
    {
      name: 'guard.example.com',
      clientConfig: { service: { name: 'guard', namespace: 'a' }, ...(caBundle !== undefined && { caBundle }) },
      rules: [{ apiGroups: ['batch'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['jobs'], ...rule }],
      ...more,
    },
  ],
});

const grants = (rule: Record<string, unknown>): KubernetesObject[] => [
  { apiVersion: rbac, kind: 'ClusterRole', metadata: { name: 'guard' }, rules: [rule] },
  {
    apiVersion: rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'guard' },
    roleRef: { kind: 'ClusterRole', name: 'guard' },
    subjects: [{ kind: 'ServiceAccount', name: 'guard', namespace: 'a' }],
  },
];
const patches = {
  apiGroups: ['admissionregistration.k8s.io'],
  resources: ['mutatingwebhookconfigurations'],
  verbs: ['get', 'patch'],
};

function needsOf(object: KubernetesObject, objects: KubernetesObject[]): string[] {
  const byId = new Map([...objects, object].map((each) => [idOf(each), each]));
  const order = installOrder(buildGraph({ objects: [...byId.values()] }));
  const sequence = [...order.keys()];
  for (const [id, needs] of order) for (const need of needs) assert.ok(sequence.indexOf(need) < sequence.indexOf(id), `${id}`);
  return [...(order.get(idOf(object)) ?? [])];
}

const backend = [front, guard, account];

describe('what a webhook judges', () => {
  const waits = (object: KubernetesObject, webhook: Webhook, more: KubernetesObject[] = []) => {
    const needs = needsOf(object, [...backend, configuration(webhook), ...more]);
    return needs.includes(idOf(configuration())) && needs.includes(idOf(guard));
  };

  test('waits for its configuration and its backend', () => assert.equal(waits(job('b'), {}), true));

  const cases: [string, KubernetesObject, Webhook, boolean][] = [
    ['another kind', deployment('web', 'b', 'web', { app: 'web' }), {}, false],
    ['a kind of a group with all its subresources', job('b'), { rule: { resources: ['*/*'] } }, true],
    ['only deletions', job('b'), { rule: { operations: ['DELETE'] } }, false],
    ['cluster-scoped objects only', job('b'), { rule: { scope: 'Cluster' } }, false],
    ['Pods, which the workload makes', job('b'), { rule: { apiGroups: [''], resources: ['pods'] } }, true],
    ['labels that it does not have', job('b'), { more: { objectSelector: { matchLabels: { queue: 'q' } } } }, false],
    ['labels that it has', job('b', { queue: 'q' }), { more: { objectSelector: { matchLabels: { queue: 'q' } } } }, true],
    [
      'all namespaces but its own, in another',
      job('b'),
      { more: { namespaceSelector: { matchExpressions: [exceptHome('a')] } } },
      true,
    ],
    [
      'all namespaces but its own, in its own',
      job('a'),
      { more: { namespaceSelector: { matchExpressions: [exceptHome('a')] } } },
      false,
    ],
  ];
  for (const [what, object, webhook, expected] of cases) {
    test(`${expected ? 'waits' : 'does not wait'} where the webhook is about ${what}`, () =>
      assert.equal(waits(object, webhook), expected));
  }

  test('a custom resource waits too, by the plural of its definition', () => {
    const definition = crd('widgets', 'Widget');
    const widget = { apiVersion: 'samples.example/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'b' } };
    const rule = { apiGroups: ['samples.example'], resources: ['widgets'] };
    assert.equal(waits(widget, { rule }, [definition]), true);
  });

  test('but not what the backend itself needs, even where the webhook is about everything', () => {
    const rule = { apiGroups: ['*'], resources: ['*'] };
    const all = [...backend, configuration({ rule })];
    for (const object of backend) assert.deepEqual(needsOf(object, all).includes(idOf(configuration())), false);
  });

  test('nor the Certificate of a Secret that the backend mounts, nor its Issuer', () => {
    const mounting = {
      ...guard,
      spec: { template: { spec: { volumes: [{ name: 'c', secret: { secretName: 'guard-tls' } }] } } },
    };
    Object.assign(mounting.spec.template, { metadata: { labels: { app: 'guard' } } });
    const cert = (kind: string, name: string, spec: object): KubernetesObject => ({
      apiVersion: 'cert-manager.io/v1',
      kind,
      metadata: { name, namespace: 'a' },
      spec,
    });
    const certificate = cert('Certificate', 'guard', { secretName: 'guard-tls', issuerRef: { name: 'self' } });
    const issuer = cert('Issuer', 'self', { selfSigned: {} });
    const other = cert('Certificate', 'other', { secretName: 'other-tls' });
    const rule = { apiGroups: ['*'], resources: ['*'] };
    const all = [front, mounting, account, configuration({ rule }), certificate, issuer, other];
    const waits = [certificate, issuer, other].map((object) => needsOf(object, all).includes(idOf(guard)));
    assert.deepEqual(waits, [false, false, true]);
  });

  test('two webhooks that are about everything do not wait for each other in a circle', () => {
    const rule = { apiGroups: ['*'], resources: ['*'] };
    const other = deployment('other', 'c', 'other', { app: 'other' });
    const second = configuration({ rule });
    const [entry] = second.webhooks as { clientConfig: unknown }[];
    Object.assign(second.metadata, { name: 'other' });
    Object.assign(entry ?? {}, { clientConfig: { service: { name: 'other', namespace: 'c' } } });
    const all = [...backend, configuration({ rule }), other, service('other', 'c', { app: 'other' }), second, job('d')];
    const needs = needsOf(job('d'), all);
    assert.ok([configuration(), second, guard, other].every((object) => needs.includes(idOf(object))));
  });
});

describe('a webhook configuration', () => {
  const waitsForBackend = (webhook: Webhook, more: KubernetesObject[] = []) =>
    needsOf(configuration(webhook), [...backend, configuration(webhook), ...more]).includes(idOf(guard));

  test('waits for its backend, which blocks nobody before', () => assert.equal(waitsForBackend({}), true));

  test('comes before a backend that has to write its CA into it', () => {
    const all = [...backend, configuration(), ...grants(patches), job('b')];
    assert.equal(waitsForBackend({}, grants(patches)), false);
    assert.ok(needsOf(guard, all).includes(idOf(configuration())));
    assert.ok(needsOf(job('b'), all).includes(idOf(guard)), 'what it judges still waits for the backend');
  });

  test('comes before a Job that writes its CA into it, and after its backend all the same', () => {
    const patcher = { ...job('a'), spec: { template: { spec: { serviceAccountName: 'patcher', containers: [] } } } };
    const [role, binding] = grants(patches);
    const bound = { ...binding, subjects: [{ kind: 'ServiceAccount', name: 'patcher', namespace: 'a' }] } as KubernetesObject;
    const all = [...backend, configuration(), ...(role ? [role] : []), bound, patcher];
    assert.ok(needsOf(patcher, all).includes(idOf(configuration())));
    assert.ok(needsOf(configuration(), all).includes(idOf(guard)));
    assert.ok(
      !needsOf(patcher, [...all, configuration({ caBundle: 'Y2E=', rule: { operations: ['DELETE'] } })]).includes(idOf(guard)),
    );
  });

  const others: [string, Webhook, KubernetesObject[]][] = [
    ['has its CA already', { caBundle: 'Y2E=' }, grants(patches)],
    ['gets its CA from cert-manager', { annotations: { 'cert-manager.io/inject-ca-from': 'a/guard' } }, grants(patches)],
    ['is another one than its backend may write', {}, grants({ ...patches, resourceNames: ['another'] })],
    ['may only be read by its backend', {}, grants({ ...patches, verbs: ['get', 'list', 'watch'] })],
  ];
  for (const [what, webhook, more] of others) {
    test(`waits for its backend where it ${what}`, () => assert.equal(waitsForBackend(webhook, more), true));
  }
});

function exceptHome(namespace: string) {
  return { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [namespace] };
}
