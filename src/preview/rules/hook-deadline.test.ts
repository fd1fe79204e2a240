import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, deployment, documents, webhookServer, widgetCrd } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';
import { gate, webhooks } from './testing/pieces.ts';

const operator = documents(
  widgetCrd(),
  account(
    'manager',
    '{apiGroups: [example.com], resources: [widgets, widgets/finalizers], verbs: [get, list, watch, update, patch]}',
  ),
  deployment('manager', 'serviceAccountName: manager'),
);

const hook = (script: string) => `---
apiVersion: batch/v1
kind: Job
metadata: {name: sweep, annotations: {helm.sh/hook: post-delete}}
spec:
  template:
    spec:
      serviceAccountName: sweeper
      restartPolicy: Never
      containers: [{name: sweep, image: registry.example.com/tools:1, command: [sh, -c, "${script}"]}]
`;

const judged = async (yaml: string) => {
  const { findings } = await preview(chart(yaml), helm4, { beside: 'never' });
  return findings.filter(({ rule }) => rule === 'hook-deadline');
};

const cleaner = (script: string) => hookOfExample({ script, rule: '{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}' });

describe('a hook that does not end in time', () => {
  test('is a warning where it rests on custom resources which nobody has seen, and says so', async () => {
    for (const script of ['kubectl delete crd widgets.example.com', 'kubectl delete widgets --all']) {
      const [found] = await judged(operator + hook(script));
      assert.equal(found?.severity, 'warning');
      assert.match(
        found?.consequence ?? '',
        /depends on whether objects of kind Widget exist with a finalizer that nobody removes/,
      );
    }
  });

  test('is not taken for one that may not do its work, where others make its account', async () => {
    const [found] = await judged(
      operator + hook('if kubectl get crd widgets.example.com; then kubectl delete crd widgets.example.com; fi'),
    );
    assert.match(found?.title ?? '', /^Hook Job shop\/sweep waits for every Widget, whose finalizer nobody removes/);
    assert.ok(!JSON.stringify(found).includes('forbidden'));
  });

  test('ends at once where it looks first and finds nothing to delete', async () => {
    const failing = async (script: string) => {
      const { findings } = await preview(chart(documents(deployment('web'), cleaner(script))), helm4, { beside: 'never' });
      return findings.some(({ rule }) => rule === 'hook-fails' || rule === 'hook-deadline');
    };
    assert.ok(!(await failing('if kubectl get secret token; then kubectl delete secret token; fi')));
    assert.ok(await failing('kubectl delete secret token'));
  });

  test('waits with kubectl wait too', async () => {
    for (const flag of ['--for=delete', '--for delete']) {
      const [found] = await judged(operator + hook(`kubectl wait ${flag} widgets --all -A --timeout=900s`));
      assert.match(found?.title ?? '', /^Hook Job shop\/sweep waits for every Widget, whose finalizer nobody removes/, flag);
    }
  });

  test('names first what it waits for', async () => {
    const lock = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lock, namespace: shop, finalizers: [cleanup.test/lock]}\n';
    const held = documents(deployment('web'), lock, cleaner('kubectl delete configmap lock'));
    const [found] = await judged(held.replace('activeDeadlineSeconds: 120', 'backoffLimit: 0'));
    assert.match(found?.title ?? '', /^Hook Job shop\/cleanup waits for ConfigMap shop\/lock, which stays Terminating/);
    assert.match(found?.evidence[0]?.says ?? '', /finalizer cleanup\.test\/lock/);
  });

  test('names the webhook that refuses its Pod', async () => {
    const pods = JSON.stringify(
      webhooks('Mutating', 'inject', [gate('Fail', 'CREATE', '', 'pods', 'widget-webhook')], {
        annotations: { 'helm.sh/hook': 'post-install' },
      }),
    );
    const late = cleaner('kubectl get pods').replaceAll('hook: pre-delete', 'hook: post-delete');
    const [found] = await judged(documents(webhookServer, `${pods}\n`, late.replace('  activeDeadlineSeconds: 120\n', '')));
    assert.match(
      found?.title ?? '',
      /gets no Pod: MutatingWebhookConfiguration inject refuses it, and Helm gives up after 300 s$/,
    );
  });

  test('fails for the same reason where it has a deadline', async () => {
    const pods = webhooks('Mutating', 'inject', [gate('Fail', 'CREATE', '', 'pods', 'widget-webhook')], {
      annotations: { 'helm.sh/hook': 'post-install' },
    });
    const late = cleaner('kubectl get pods').replaceAll('hook: pre-delete', 'hook: post-delete');
    const subject = chart(documents(webhookServer, `${JSON.stringify(pods)}\n`, late));
    const { findings } = await preview(subject, helm4, { beside: 'never' });
    assert.ok(
      findings.some(
        ({ rule, title }) =>
          rule === 'hook-fails' && title.endsWith('it gets no Pod: MutatingWebhookConfiguration inject refuses it'),
      ),
    );
  });

  test('names that it is suspended, and how to cure that', async () => {
    const hook = hookOfExample({ script: '/opt/clean-up', spec: 'suspend: true' });
    const { findings } = await preview(chart(documents(deployment('web'), hook)), helm4, { beside: 'never' });
    const finding = findings.find(({ title }) => title.includes('it is suspended') || title.includes('never starts'));
    assert.match(finding?.title ?? '', /Hook Job shop\/cleanup never starts: it is suspended/);
    assert.deepEqual(finding?.remedies[0]?.played, { result: 'cures' });
  });

  test('says that it deletes itself', async () => {
    const [itself] = await judged(documents(deployment('web'), cleaner('kubectl delete job cleanup')));
    assert.match(itself?.title ?? '', /^Hook Job shop\/cleanup deletes itself, and Helm gives up/);
    const home = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
    const [all] = await judged(documents(home, deployment('web'), cleaner('kubectl delete namespace shop')));
    assert.match(all?.title ?? '', /deletes its own Namespace, and itself with it/);
    const [every] = await judged(documents(deployment('web'), cleaner('kubectl delete jobs --all')));
    assert.match(every?.title ?? '', /^Hook Job shop\/cleanup deletes itself/);
    assert.deepEqual(await judged(documents(deployment('web'), cleaner('kubectl delete jobs -l app=web'))), []);
  });
});

test('a hook without a deadline whose program nobody can read is noted', async () => {
  const unread = hookOfExample({ spec: 'backoffLimit: 0', script: '/opt/clean-up --wait' });
  const [found] = await judged(documents(deployment('web'), unread));
  assert.deepEqual([found?.severity, found?.title], ['note', 'Hook Job shop/cleanup has no deadline, Helm waits 300 s']);
  assert.deepEqual(await judged(documents(deployment('web'), hookOfExample({ script: '/opt/clean-up --wait' }))), []);
});

test('a hook whose Pod asks for a sidecar may be kept alive by it', async () => {
  const withMetadata = (metadata: string) =>
    documents(
      deployment('web'),
      cleaner('kubectl get pods').replace('  template:\n', `  template:\n    metadata: ${metadata}\n`),
    );
  const [found] = await judged(withMetadata('{annotations: {sidecar.istio.io/inject: "true"}}'));
  assert.equal(found?.title, 'Hook Job shop/cleanup may be kept alive by a sidecar');
  for (const metadata of ['{annotations: {sidecar.istio.io/inject: "false"}}', '{labels: {app: cleanup}}'])
    assert.deepEqual(await judged(withMetadata(metadata)), []);
});
