import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Given, Subject } from '../../reading/subject.ts';
import type { Scenario, Tool } from '../../uninstall/scenario.ts';
import { preview } from '../preview.ts';
import { helm4 } from '../testing/subjects.ts';
import {
  application,
  cniPlugin,
  csiDriver,
  elected,
  ingressController,
  metricsServer,
  nodeLabeller,
} from './testing/applications.ts';
import * as operators from './testing/operators.ts';
import { account, home, hook, hookJob, may, object, workload } from './testing/pieces.ts';

/** What is found, notes apart: `severity rule`. */
async function found(
  objects: readonly KubernetesObject[],
  options: { crds?: readonly KubernetesObject[]; tool?: Tool; notes?: boolean } = {},
) {
  const scenario: Scenario = { ...helm4, ...(options.tool && { tool: options.tool }) };
  const { findings } = await preview(subjectOf(objects, options.crds ?? []), scenario);
  if (process.env.SHOW)
    for (const each of findings) console.log(each.severity, each.rule, '|', each.title, '|', each.consequence);
  return findings
    .filter(({ severity }) => options.notes || severity !== 'note')
    .map(({ severity, rule }) => `${severity} ${rule}`);
}

function subjectOf(objects: readonly KubernetesObject[], crds: readonly KubernetesObject[]): Subject {
  const given = (object: KubernetesObject): Given => ({ object, origin: { file: 'chart.yaml', line: 1 } });
  const isHook = ({ metadata }: KubernetesObject) => metadata.annotations?.['helm.sh/hook'] !== undefined;
  return {
    from: 'chart',
    name: home,
    namespace: home,
    objects: objects.filter((each) => !isHook(each)).map(given),
    hooks: objects.filter(isHook).map(given),
    crds: crds.map(given),
    surroundings: { from: 'supposed', objects: [], notSeen: [] },
  };
}

describe('of charts that end well nothing is said', () => {
  for (const chart of [application, cniPlugin, metricsServer]) {
    test(chart.name, async () => assert.deepEqual(await found(chart(), { notes: true }), []));
  }
  test('elected: its Lease stays, and that is a note', async () =>
    assert.deepEqual(await found(elected(), { notes: true }), ['note children-left']));
  test('csiDriver: its Lease and its volumes may stay, and these are notes', async () =>
    assert.deepEqual(await found(csiDriver(), { notes: true }), ['note storage-driver-goes', 'note children-left']));
  test('karpenter', async () => assert.deepEqual(await found(operators.karpenter(), { crds: operators.karpenterCrds() }), []));
  test('ingressController: a hook that only waits is worth no more than a note', async () =>
    assert.deepEqual(await found(ingressController()), []));
});

describe('of what is not known nothing is said', () => {
  test('a hook whose account has a role of Kubernetes, of which no manifest tells the rules', async () => {
    const annotations = hook('pre-delete', { policies: 'before-hook-creation,hook-succeeded' });
    const objects = [
      workload('Deployment', 'web'),
      object('v1', 'ServiceAccount', 'cleanup', {}, annotations),
      object(
        'rbac.authorization.k8s.io/v1',
        'RoleBinding',
        'cleanup',
        {
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
          subjects: [{ kind: 'ServiceAccount', name: 'cleanup', namespace: home }],
        },
        annotations,
      ),
      hookJob('cleanup', annotations, {
        account: 'cleanup',
        script: 'kubectl delete configmaps -l app=web',
        job: { activeDeadlineSeconds: 60 },
      }),
    ];
    assert.deepEqual(await found(objects), []);
  });
});

describe('a hook that fails for want of what manifests do not show is no error', () => {
  const run = (script: string, as: string) => [
    workload('Deployment', 'web'),
    ...account(
      'cleanup',
      [may('get delete', '', 'secrets')],
      hook('pre-delete', { weight: -1, policies: 'before-hook-creation,hook-succeeded' }),
    ),
    hookJob('cleanup', hook('pre-delete', { policies: 'before-hook-creation,hook-succeeded' }), {
      account: as,
      script,
      job: { activeDeadlineSeconds: 60 },
    }),
  ];
  test('a Secret that is made at run time', async () =>
    assert.deepEqual(await found(run('kubectl delete secret made-later', 'cleanup')), ['warning hook-fails']));
  test('an account that somebody else makes', async () =>
    assert.deepEqual(await found(run('kubectl delete secret made-later --ignore-not-found', 'of-others')), [
      'warning hook-without-account',
    ]));
});

