/** Advice that was printed once, and did harm when people followed it. The player must let none of it through. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Subject } from '../../reading/subject.ts';
import type { ProposedRemedy, RemedyStep } from '../../remedies/remedy.ts';
import { preview } from '../preview.ts';
import { textReport } from '../report/text.ts';
import { annotate, run } from '../rules/remedy-steps.ts';
import { account, crd, may, object, workload } from '../rules/testing/pieces.ts';
import { chart, helm4, release } from '../testing/subjects.ts';
import { stageOf, verdictOn } from './testing/verdicts.ts';

const finalizer = 'vault.sync.example/secret';
const secret = (namespace: string, name: string, finalizers: string[] = []) =>
  object('v1', 'Secret', name, {}, { namespace, finalizers });
const namespaceOf = (name: string): KubernetesObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** A chart of these objects. */
function chartOf(objects: readonly KubernetesObject[]): Subject {
  const given = objects.map((each) => ({ object: each }));
  const isHook = ({ object: { metadata } }: (typeof given)[number]) => metadata.annotations?.['helm.sh/hook'] !== undefined;
  return { ...chart(''), objects: given.filter((each) => !isHook(each)), hooks: given.filter(isHook) };
}

function liveOf(objects: readonly KubernetesObject[], around: readonly KubernetesObject[]): Promise<Subject> {
  return release(chartOf(objects), async ({ cluster }: SimulatedCluster) => {
    for (const each of around) await cluster.create(each);
  });
}

/** Why these steps are not printed for what the rule finds; undefined: they are. */
async function refusal(
  subject: Subject,
  rule: string,
  steps: readonly RemedyStep[],
  loses?: string,
): Promise<string | undefined> {
  const stage = await stageOf(subject, helm4);
  const finding = stage.found.find((each) => each.rule === rule);
  assert.ok(finding, `only ${stage.found.map((each) => each.rule).join(', ')}`);
  const remedy: ProposedRemedy = { says: 'Do it.', steps, ...(loses !== undefined && { loses }) };
  const verdict = await verdictOn(remedy, finding, stage);
  return verdict.result === 'harms' ? verdict.because : undefined;
}

const syncer = [
  ...account('sync', [
    may('get list watch update patch delete', '', 'secrets'),
    may('*', 'sync.example', 'items items/finalizers'),
  ]),
  workload('Deployment', 'sync', { account: 'sync' }),
  crd('sync.example', 'Item', { keep: true }),
];
const held = [...syncer, secret('shop', 'token', [finalizer])];

