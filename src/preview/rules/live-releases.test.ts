import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Given, Subject } from '../../reading/subject.ts';
import type { Tool } from '../../uninstall/scenario.ts';
import type { Finding } from '../finding.ts';
import { preview } from '../preview.ts';
import { helm4, release } from '../testing/subjects.ts';
import { gatekeeper, keda, victoriaMetricsOperatorWithoutCleanup } from './testing/operators.ts';
import { account, all, cluster, crd, gate, home, may, object, service, webhooks, workload } from './testing/pieces.ts';

/** The findings of a release in a cluster where `around` exists too. */
async function found(
  objects: readonly KubernetesObject[],
  around: readonly KubernetesObject[] = [],
  tool: Tool = 'helm4',
  meanwhile: (simulated: SimulatedCluster) => Promise<unknown> = async () => {},
): Promise<Finding[]> {
  const given = objects.map((each): Given => ({ object: each, origin: { file: 'release', line: 1 } }));
  const chart: Subject = {
    from: 'chart',
    name: home,
    namespace: home,
    objects: given,
    hooks: [],
    crds: [],
    surroundings: { from: 'supposed', objects: [], notSeen: [] },
  };
  const live = await release(chart, async (simulated) => {
    for (const each of around) await simulated.cluster.create(each);
    await meanwhile(simulated);
  });
  const { findings } = await preview(live, { ...helm4, tool });
  if (process.env.SHOW)
    for (const each of findings) console.log(each.severity, each.rule, '|', each.title, '|', each.consequence, '|', each.bookend);
  return findings;
}

const inShort = (findings: readonly Finding[]) =>
  findings.filter(({ severity }) => severity !== 'note').map(({ severity, rule }) => `${severity} ${rule}`);

const group = 'operator.victoriametrics.com';
const finalizers = ['apps.victoriametrics.com/finalizer'];
const annex = cluster('v1', 'Namespace', 'annex');

describe('an operator that put finalizers everywhere', () => {
  const resources = [1, 2, 3].map((each) =>
    object(`${group}/v1`, 'VMAgent', `agent-${each}`, { spec: {} }, { namespace: 'annex', finalizers }),
  );
  const children = [1, 2, 3].flatMap((each) => [
    { ...workload('Deployment', `vmagent-${each}`), metadata: { name: `vmagent-${each}`, namespace: 'annex', finalizers } },
    { ...service(`vmagent-${each}`), metadata: { name: `vmagent-${each}`, namespace: 'annex', finalizers } },
  ]);

  test('is one error, with all that hangs in it', async () => {
    const findings = await found(victoriaMetricsOperatorWithoutCleanup(), [annex, ...resources, ...children]);
    const [first] = findings.filter(({ rule }) => rule === 'operator-before-custom-resources');
    assert.equal(first?.severity, 'error');
    for (const { metadata } of resources)
      assert.ok(first.objects.some(({ kind, name }) => kind === 'VMAgent' && name === metadata.name));
    assert.equal(findings.filter(({ rule }) => rule === 'operator-before-custom-resources').length, 1);
    assert.ok(first.evidence.some(({ field, value }) => field === 'metadata.finalizers' && value === finalizers[0]));
  });

  test('custom resources of other namespaces that go with their definition are an error of their own', async () => {
    const findings = await found(victoriaMetricsOperatorWithoutCleanup(), [annex, ...resources]);
    assert.equal(findings.find(({ rule }) => rule === 'custom-resources-wiped')?.severity, 'error');
  });

  test('without a custom resource nothing is said: it was looked for', async () =>
    assert.deepEqual(inShort(await found(victoriaMetricsOperatorWithoutCleanup())), []));
});

describe('a finalizer that fits nobody', () => {
  const resource = (finalizer: string) =>
    object('example.com/v1', 'Widget', 'first', { spec: {} }, { namespace: home, finalizers: [finalizer] });
  const operator = () => [
    crd('example.com', 'Widget', { keep: true }),
    ...account('operator', [may(all, 'example.com', 'widgets widgets/finalizers')]),
    workload('Deployment', 'operator', { account: 'operator' }),
  ];
  const doubts = async (finalizer: string) =>
    (await found([...operator(), resource(finalizer)], [], 'bookend')).filter(({ rule }) => rule === 'finalizer-unserved');

  test('is a warning also where somebody who serves the kind may remove it, and says on whom it depends', async () => {
    const [warning, ...others] = await doubts('elsewhere.example/blocker');
    assert.equal(others.length, 0);
    assert.equal(warning?.severity, 'warning');
    assert.match(warning.consequence, /It depends on whether Deployment \S+\/operator does/);
  });

  test('is nothing where it bears the name of the kind’s own group', async () =>
    assert.deepEqual(await doubts('example.com/cleanup'), []));
});

