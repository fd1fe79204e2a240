/** Before anybody deletes a Namespace or a definition, `bookend why` says what a preview of the deletion would find. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import { saidIn } from '../../why/testing/flat.ts';
import { configMap, custom, definition, namespace, workload } from '../testing/manifests.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import { stage } from './testing/stage.ts';

async function before(what: string, objects: KubernetesObject[]) {
  const { answer, exitCode } = await (await stage(objects)).json(what);
  return { answer, exitCode, said: saidIn(answer.blockers) };
}

const service = (name: string): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'ops' } },
  spec: { selector: { app: name }, ports: [{ port: 443 }] },
});
const registration = 'admissionregistration.k8s.io/v1';
const rule = (group: string, resource: string) => ({
  ...{ apiGroups: [group], apiVersions: ['*'], operations: ['DELETE'], resources: [resource] },
});
const webhook = (resource: string, backend: string): KubernetesObject => ({
  ...{ apiVersion: registration, kind: 'ValidatingWebhookConfiguration', metadata: { name: 'guard' } },
  webhooks: [
    {
      ...{ name: 'guard.example.com', failurePolicy: 'Fail', sideEffects: 'None', admissionReviewVersions: ['v1'] },
      ...{ clientConfig: { service: { name: backend, namespace: 'ops' } }, rules: [rule('', resource)] },
    },
  ],
});

describe('bookend why, before a Namespace is deleted', () => {
  test('names a webhook that lives in it: its Pods go first, and then it refuses the rest', async () => {
    const objects = [
      workload('Deployment', 'ops', 'guard'),
      service('guard'),
      configMap('ops', 'plain'),
      webhook('configmaps', 'guard'),
    ];
    const { answer, said, exitCode } = await before('ns/ops', objects);
    assert.deepEqual([exitCode, answer.stuck], [0, true]);
    assert.match(answer.says, /its deletion would be stuck$/);
    assert.match(
      said.join('\n'),
      /webhook guard\.example\.com of .* refuses the deletion: its Service ops\/guard goes with the namespace/,
    );
    const other = await before('ns/shop', [...objects, configMap('shop', 'plain')]);
    assert.ok(!other.said.join().includes('goes with the namespace'), 'from elsewhere it answers');
  });

  test('names a policy that would refuse what is in it', async () => {
    const { said } = await before('ns/shop', [
      configMap('shop', 'plain'),
      {
        ...{ apiVersion: registration, kind: 'ValidatingAdmissionPolicy', metadata: { name: 'keep' } },
        spec: {
          matchConstraints: { resourceRules: [rule('', 'configmaps')] },
          validations: [{ expression: "oldObject.metadata.name != 'plain'", message: 'it stays' }],
        },
      },
      {
        ...{ apiVersion: registration, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'keeping' } },
        spec: { policyName: 'keep', validationActions: ['Deny'] },
      },
    ]);
    assert.match(said.join('\n'), /ValidatingAdmissionPolicy keep refuses the deletion: it stays/);
  });

  test('names a dead conversion, of resources without finalizers too', async () => {
    const widgets = definition('Widget');
    const spec = widgets.spec as { versions: object[] };
    const [v1] = spec.versions;
    const converting: KubernetesObject = {
      ...widgets,
      spec: {
        ...spec,
        versions: [v1, { ...v1, name: 'v2', storage: false }],
        conversion: {
          strategy: 'Webhook',
          webhook: {
            conversionReviewVersions: ['v1'],
            clientConfig: { service: { namespace: 'ops', name: 'absent', path: '/convert' } },
          },
        },
      },
    };
    const objects = [widgets, custom('Widget', 'one', 'shop')];
    const dead = /the conversion webhook of CustomResourceDefinition widgets\.example\.com cannot be called/;
    const terminal = simulatedTerminal();
    const { cluster, settle } = terminal.simulated;
    await cluster.create(namespace('shop'));
    for (const object of objects) {
      await cluster.create(object);
      await settle(2_000);
    }
    const ref = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'widgets.example.com' };
    await cluster.patch(ref, { type: 'merge', value: { spec: converting.spec } });
    await settle(2_000);
    for (const what of ['ns/shop', 'crd/widgets.example.com'])
      assert.match((await terminal.run(['why', what])).out.replaceAll(/\s+/g, ' '), dead, what);
  });

  test('names an API that is served from it', async () => {
    const api = {
      ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1.metrics.example' } },
      spec: {
        ...{
          group: 'metrics.example',
          version: 'v1',
          groupPriorityMinimum: 100,
          versionPriority: 1,
          insecureSkipTLSVerify: true,
        },
        service: { namespace: 'ops', name: 'metrics' },
      },
    };
    const { said } = await before('ns/ops', [workload('Deployment', 'ops', 'metrics'), service('metrics'), api]);
    assert.match(said.join('\n'), /APIService v1\.metrics\.example would stop answering, and then no namespace can be emptied/);
  });

  test('says nothing of a Namespace that would simply go', async () => {
    const { answer } = await before('ns/shop', [workload('Deployment', 'shop', 'web'), configMap('shop', 'plain')]);
    assert.deepEqual(answer.blockers, []);
  });
});