describe('of operators whose definitions stay it is said that custom resources would outlive them', () => {
  const warning = 'warning finalizer-unserved';
  test('certManager', async () => assert.deepEqual(await found(operators.certManager()), [warning]));
  test('gatekeeper', async () => assert.deepEqual(await found(operators.gatekeeper()), [warning]));
  test('rook, beside the accounts of Pods that the operator makes', async () =>
    assert.deepEqual(await found(operators.rook()), ['warning permissions-before-pods', warning]));
});

describe('of charts that do not it is said what happens', () => {
  test('victoriaMetricsOperator: the hook deletes the custom resources of its own namespace, with kubectl of third parties', async () =>
    assert.deepEqual(await found(operators.victoriaMetricsOperator()), [
      'warning hook-image',
      'warning operator-before-custom-resources',
      'warning custom-resources-wiped',
    ]));
  test('victoriaMetricsOperatorWithoutCleanup: operator first, definitions with everything', async () =>
    assert.deepEqual(await found(operators.victoriaMetricsOperatorWithoutCleanup()), [
      'warning operator-before-custom-resources',
      'warning custom-resources-wiped',
    ]));
  test('kyverno', async () =>
    assert.deepEqual(await found(operators.kyverno()), ['error hook-lacks-rights', 'warning custom-resources-wiped']));
  test('keda', async () =>
    assert.deepEqual(await found(operators.keda()), [
      'warning operator-before-custom-resources',
      'warning custom-resources-wiped',
    ]));
  test('keda in a namespace that is deleted: its APIService stays and blocks every namespace', async () =>
    assert.deepEqual(await found(operators.keda(), { tool: 'namespace' }), [
      'error api-service-blocks',
      'warning operator-before-custom-resources',
    ]));
  test('prometheusStack: its own custom resources go after the operator', async () =>
    assert.deepEqual(await found(operators.prometheusStack(), { crds: operators.prometheusCrds() }), [
      'warning operator-before-custom-resources',
    ]));
  test('tigeraOperator', async () =>
    assert.deepEqual(await found(operators.tigeraOperator(), { crds: operators.tigeraCrds() }), [
      'warning hook-unschedulable',
      'warning hook-breaks-retry',
      'warning operator-before-custom-resources',
    ]));
  test('longhorn', async () =>
    assert.deepEqual(await found(operators.longhorn()), ['warning hook-breaks-retry', 'warning custom-resources-wiped']));
  test('gpuOperator', async () =>
    assert.deepEqual(await found(operators.gpuOperator()), ['error kind-not-served', 'warning hook-deletes-others']));
  test('elasticOperator', async () =>
    assert.deepEqual(await found(operators.elasticOperator()), [
      'warning operator-before-custom-resources',
      'warning custom-resources-wiped',
    ]));
  test('istiod: its webhooks go with it', async () => assert.deepEqual(await found(operators.istiod()), []));
  test('externalSecrets', async () =>
    assert.deepEqual(await found(operators.externalSecrets()), [
      'warning conversion-backend-gone',
      'warning operator-before-custom-resources',
      'warning custom-resources-wiped',
    ]));
  test('velero: a post-delete hook without its account, from an image of third parties, that deletes what it did not bring', async () =>
    assert.deepEqual(await found(operators.velero()), [
      'error hook-without-account',
      'warning hook-image',
      'warning hook-deletes-others',
    ]));
  test('argoCd: the account of a hook of the installation stays', async () =>
    assert.deepEqual(await found(operators.argoCd()), ['warning hook-leaks']));
  test('nodeLabeller', async () => assert.deepEqual(await found(nodeLabeller()), ['warning permissions-before-pods']));
});