describe('custom resources whose definition is not of the release', () => {
  const operator = () => [
    ...account('widget-operator', [may(all, 'example.com', 'widgets widgets/status widgets/finalizers')]),
    workload('Deployment', 'widget-operator', { account: 'widget-operator' }),
  ];
  const held = object(
    'example.com/v1',
    'Widget',
    'first',
    { spec: {} },
    { namespace: 'annex', finalizers: ['example.com/cleanup'] },
  );
  /** With the definition, and what else is in the cluster, before the release. */
  const beside = (objects: readonly KubernetesObject[], around: readonly KubernetesObject[] = []) =>
    found(objects, [annex, crd('example.com', 'Widget'), ...around], 'helm4', async (simulated) => {
      await simulated.settle(3_000);
      await simulated.cluster.create(held);
    });

  test('and whose finalizer its operator removes, outlive it: they are named', async () => {
    const [outliving, ...others] = (await beside(operator())).filter(({ rule }) => rule === 'finalizer-unserved');
    assert.equal(others.length, 0);
    assert.equal(outliving?.severity, 'warning');
    assert.ok(
      outliving.objects.some(({ kind, namespace, name }) => kind === 'Widget' && namespace === 'annex' && name === 'first'),
    );
    assert.match(outliving.title, /outlives Deployment \S+\/widget-operator, which serves their finalizer/);
  });

  test('and whose finalizer another program removes, which stays, are no finding', async () =>
    assert.deepEqual(inShort(await beside([workload('Deployment', 'web')], operator())), []));
});

describe('Pods of a custom resource', () => {
  const agent = (command: string[]) => [
    crd('example.com', 'Widget', { keep: true }),
    ...account('agent', [may('get patch', '', 'nodes')]),
    workload('DaemonSet', 'agent', { account: 'agent', container: { lifecycle: { preStop: { exec: { command } } } } }),
  ];

  test('whose hooks call the API after their rights are gone are an error, which Bookend prevents', async () => {
    const findings = await found(agent(['sh', '-c', 'sleep 3; kubectl label node $NODE_NAME example.com/agent-']));
    const [first] = findings;
    assert.deepEqual(inShort(findings), ['error permissions-before-pods']);
    assert.equal(first?.bookend, 'prevented');
    assert.ok(first?.objects.some(({ kind, name }) => kind === 'DaemonSet' && name === 'agent'));
    assert.ok(first?.evidence.some(({ field }) => field?.endsWith('lifecycle.preStop')));
  });

  test('whose hooks only wait are none', async () => assert.deepEqual(inShort(await found(agent(['sleep', '3']))), []));
});

describe('a webhook configuration that was made at run time', () => {
  const backend = [
    ...account('policy', [may(all, 'admissionregistration.k8s.io', 'validatingwebhookconfigurations')]),
    workload('Deployment', 'policy', { account: 'policy' }),
    service('policy'),
  ];
  const configuration = (policy: 'Fail' | 'Ignore', backendName = 'policy') =>
    webhooks('Validating', 'policy', [gate(policy, 'CREATE UPDATE', '', 'pods', backendName)]);

  test('refuses everything once its backend is gone', async () =>
    assert.deepEqual(inShort(await found(backend, [configuration('Fail')])), ['error webhook-blocks']));
  test('is one error together with another of the same backend', async () => {
    const other = { ...configuration('Fail'), metadata: { name: 'policy-too' } };
    assert.deepEqual(inShort(await found(backend, [configuration('Fail'), other])), ['error webhook-blocks']);
  });
  test('is of no concern when all that it judges goes with its definition', async () => {
    const own = webhooks('Validating', 'policy', [gate('Fail', 'CREATE', 'example.com', 'widgets', 'policy')]);
    const findings = await found([...backend, crd('example.com', 'Widget')], [own]);
    assert.ok(!findings.some(({ rule }) => rule === 'webhook-blocks'));
  });
  test('refuses nothing with failurePolicy Ignore', async () =>
    assert.ok(!inShort(await found(backend, [configuration('Ignore')])).includes('error webhook-blocks')));
  test('is of no concern when its backend goes with a namespace that somebody deletes at the same time', async () => {
    const theirs = [
      cluster('v1', 'Namespace', 'theirs'),
      { ...service('hook'), metadata: { name: 'hook', namespace: 'theirs' } },
      object(
        'apps/v1',
        'Deployment',
        'hook',
        {
          spec: {
            selector: { matchLabels: { app: 'hook' } },
            template: {
              metadata: { labels: { app: 'hook' }, annotations: { 'simulated.bookend.dev/stop-ms': '20000' } },
              spec: { containers: [{ name: 'hook', image: 'hook' }] },
            },
          },
        },
        { namespace: 'theirs' },
      ),
      webhooks('Validating', 'theirs', [gate('Fail', 'CREATE', '', 'secrets', 'hook', { namespace: 'theirs' })]),
    ];
    const deleted = async ({ cluster: them, settle }: SimulatedCluster) => {
      await settle(3_000);
      await them.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'theirs' });
    };
    assert.deepEqual(inShort(await found(backend, theirs, 'helm4', deleted)), []);
  });
  test('is of no concern when something else answers behind it', async () =>
    assert.deepEqual(inShort(await found(backend, [configuration('Fail', 'other'), service('other', 'other')])), []));
});

