/**
 * `bookend why` and what would refuse: policies by their CEL, webhooks by their conditions, and a dry run where it is
 * asked for.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceAccount } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { allOf, type Why } from '../../why/blocker.ts';
import { commandsOf, saidIn } from '../../why/testing/flat.ts';
import { account, clusterRoleWithBinding, configMap, custom, definition, namespace, workload } from '../testing/manifests.ts';
import { type RunOptions, simulatedTerminal } from '../testing/simulated-terminal.ts';

const registration = 'admissionregistration.k8s.io/v1';
const finalizer = 'example.com/cleanup';
const serves = { apiGroups: ['example.com'], resources: ['widgets', 'widgets/finalizers'], verbs: ['*'] };
const operator = [
  account('ops', 'runner'),
  ...clusterRoleWithBinding({ namespace: 'ops', name: 'runner' }, [serves]),
  workload('Deployment', 'ops', 'runner', { serviceAccountName: 'runner' }),
];
const widget = (finalizers: string[] = []): KubernetesObject => ({
  ...custom('Widget', 'one', 'shop', finalizers),
  spec: { tier: 'gold', replicas: 2 },
});
const ref = { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'one' };

type Spec = Record<string, unknown>;
function policy(operation: 'UPDATE' | 'DELETE', spec: Spec, binding: Spec = {}): KubernetesObject[] {
  const rule = { apiGroups: ['example.com'], apiVersions: ['*'], operations: [operation], resources: ['widgets'] };
  return [
    {
      ...{ apiVersion: registration, kind: 'ValidatingAdmissionPolicy', metadata: { name: 'guard' } },
      spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules: [rule] }, ...spec },
    },
    {
      ...{ apiVersion: registration, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'guarding' } },
      spec: { policyName: 'guard', validationActions: ['Deny'], ...binding },
    },
  ];
}
const says = (expression: string, message = 'no'): Spec => ({ validations: [{ expression, message }] });

/** A cluster with the Widget, asked to go before the policies come where `ending`. */
async function stage(guards: KubernetesObject[], { ending = false, others = [] as KubernetesObject[] } = {}) {
  const terminal = simulatedTerminal();
  const { cluster } = terminal.simulated;
  for (const name of ['ops', 'shop']) await cluster.create(namespace(name));
  await cluster.create(definition('Widget'));
  await terminal.simulated.settle(5_000);
  for (const object of [...operator, ...others]) await cluster.create(object);
  await terminal.simulated.settle(10_000);
  await cluster.create(widget(ending ? [finalizer] : []));
  if (ending) await cluster.delete(ref);
  for (const object of guards) await cluster.create(object);
  const why = async (args: string[] = [], options: RunOptions = {}) => {
    const { out, err, exitCode } = await terminal.run(['why', 'widgets/one', '-n', 'shop', '-o', 'json', ...args], options);
    assert.ok(out, err);
    const answer = JSON.parse(out) as Why;
    return { exitCode, answer, said: saidIn(answer.blockers), blockers: allOf(answer.blockers) };
  };
  return { ...terminal, cluster, why };
}

/** What the API server itself would say: the prediction is held to it. */
async function isRefused(terminal: Awaited<ReturnType<typeof stage>>): Promise<boolean> {
  return await terminal.cluster.delete(ref, { dryRun: true }).then(
    () => false,
    () => true,
  );
}

