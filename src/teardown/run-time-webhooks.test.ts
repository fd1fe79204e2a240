/** Webhooks that an operator made when it ran, and that no teardown deletes, on the simulated cluster. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedCluster } from '../cluster/simulated/index.ts';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { account, configMap, make, makeGlobal, space, widget, widgetDefinition, workload } from './testing/samples.ts';
import { takeDown } from './testing/take-down.ts';

const service = make('v1', 'Service', 'operator', { spec: { selector: { app: 'operator' }, ports: [{ port: 443 }] } });
const deployment = workload('Deployment', 'operator', { account: 'operator', preStopMs: 2_000 });
const operator = [account('operator'), service, deployment];
const settings = configMap('settings');

/** As an operator registers it: for everything of a kind, with `failurePolicy: Fail`. */
const configuration = (resources: string[], more: object = {}) =>
  makeGlobal('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'made-at-run-time', {
    webhooks: [
      {
        name: 'check.example.dev',
        clientConfig: { service: { namespace: space, name: 'operator' } },
        rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['UPDATE', 'DELETE'], resources }],
        failurePolicy: 'Fail',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        ...more,
      },
    ],
  });

const registered =
  (object: KubernetesObject, fieldManager = 'widget-operator') =>
  async ({ cluster, settle }: SimulatedCluster) => {
    await settle(2_000);
    await cluster.create(object, { fieldManager });
  };

describe('a webhook that an operator made at run time', () => {
  test('is named soon after its backend is gone, and is neither deleted nor called gone', async () => {
    const made = configuration(['gadgets']);
    const run = await takeDown(operator, { before: registered(made) });
    await run.finished(20_000);
    assert.equal(run.state(deployment)?.state, 'Passed');
    assert.equal(run.state(deployment)?.blocker?.reason, 'ChildWithoutOwner');
    assert.match(
      run.blocker(deployment),
      /^ValidatingWebhookConfiguration made-at-run-time .*nothing deletes it\. It refuses requests, because nothing answers\. Delete it: kubectl delete validatingwebhookconfiguration made-at-run-time$/,
    );
    assert.ok(run.exists(made));
    assert.ok(!operator.some(run.exists), 'the rest goes on');
    assert.equal(run.deletes(made), 0);
  });

  test('that its operator deletes when it stops is not spoken of', async () => {
    const made = configuration(['gadgets']);
    const run = await takeDown(operator, { before: registered(made) });
    await run.settle(200);
    await run.cluster.delete(refOf(made));
    await run.finished(20_000);
    assert.equal(run.state(deployment)?.state, 'Gone');
  });

  test('judges what is deleted before its backend goes, so that nothing is refused', async () => {
    const made = configuration(['configmaps', 'widgets']);
    const others = [widgetDefinition()];
    const objects = [...operator, settings, widget('db')];
    const run = await takeDown(objects, { others, before: registered(made) });
    await run.finished(20_000);
    assert.ok(!objects.some(run.exists));
    const order = run.requests.filter(({ verb, ref }) => verb === 'delete' && objects.some((o) => o.kind === ref.kind));
    const at = (kind: string) => order.findIndex(({ ref }) => ref.kind === kind);
    assert.ok(at('ConfigMap') < at('Deployment'), 'ConfigMap first');
    assert.ok(at('Widget') < at('Deployment'), 'Widget first');
  });

  test('that ignores failures keeps nothing waiting', async () => {
    const made = configuration(['configmaps'], { failurePolicy: 'Ignore' });
    const run = await takeDown([...operator, settings], { before: registered(made) });
    assert.deepEqual(run.plan().steps.find(({ ref }) => ref.kind === 'Deployment')?.after, []);
    await run.finished(20_000);
  });

  test('is not one that a person applied, nor one with an owner', async () => {
    const applied = await takeDown(operator, { before: registered(configuration(['gadgets']), 'kubectl-create') });
    await applied.finished(20_000);
    assert.equal(applied.state(deployment)?.state, 'Gone');
    const owned = configuration(['gadgets']);
    const holder = makeGlobal('v1', 'Namespace', 'holder');
    const run = await takeDown(operator, {
      others: [holder],
      before: async (simulated) => {
        const owner = await simulated.cluster.get(refOf(holder));
        owned.metadata.ownerReferences = [
          { apiVersion: 'v1', kind: 'Namespace', name: 'holder', uid: owner?.metadata.uid ?? '' },
        ];
        await registered(owned)(simulated);
      },
    });
    await run.finished(20_000);
    assert.equal(run.state(deployment)?.state, 'Gone');
  });
});
