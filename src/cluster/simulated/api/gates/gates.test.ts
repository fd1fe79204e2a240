import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt } from '../../../../objects/fields.ts';
import type { KubernetesObject } from '../../../../objects/object.ts';
import type { SimulatedCluster } from '../../index.ts';
import { mapsOf } from '../../json.ts';
import {
  configMap,
  createAll,
  global,
  home,
  homeCluster,
  inHome,
  ref,
  widget,
  widgets,
  workload,
} from '../../testing/samples.ts';

const admission = 'admissionregistration.k8s.io/v1';
const service = (name = 'hooks'): KubernetesObject =>
  inHome('v1', 'Service', name, { spec: { selector: { app: 'operator' }, ports: [{ port: 443 }] } });

type Webhook = Record<string, unknown>;

function validating(name: string, ...webhooks: Webhook[]): KubernetesObject {
  return global(admission, 'ValidatingWebhookConfiguration', name, { webhooks });
}

function webhook(more: Webhook = {}): Webhook {
  return {
    name: 'guard.example.com',
    clientConfig: { service: { namespace: home, name: 'hooks', path: '/validate' } },
    rules: [{ operations: ['DELETE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
    failurePolicy: 'Fail',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...more,
  };
}

const cluster = (...objects: KubernetesObject[]) =>
  homeCluster({}, workload('Deployment', 'operator'), service(), inHome('v1', 'ConfigMap', 'one'), ...objects);

const one = ref('v1', 'ConfigMap', 'one');

async function endOperator({ cluster: port, settle }: SimulatedCluster) {
  await port.delete(ref('apps/v1', 'Deployment', 'operator'));
  await settle(60_000);
}

describe('a validating webhook', () => {
  test('lets pass while a Pod stands behind its Service, and refuses with Fail when none does', async () => {
    const { simulated, port } = await cluster();
    await port.create(validating('guard', webhook()));
    await port.patch(one, { type: 'merge', value: { data: { a: '1' } } });
    await endOperator(simulated);
    await assert.rejects(
      port.delete(one),
      /Internal error occurred: failed calling webhook "guard.example.com": failed to call webhook: Post "https:\/\/hooks.home.svc:443\/validate\?timeout=10s": /,
    );
    const [refused] = simulated.audit.filter(({ refusal }) => refusal);
    assert.equal(refused?.refusal?.by, 'ValidatingWebhookConfiguration.admissionregistration.k8s.io/guard');
    assert.equal(refused?.refusal?.webhook, 'guard.example.com');
    await port.delete(ref('v1', 'Service', 'hooks'));
    await assert.rejects(port.delete(one), /service "hooks" not found/);
  });

  test('blocks the removal of a finalizer, which is an update, but never its own removal', async () => {
    const { simulated, port } = await cluster();
    await port.create(configMap('held', { finalizers: ['example.com/hold'] }));
    await createAll(
      simulated,
      validating('guard', webhook({ rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }] })),
    );
    await endOperatorWithoutDelete(simulated);
    const attempt = port.patch(ref('v1', 'ConfigMap', 'held'), { type: 'merge', value: { metadata: { finalizers: null } } });
    await assert.rejects(attempt, /failed calling webhook/);
    assert.equal(await port.delete({ apiVersion: admission, kind: 'ValidatingWebhookConfiguration', name: 'guard' }), 'deleted');
    await port.patch(ref('v1', 'ConfigMap', 'held'), { type: 'merge', value: { metadata: { finalizers: null } } });
  });

  test('is not asked with Ignore, other selectors, conditions that are false, or another scope', async () => {
    const { simulated, port } = await cluster();
    const [rule] = mapsOf(webhook().rules);
    await createAll(
      simulated,
      validating(
        'guard',
        webhook({ name: 'a.example.com', failurePolicy: 'Ignore' }),
        webhook({ name: 'b.example.com', namespaceSelector: { matchLabels: { other: 'yes' } } }),
        webhook({ name: 'c.example.com', objectSelector: { matchLabels: { other: 'yes' } } }),
        webhook({ name: 'd.example.com', matchConditions: [{ name: 'no', expression: "request.name == 'two'" }] }),
        webhook({ name: 'e.example.com', rules: [{ ...rule, scope: 'Cluster' }] }),
        webhook({ name: 'f.example.com', rules: [{ ...rule, resources: ['configmaps/status', 'secrets'] }] }),
      ),
    );
    await endOperator(simulated);
    assert.equal(await port.delete(one), 'deleted');
  });

  test('that lives answers what its behaviour says', async () => {
    const simulated = await cluster();
    simulated.webhookAnswers.set('guard.example.com', ({ operation }) =>
      operation === 'DELETE' ? { message: 'still needed' } : undefined,
    );
    await simulated.cluster.create(validating('guard', webhook()));
    await assert.rejects(simulated.cluster.delete(one), /admission webhook "guard.example.com" denied the request: still needed/);
  });

  test('stops the garbage collector and the namespace controller too, never the wiping of custom resources', async () => {
    const { simulated, port, settle, audit } = await cluster(widgets());
    const owner = await port.create(widget('owner'));
    const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'owner', uid: owner.metadata.uid ?? '' }];
    await port.create(configMap('child', { ownerReferences }));
    const rules = [
      { operations: ['DELETE'], apiGroups: ['', 'example.com'], apiVersions: ['*'], resources: ['configmaps', 'widgets'] },
    ];
    await port.create(validating('guard', webhook({ rules })));
    await endOperator(simulated);
    await port.delete({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'widgets.example.com' });
    await settle(30_000);
    assert.ok(await port.get(ref('v1', 'ConfigMap', 'child')));
    await assert.rejects(port.get(ref('example.com/v1', 'Widget', 'owner')), /could not find the requested resource/);
    await port.delete({ apiVersion: 'v1', kind: 'Namespace', name: home });
    await settle(30_000);
    const by = new Set(audit.filter(({ refusal }) => refusal).map(({ controller }) => controller));
    assert.deepEqual([...by].sort(), ['generic-garbage-collector', 'namespace-controller']);
  });
});