describe('bookend why: a policy', () => {
  test('that would refuse the deletion is told in its own words, before anybody asks', async () => {
    const terminal = await stage(policy('DELETE', says("oldObject.spec.tier != 'gold'", 'gold Widgets stay')));
    const { exitCode, answer, blockers } = await terminal.why();
    assert.equal(exitCode, 0);
    assert.match(answer.says, /not being deleted; its deletion would be refused$/);
    const [found] = blockers;
    assert.equal(found?.says, 'ValidatingAdmissionPolicy guard refuses the deletion: gold Widgets stay');
    assert.match((found && commandsOf(found).at(-1)) ?? '', /delete validatingadmissionpolicybinding\/guarding/);
    assert.equal(await isRefused(terminal), true);
  });

  test('that lets it pass, or only warns, or is about something else, is not named', async () => {
    for (const guards of [
      policy('DELETE', says("oldObject.spec.tier == 'gold'")),
      policy('DELETE', says('false'), { validationActions: ['Warn'] }),
      policy('UPDATE', says('false')),
      policy('DELETE', { ...says('false'), matchConditions: [{ name: 'a', expression: 'oldObject.spec.replicas > 2' }] }),
      policy('DELETE', says('false'), {
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ops' } } },
      }),
      policy('DELETE', { ...says('oldObject.spec.absent'), failurePolicy: 'Ignore' }),
    ]) {
      const terminal = await stage(guards);
      const { said } = await terminal.why();
      assert.deepEqual(said, [], JSON.stringify(guards[0]));
      assert.equal(await isRefused(terminal), false);
    }
  });

  test('that is too costly to evaluate may refuse, whatever it does when it fails, and is answered at once', async () => {
    const ten = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]';
    const opened = Array.from({ length: 9 }, (_, depth) => `${ten}.all(n${depth}, `).join('');
    const costly = `${opened}oldObject.spec.tier != n0${')'.repeat(9)}`;
    const doubt = 'ValidatingAdmissionPolicy guard may refuse the deletion';
    for (const failurePolicy of ['Fail', 'Ignore']) {
      const { why } = await stage(policy('DELETE', { ...says(costly), failurePolicy }));
      const started = performance.now();
      const { exitCode, said } = await why();
      assert.equal(exitCode, 0);
      assert.equal(said.length, 1);
      assert.ok(said[0]?.startsWith(doubt) && said[0].endsWith('; its CEL is too costly to evaluate'), said.join());
      assert.ok(performance.now() - started < 20_000);
    }
    const condition = { ...says('false'), matchConditions: [{ name: 'a', expression: costly }] };
    const { why } = await stage(policy('DELETE', condition));
    assert.match((await why()).said.join(), /may refuse .*; its CEL is too costly to evaluate$/);
  });

  test('that would refuse the removal of the finalizer holds what is being deleted', async () => {
    const { why } = await stage(policy('UPDATE', says('has(object.metadata.finalizers)', 'finalizers are never removed')), {
      ending: true,
    });
    const { exitCode, said } = await why();
    assert.equal(exitCode, 7);
    assert.ok(
      said.includes(
        'ValidatingAdmissionPolicy guard refuses the removal of finalizers (an UPDATE): finalizers are never removed',
      ),
      said.join('\n'),
    );
  });

  test('is asked as the controller that would remove the finalizer', async () => {
    const user = "request.userInfo.username == 'system:serviceaccount:ops:runner'";
    const mayUpdate = "authorizer.group('example.com').resource('widgets').namespace('shop').check('update').allowed()";
    for (const [expression, stuck] of [
      [user, false],
      [`!(${user})`, true],
      [mayUpdate, false],
    ] as const) {
      const { why } = await stage(policy('UPDATE', says(expression)), { ending: true });
      assert.equal(
        (await why()).said.some((text) => text.includes('guard refuses')),
        stuck,
        expression,
      );
    }
  });

  test('whose answer depends on who asks is no certain refusal', async () => {
    const { why } = await stage(
      policy('DELETE', says("request.userInfo.groups.exists(g, g == 'system:masters')", 'admins only')),
    );
    const { answer, blockers } = await why();
    assert.match(answer.says, /its deletion may be refused$/);
    assert.equal(answer.stuck, false);
    assert.equal(
      blockers[0]?.says,
      'ValidatingAdmissionPolicy guard may refuse the deletion: admins only; it asks who makes the request',
    );
  });

  test('is evaluated with its parameters, and judged uncertain where these may not be read', async () => {
    const params = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, ...says("params.data.open == 'yes'", 'closed') };
    const binding = { paramRef: { name: 'doors', namespace: 'ops', parameterNotFoundAction: 'Deny' } };
    const doors = (open: string) => ({ ...configMap('ops', 'doors'), data: { open } });
    const closed = await stage(policy('DELETE', params, binding), { others: [doors('no')] });
    assert.match((await closed.why()).said.join(), /guard refuses the deletion: closed/);
    const open = await stage(policy('DELETE', params, binding), { others: [doors('yes')] });
    assert.deepEqual((await open.why()).said, []);
    const secret = { ...params, paramKind: { apiVersion: 'v1', kind: 'Secret' } };
    const hidden = await stage(policy('DELETE', secret, binding));
    const { said, answer } = await hidden.why();
    assert.equal(answer.stuck, false);
    assert.match(said.join(), /guard may refuse the deletion; its parameters are Secrets, which are not read/);
  });

  test('with CEL that is not known here is uncertain, and with a field that is missing it refuses as the API server does', async () => {
    const strange = await stage(policy('DELETE', says("isURL('https://example.com')")));
    const { blockers } = await strange.why();
    assert.match(blockers[0]?.says ?? '', /may refuse .*; its CEL cannot be evaluated here$/);
    const missing = await stage(policy('DELETE', says("oldObject.spec.absent == 'x'")));
    assert.match((await missing.why()).said.join(), /refuses the deletion: .*no such key/);
    assert.equal(await isRefused(missing), true);
  });

  test('is tried on what a namespace that ends still holds, as its controller, where metadata is enough to judge', async () => {
    const held = { ...configMap('shop', 'held'), metadata: { name: 'held', namespace: 'shop', finalizers: ['x.example/hold'] } };
    const whoever = "request.userInfo.username.startsWith('system:serviceaccount:kube-system:namespace')";
    for (const [expression, isNamed] of [
      [`oldObject.metadata.name != 'one' && ${whoever}`, true],
      [`oldObject.metadata.name == 'one' && ${whoever}`, false],
      ["oldObject.spec.tier != 'gold'", false],
    ] as const) {
      const { run, cluster, simulated } = await stage(policy('DELETE', says(expression, 'never')), {
        others: [held],
      });
      await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
      await simulated.settle(5_000);
      const { out } = await run(['why', 'namespace/shop', '-o', 'json']);
      const said = allOf((JSON.parse(out) as Why).blockers).filter(({ object }) => object?.kind === 'ValidatingAdmissionPolicy');
      assert.equal(said.length > 0, isNamed, `${expression}: ${out}`);
      if (isNamed) assert.equal(said[0]?.says, 'ValidatingAdmissionPolicy guard refuses the deletion: never');
    }
  });

  test('is told once when it has refused already', async () => {
    const { why, cluster } = await stage(policy('UPDATE', says('false', 'never')), { ending: true });
    const widgetNow = await cluster.get(ref);
    const message = "ValidatingAdmissionPolicy 'guard' with binding 'guarding' denied request: never";
    await cluster.create({
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'shop' }, type: 'Warning', reason: 'Failed' },
      ...{ message, involvedObject: { uid: widgetNow?.metadata.uid, kind: 'Widget', name: 'one', namespace: 'shop' } },
    });
    const { said } = await why();
    assert.equal(said.filter((text) => text.startsWith('ValidatingAdmissionPolicy guard')).length, 1, said.join('\n'));
  });
});