describe('what an operator wrote alone', () => {
  const written = object('v1', 'ConfigMap', 'state', {}, { labels: { 'app.kubernetes.io/managed-by': 'widget-operator' } });
  const operator = workload('Deployment', 'widget-operator');
  const ofRule = async (around: readonly KubernetesObject[]) =>
    (await found([operator], around)).filter(({ rule }) => rule === 'children-left');

  test('stays when it is gone', async () => {
    const [finding] = await ofRule([written]);
    assert.equal(finding?.severity, 'warning');
    assert.deepEqual(finding.objects, [{ kind: 'ConfigMap', apiVersion: 'v1', namespace: home, name: 'state' }]);
  });

  test('is attributed to the Deployment of that name, and not to another one of the same image', async () => {
    const image = { image: 'example.com/widget-operator:1' };
    const release = ['shop-widget-operator', 'shop-widget-operator-webhook'].map((name) => workload('Deployment', name, image));
    const findings = await found(release, [written]);
    const finding = findings.find(({ rule }) => rule === 'children-left');
    const makers = finding?.evidence.flatMap(({ object: maker }) => (maker.startsWith('Deployment') ? [maker] : []));
    assert.deepEqual(makers, [`Deployment ${home}/shop-widget-operator`]);
  });

  const other = { ...operator, metadata: { name: 'widget-operator', namespace: 'annex' } };

  test('is its own beside it, where another release of the same operator lives elsewhere', async () =>
    assert.equal((await ofRule([written, annex, other])).length, 1));

  test('may be that other release’s where it lies beside neither, and then nothing is said', async () => {
    const far = { ...written, metadata: { ...written.metadata, namespace: 'far' } };
    assert.deepEqual(await ofRule([cluster('v1', 'Namespace', 'far'), far, annex, other]), []);
  });

  test('is somebody else’s when it is a webhook that another Service answers', async () => {
    const configuration = webhooks('Validating', 'judge', [
      gate('Ignore', 'CREATE', '', 'pods', 'judge', { namespace: 'annex' }),
    ]);
    const labelled = { ...configuration, metadata: { ...configuration.metadata, labels: written.metadata.labels ?? {} } };
    assert.deepEqual(await ofRule([annex, labelled]), []);
  });
});

describe('what others have a part in', () => {
  const role = cluster('rbac.authorization.k8s.io/v1', 'ClusterRole', 'editor', {
    rules: [{ verbs: ['update'], apiGroups: [''], resources: ['configmaps'] }],
  });
  const binding = object(
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    'ci',
    {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'editor' },
      subjects: [{ kind: 'User', name: 'jane' }],
    },
    { namespace: 'annex' },
  );

  test('a role that a binding of others names is a warning while nobody is seen to act through it', async () =>
    assert.deepEqual(inShort(await found([role], [annex, binding])), ['warning shared-with-others']));

  test('a ConfigMap that a workload of others mounts is an error', async () => {
    const user = workload('Deployment', 'other', { spec: { volumes: [{ name: 'v', configMap: { name: 'settings' } }] } });
    assert.deepEqual(inShort(await found([object('v1', 'ConfigMap', 'settings', { data: {} })], [user])), [
      'error shared-with-others',
    ]);
  });

  test('an object that another release took over is an error', async () => {
    const mine = object(
      'v1',
      'ConfigMap',
      'settings',
      { data: {} },
      { annotations: { 'meta.helm.sh/release-name': 'other', 'meta.helm.sh/release-namespace': 'annex' } },
    );
    assert.deepEqual(inShort(await found([mine])), ['error shared-with-others']);
  });
});

describe('what stays', () => {
  test('an APIService of others blocks the deletion of the namespace that its backend is in', async () => {
    const namespaced = keda().filter(({ kind, metadata }) => metadata.namespace === home && kind !== 'APIService');
    const around = keda().filter(({ metadata }) => metadata.namespace === undefined);
    assert.ok(inShort(await found(namespaced, around, 'namespace')).includes('error api-service-blocks'));
  });

  test('a cluster-scoped object whose owner lives in a namespace is told with the reason', async () => {
    const owner = object('example.com/v1', 'Widget', 'one', { spec: {} }, { uid: '0a0a0a0a-0000-4000-8000-000000000001' });
    const owned = cluster(
      'scheduling.k8s.io/v1',
      'PriorityClass',
      'widget-one',
      { value: 1 },
      {
        ownerReferences: [
          { apiVersion: 'example.com/v1', kind: 'Widget', name: 'one', uid: '0a0a0a0a-0000-4000-8000-000000000001' },
        ],
      },
    );
    const findings = await found([crd('example.com', 'Widget'), owner], [owned]);
    const left = findings.find(({ rule }) => rule === 'children-left');
    assert.ok(!left || left.objects.some(({ kind }) => kind === 'PriorityClass'));
  });

  test('gatekeeper, with what it judges: nothing but what it keeps', async () =>
    assert.deepEqual(inShort(await found(gatekeeper())), []));
});