describe('never printed is', () => {
  test('a value of the library chart that means every Secret, for one of them', async () => {
    const rule = 'operator-before-custom-resources';
    assert.match((await refusal(chartOf(held), rule, [{ do: 'hook', delete: [{ kind: 'secrets' }] }])) ?? '', /which ones/);
    const everything = await refusal(chartOf(held), rule, [{ do: 'hook', delete: [{ kind: 'secrets', all: true }] }], 'them');
    assert.match(everything ?? '', /most are of others/);
    const inNamespace = [{ do: 'hook', delete: [{ kind: 'secrets', namespace: 'shop' }] }] as const;
    const live = await liveOf(held, [secret('shop', 'of-others')]);
    assert.match((await refusal(live, rule, inNamespace)) ?? '', /Secret shop\/of-others goes with it/);
  });

  test('a deletion across all namespaces, for one object', async () => {
    const all = [run('before', 'bookend', 'delete', 'secrets', '--all', '--all-namespaces')];
    assert.match(
      (await refusal(chartOf(held), 'operator-before-custom-resources', all, 'every Secret')) ?? '',
      /most are of others/,
    );
    const widget = (name: string, namespace: string) => object('example.com/v1', 'Widget', name, {}, { namespace });
    const operator = [
      crd('example.com', 'Widget', { keep: true }),
      ...account('operator', [may('*', 'example.com', 'widgets widgets/finalizers')]),
      workload('Deployment', 'operator', { account: 'operator' }),
    ];
    const mine = { ...widget('one', 'shop'), metadata: { ...widget('one', 'shop').metadata, finalizers: ['example.com/x'] } };
    const live = await liveOf([...operator, mine], [namespaceOf('annex'), widget('theirs', 'annex')]);
    const every = [run('before', 'bookend', 'delete', 'widgets.example.com', '--all', '--all-namespaces')];
    assert.match(
      (await refusal(live, 'operator-before-custom-resources', every, 'every Widget')) ?? '',
      /Widget annex\/theirs goes with it/,
    );
    const one = [run('before', 'bookend', 'delete', 'widgets.example.com/one', '-n', 'shop')];
    assert.equal(await refusal(live, 'operator-before-custom-resources', one), undefined);
  });

  test('hook-succeeded on an account that a running Deployment uses', async () => {
    const leaking = { annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-delete-policy': 'hook-failed' } };
    const chartWithHook = [
      ...account('spark', [may('*', '', 'pods')], leaking),
      workload('Deployment', 'spark', { account: 'spark' }),
    ];
    const policy = { 'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded' };
    const steps = [
      'ServiceAccount/shop',
      'ClusterRole.rbac.authorization.k8s.io',
      'ClusterRoleBinding.rbac.authorization.k8s.io',
    ].map((place) => annotate(`${place}/spark` as ObjectId, policy));
    assert.match((await refusal(chartOf(chartWithHook), 'hook-leaks', steps)) ?? '', /Deployment shop\/spark needs/);
  });

  test('a patch that removes every finalizer', async () => {
    const lock = object('v1', 'ConfigMap', 'lock', {}, { finalizers: ['example.com/lock'] });
    const patch = (body: string, type: string) => [
      run('after', 'kubectl', 'patch', 'configmaps/lock', '-n', 'shop', `--type=${type}`, '-p', body),
    ];
    const strip = patch('{"metadata":{"finalizers":null}}', 'merge');
    assert.match((await refusal(chartOf([lock]), 'finalizer-unserved', strip)) ?? '', /every finalizer/);
    const both = object('v1', 'ConfigMap', 'lock', {}, { finalizers: ['example.com/lock', 'kubernetes.io/pvc-protection'] });
    const second = [0, 1].map((index) => ({ op: 'remove', path: `/metadata/finalizers/${1 - index}` }));
    const theirs = patch(JSON.stringify(second), 'json');
    assert.match((await refusal(chartOf([both]), 'finalizer-unserved', theirs)) ?? '', /Kubernetes itself removes/);
  });

  test('a patch that the webhook named beside it refuses', async () => {
    const judge = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'judge' },
      webhooks: [
        {
          name: 'v.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          clientConfig: { service: { name: 'judge', namespace: 'shop' } },
          rules: [{ apiGroups: ['example.com'], apiVersions: ['*'], operations: ['UPDATE'], resources: ['tubs'] }],
        },
      ],
    } as unknown as KubernetesObject;
    const service = object('v1', 'Service', 'judge', { spec: { selector: { app: 'judge' }, ports: [{ port: 443 }] } });
    const tub = object('example.com/v1', 'Tub', 't', {}, { finalizers: ['hold.example.org/x'] });
    const live = await liveOf([workload('Deployment', 'judge'), service, crd('example.com', 'Tub'), tub], [judge]);
    const patch = run(
      'after',
      ...(['kubectl', 'patch', 'tubs.example.com/t', '-n', 'shop', '--type=json', '-p'] as const),
      '[{"op":"remove","path":"/metadata/finalizers/0"}]',
    );
    const rule = 'finalizer-unserved';
    assert.match((await refusal(live, rule, [patch])) ?? '', /failed calling webhook/);
    const first = run('after', 'kubectl', 'delete', 'validatingwebhookconfigurations/judge');
    assert.match((await refusal(live, rule, [first, patch])) ?? '', /ValidatingWebhookConfiguration judge goes with it/);
  });

  test('an owner after what it makes again, and what somebody makes again at all', async () => {
    const live = {
      ...(await release(chartOf([workload('Deployment', 'web')]))),
      objects: chartOf([workload('Deployment', 'web'), object('v1', 'ServiceAccount', 'default')]).objects,
    };
    const replicaSet = live.surroundings.objects.find(({ kind }) => kind === 'ReplicaSet')?.metadata.name ?? '';
    const steps = [
      run('before', 'kubectl', 'delete', `replicasets.apps/${replicaSet}`, '-n', 'shop'),
      run('before', 'kubectl', 'delete', 'deployments.apps/web', '-n', 'shop'),
    ];
    assert.match(
      (await refusal(live, 'comes-back', steps)) ?? '',
      /Deployment shop\/web creates ReplicaSet .* again, so it must go first/,
    );
    const again = [run('after', 'kubectl', 'delete', 'serviceaccounts/default', '-n', 'shop')];
    assert.match((await refusal(live, 'comes-back', again)) ?? '', /is found all the same|does not end/);
  });

  test('helm rollback without a revision, and other commands that do not do what they say', async () => {
    const subject = chartOf([object('v1', 'ConfigMap', 'lock', {}, { finalizers: ['example.com/lock'] })]);
    const because = (...argv: Parameters<typeof run> extends [unknown, ...infer Words] ? Words : never) =>
      refusal(subject, 'finalizer-unserved', [run('now', ...argv)]);
    assert.match((await because('helm', 'rollback', 'shop', '-n', 'shop')) ?? '', /revision/);
    assert.match((await because('kubectl', 'delete', 'a.example.com,b.example.com', '--all')) ?? '', /current namespace/);
    assert.match((await because('kubectl', 'delete', 'configmaps')) ?? '', /Neither a name nor --all/);
    assert.match((await because('kubectl', 'delete', 'configmaps/lock', '--now-please')) ?? '', /there is no flag --now-please/);
    assert.match((await because('kubectl', 'delete', 'configmaps/lock')) ?? '', /not found/);
    assert.match((await because('bookend', 'destroy', 'configmaps/lock')) ?? '', /no verb "destroy"/);
  });

  test('a deletion of a definition while custom resources of others live', async () => {
    const definition = crd('example.com', 'Widget', { keep: true });
    const theirs = object('example.com/v1', 'Widget', 'theirs', {}, { namespace: 'annex' });
    const live = await liveOf([definition], [namespaceOf('annex'), theirs]);
    const steps = [run('after', 'kubectl', 'delete', 'customresourcedefinitions/widgets.example.com')];
    assert.match((await refusal(live, 'kept', steps, 'every Widget')) ?? '', /Widget annex\/theirs goes with it/);
  });
});