describe('bookend why: matchConditions of a dead webhook', () => {
  const webhook = (expression: string): KubernetesObject => ({
    ...{ apiVersion: registration, kind: 'ValidatingWebhookConfiguration', metadata: { name: 'guard' } },
    webhooks: [
      {
        ...{ name: 'guard.example.com', failurePolicy: 'Fail', sideEffects: 'None', admissionReviewVersions: ['v1'] },
        clientConfig: { service: { name: 'absent', namespace: 'ops' } },
        rules: [{ apiGroups: ['example.com'], apiVersions: ['*'], operations: ['DELETE'], resources: ['widgets'] }],
        matchConditions: [{ name: 'a', expression }],
      },
    ],
  });

  test('are evaluated: one that is not meant is not named, one that is is certain', async () => {
    const meant = await stage([webhook("oldObject.spec.tier == 'gold'")]);
    assert.match((await meant.why()).said.join(), /webhook guard\.example\.com of .* refuses the deletion: its Service/);
    const other = await stage([webhook("oldObject.spec.tier == 'silver'")]);
    assert.deepEqual((await other.why()).said, []);
  });

  test('that depend on who asks leave it open', async () => {
    const { why } = await stage([webhook("request.userInfo.username != 'jane'")]);
    assert.match((await why()).said.join(), /refuses the deletion, if its matchConditions hold/);
  });
});

describe('bookend why --try', () => {
  test('asks the API server by a dry run, and changes nothing; without it nothing is sent', async () => {
    const { why, simulated, cluster } = await stage(policy('UPDATE', says('false', 'never')), { ending: true });
    const sent = () => simulated.requests.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb));
    simulated.clearRequests();
    await why();
    assert.deepEqual(sent(), []);
    const { answer, blockers } = await why(['--try']);
    assert.deepEqual(
      sent().map(({ verb, write }) => [verb, write]),
      [['patch', undefined]],
      'a dry run',
    );
    assert.deepEqual([answer.tried?.what, answer.tried?.answer], [`the removal of finalizer ${finalizer}`, 'refused']);
    assert.ok(
      blockers.some(
        ({ says: text, evidence }) =>
          text === 'ValidatingAdmissionPolicy guard refuses: never' && evidence[0]?.field === 'dry run',
      ),
    );
    assert.deepEqual((await cluster.get(ref))?.metadata.finalizers, [finalizer]);
  });

  test('says that it is allowed, where it is, and keeps the object', async () => {
    const { why, cluster, run } = await stage([]);
    assert.equal((await why(['--try'])).answer.tried?.answer, 'allowed');
    assert.ok(await cluster.get(ref));
    const { out } = await run(['why', 'widgets/one', '-n', 'shop', '--try']);
    assert.match(out, /dry run with your permissions: the deletion of Widget shop\/one is allowed\n$/);
  });

  test('concludes nothing from who asks having no right to it', async () => {
    const { why, cluster } = await stage([], { ending: true });
    for (const object of clusterRoleWithBinding({ namespace: 'shop', name: 'reader' }, [
      { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] },
    ]))
      await cluster.create(object);
    const { answer, blockers } = await why(['--try'], { user: serviceAccount('shop', 'reader') });
    assert.equal(answer.tried?.answer, 'unknown');
    assert.ok(!blockers.some(({ kind }) => kind === 'refusal'));
  });
});
