import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../../../objects/object.ts';
import { access, createAll, global, home, homeCluster, inHome, pod, ref, widget, widgets } from '../../testing/samples.ts';
import { serviceAccount } from '../user.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';
const rules = (resource: string, group = '', operations = ['DELETE']) => ({
  resourceRules: [{ apiGroups: [group], apiVersions: ['*'], operations, resources: [resource] }],
});

function policy(spec: Record<string, unknown>, paramRef?: Record<string, unknown>): KubernetesObject[] {
  const binding = { policyName: 'guard', validationActions: ['Deny'], ...(paramRef && { paramRef }) };
  return [
    global(apiVersion, 'ValidatingAdmissionPolicy', 'guard', { spec }),
    global(apiVersion, 'ValidatingAdmissionPolicyBinding', 'guard', { spec: binding }),
  ];
}

async function cluster(...objects: KubernetesObject[]) {
  const simulated = await homeCluster({}, widgets());
  await createAll(simulated, inHome('v1', 'ConfigMap', 'one'), ...objects);
  await simulated.settle();
  return simulated;
}

const one = ref('v1', 'ConfigMap', 'one');

describe('a ValidatingAdmissionPolicy', () => {
  test('denies in its own words, with its reason', async () => {
    const { port } = await cluster(
      ...policy({
        matchConstraints: rules('configmaps'),
        matchConditions: [{ name: 'one', expression: "request.name == 'one'" }],
        variables: [{ name: 'who', expression: 'oldObject.metadata.name' }],
        validations: [{ expression: 'false', messageExpression: "variables.who + ' is still needed'", reason: 'Forbidden' }],
      }),
    );
    await assert.rejects(port.delete(one), {
      message: `configmaps "one" is forbidden: ValidatingAdmissionPolicy 'guard' with binding 'guard' denied request: one is still needed`,
    });
    assert.equal(await port.delete(ref('v1', 'ConfigMap', 'kube-root-ca.crt')), 'deleted');
  });

  test('is evaluated for each object that its binding selects as parameter', async () => {
    const { port } = await cluster(
      ...access('agent'),
      ...policy(
        {
          paramKind: { apiVersion: 'v1', kind: 'Pod' },
          matchConstraints: rules('serviceaccounts'),
          validations: [{ expression: 'params.spec.serviceAccountName != request.name', message: 'its Pods run' }],
        },
        { selector: { matchLabels: { app: 'agent' } }, parameterNotFoundAction: 'Allow' },
      ),
    );
    const account = ref('v1', 'ServiceAccount', 'agent');
    const agent = pod('agent', { account: 'agent' });
    await port.create({ ...agent, metadata: { ...agent.metadata, labels: { app: 'agent' } } });
    await assert.rejects(port.delete(account), /its Pods run/);
    await port.delete(ref('v1', 'Pod', 'agent'), { gracePeriodSeconds: 0 });
    assert.equal(await port.delete(account), 'deleted');
  });

  test('without parameters passes with Allow, and is an error with Deny', async () => {
    for (const action of ['Allow', 'Deny']) {
      const { port } = await cluster(
        ...policy(
          {
            paramKind: { apiVersion: 'example.com/v1', kind: 'Widget' },
            matchConstraints: rules('configmaps'),
            validations: [{ expression: 'false' }],
          },
          { selector: {}, parameterNotFoundAction: action },
        ),
      );
      if (action === 'Allow') assert.equal(await port.delete(one), 'deleted');
      else await assert.rejects(port.delete(one), /no params found for policy binding with `Deny` parameterNotFoundAction/);
    }
  });

  test('that cannot be evaluated does as its failurePolicy says', async () => {
    for (const failurePolicy of ['Fail', 'Ignore']) {
      const { port } = await cluster(
        ...policy({
          failurePolicy,
          matchConstraints: rules('configmaps'),
          validations: [{ expression: "oldObject.data.x == 'y'" }],
        }),
      );
      if (failurePolicy === 'Ignore') assert.equal(await port.delete(one), 'deleted');
      else await assert.rejects(port.delete(one), /resulted in error: no such key: data/);
    }
  });

  test('may ask for the rights of who makes the request', async () => {
    const simulated = await cluster(
      ...access('agent', [
        ['create', 'impersonate'],
        ['widgets', 'serviceaccounts'],
        ['example.com', ''],
      ]),
      ...access('other', [['create'], ['widgets'], ['example.com']]),
      ...policy({
        matchConstraints: rules('widgets', 'example.com', ['CREATE']),
        validations: [
          {
            expression:
              "authorizer.group('').resource('serviceaccounts').namespace('home').name('x').check('impersonate').allowed()",
          },
        ],
      }),
    );
    await simulated.connect(serviceAccount(home, 'agent')).cluster.create(widget('mine'));
    const attempt = simulated.connect(serviceAccount(home, 'other')).cluster.create(widget('theirs'));
    await assert.rejects(attempt, /failed expression: authorizer/);
  });

  test('sees no name when a whole collection is deleted, and goes on applying in a terminating namespace', async () => {
    const simulated = await cluster(
      ...policy({
        matchConstraints: rules('configmaps'),
        validations: [{ expression: "has(request.name) || oldObject.metadata.name != 'one'" }],
      }),
    );
    const { cluster: port, settle } = simulated;
    await port.delete({ apiVersion: 'v1', kind: 'Namespace', name: home });
    await settle(30_000);
    assert.ok(await port.get(one));
    await port.delete({ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', name: 'guard' });
    await settle(60_000);
    assert.equal(await port.get(one), undefined);
  });
});