/** The operator's Pod goes although a webhook would refuse: nobody is asked for what is taken out of the store. */
async function endOperatorWithoutDelete({ server, settle }: SimulatedCluster) {
  for (const key of ['deployments.apps', 'replicasets.apps', 'pods']) {
    const kind = server.kinds.byKey(key);
    for (const each of server.store.all(key, home)) if (kind) server.store.remove(kind, each);
  }
  await settle();
}

describe('a conversion webhook', () => {
  test('stops reads and deletes in other versions than the stored one when nothing is behind it', async () => {
    const { simulated, port, settle } = await cluster();
    const definition = widgets();
    const spec = definition.spec as { versions: object[] };
    const [v1] = spec.versions;
    const clientConfig = { service: { namespace: home, name: 'hooks', path: '/convert' } };
    await port.create({
      ...definition,
      spec: {
        ...spec,
        versions: [v1, { ...v1, name: 'v2', storage: false }],
        conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } },
      },
    });
    await settle();
    await port.create(widget('one'));
    const inV2 = ref('example.com/v2', 'Widget', 'one');
    assert.ok(await port.get(inV2));
    await endOperator(simulated);
    const why =
      /conversion webhook for example.com\/v1, Kind=Widget failed: Post "https:\/\/hooks.home.svc:443\/convert\?timeout=30s"/;
    await assert.rejects(port.get(inV2), why);
    await assert.rejects(port.list({ apiVersion: 'example.com/v2', kind: 'Widget' }), why);
    await assert.rejects(port.delete(inV2), why);
    assert.equal(await port.delete(ref('example.com/v1', 'Widget', 'one')), 'deleted');
  });
});

describe('an aggregated API', () => {
  test('that does not answer leaves discovery incomplete and namespaces terminating', async () => {
    const { simulated, port, settle } = await cluster();
    await port.create(
      global('apiregistration.k8s.io/v1', 'APIService', 'v1beta1.metrics.example.com', {
        spec: {
          group: 'metrics.example.com',
          version: 'v1beta1',
          service: { namespace: home, name: 'hooks' },
          groupPriorityMinimum: 100,
          versionPriority: 100,
        },
      }),
    );
    await port.create(global('v1', 'Namespace', 'other'));
    assert.deepEqual((await port.kinds()).missing, []);
    await endOperator(simulated);
    assert.deepEqual((await port.kinds()).missing, ['metrics.example.com/v1beta1']);
    const other = { apiVersion: 'v1', kind: 'Namespace', name: 'other' };
    await port.delete(other);
    await settle(60_000);
    const failed = mapsOf(fieldAt((await port.get(other))?.status, 'conditions')).find(
      ({ type }) => type === 'NamespaceDeletionDiscoveryFailure',
    );
    assert.equal(failed?.status, 'True');
    assert.match(String(failed?.message), /metrics.example.com\/v1beta1: stale GroupVersion discovery/);
    await port.delete({ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: 'v1beta1.metrics.example.com' });
    await settle(60_000);
    assert.equal(await port.get(other), undefined);
  });
});