describe('names that others chose', () => {
  const hostile = ['$(touch pwned)', "it's", 'a"b', 'line\nbreak', '--all', ';reboot', '`id`', `$${'{HOME}'}`, '*'];

  for (const name of hostile)
    test(`are one word of a command that was played: ${JSON.stringify(name)}`, async () => {
      const leaking = { annotations: { 'helm.sh/hook': 'pre-install', 'helm.sh/hook-delete-policy': 'before-hook-creation' } };
      const role = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name, ...leaking },
        rules: [],
      } as unknown as KubernetesObject;
      const whole = await preview(chartOf([workload('Deployment', 'web'), role]), helm4, { beside: 'never' });
      const found = whole.findings.find(({ rule }) => rule === 'hook-leaks');
      const deletion = found?.remedies.find(({ steps }) => steps.some((step) => step.do === 'run' && step.argv[1] === 'delete'));
      assert.deepEqual(deletion?.played, { result: 'cures' });
      const lines = textReport(whole).split('\n');
      assert.equal(lines.filter((line) => line.includes('kubectl delete')).length, 1);
      assert.ok(!lines.some((line) => /^\s*break/.test(line)));
    });
});

describe('a finding', () => {
  test('of which no remedy holds says so, and where to look', async () => {
    const lock = object('v1', 'ConfigMap', 'lock', {}, { finalizers: ['example.com/lock'] });
    const { findings } = await preview(chartOf([lock]), helm4, { trials: 0 });
    const [tooLarge] = findings.find(({ rule }) => rule === 'finalizer-unserved')?.remedies ?? [];
    assert.deepEqual(tooLarge?.played, { result: 'not-played', because: 'too-large' });
    const stage = await stageOf(chartOf([lock]), helm4);
    const { withPlayedRemedies } = await import('./play-remedies.ts');
    const bad = stage.found.map((each) => ({
      ...each,
      remedies: [{ says: 'No.', steps: [run('now', 'helm', 'rollback', 'x')] }],
    }));
    const [answered] = await withPlayedRemedies(bad, stage, bad, { left: 1_000 });
    assert.match(answered?.remedies[0]?.says ?? '', /^No remedy that was tried helps/);
    assert.deepEqual(
      answered?.remedies[0]?.steps.map((step) => 'argv' in step && step.argv.slice(0, 3)),
      [['bookend', 'why', 'configmap/lock']],
    );
  });

  test('names the release and the chart that an object of others is labelled with', async () => {
    const theirs = object(
      'v1',
      'Service',
      'data',
      { spec: { ports: [{ port: 80 }] } },
      {
        labels: { 'helm.sh/chart': 'other-1.2.0' },
        annotations: { 'meta.helm.sh/release-name': 'other', 'meta.helm.sh/release-namespace': 'team' },
        namespace: 'annex',
      },
    );
    const live = await liveOf([namespaceOf('annex')], [theirs]);
    const whole = await preview(live, helm4, { beside: 'never' });
    assert.match(textReport(whole), /Service annex\/data \(labelled as release team\/other, chart other-1\.2\.0\)/);
  });
});
