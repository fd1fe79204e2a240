import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4, release } from '../testing/subjects.ts';
import { account, deployment, documents, hookAnnotations } from './examples.ts';

async function leak(yaml: string) {
  const { findings } = await preview(chart(yaml), helm4, { beside: 'never' });
  return findings.find(({ rule }) => rule === 'hook-leaks');
}

const annotations = hookAnnotations(-5, 'before-hook-creation').replace('pre-delete', 'pre-install');
const access = account('worker', '{apiGroups: [""], resources: [secrets], verbs: [get, delete]}', [
  annotations,
  annotations,
  annotations,
]);
const job = (spec: string) => `apiVersion: batch/v1
kind: Job
metadata: {name: check, namespace: shop${hookAnnotations(0, 'before-hook-creation')}}
spec:
  ${spec}
  template: {spec: {restartPolicy: Never, containers: [{name: check, image: registry.example.com/check:1}]}}
`;

describe('what a hook leaves', () => {
  test('goes by itself where it is a Job with a TTL', async () => {
    assert.equal(await leak(documents(deployment('web'), job('ttlSecondsAfterFinished: 60'))), undefined);
    assert.match(
      (await leak(documents(deployment('web'), job('backoffLimit: 1'))))?.title ?? '',
      /^Hooks leave Job shop\/check behind/,
    );
  });

  test('is in the way of the next installation unless Helm deletes it before', async () => {
    const failedOnly = access.replaceAll('before-hook-creation', 'hook-failed');
    const inTheWay = /The next time that Helm runs these hooks, it fails with "already exists": .*ServiceAccount shop\/worker/;
    assert.match((await leak(documents(deployment('web'), failedOnly)))?.consequence ?? '', inTheWay);
    assert.ok(!(await leak(documents(deployment('web'), access)))?.consequence.includes('already exists'));
  });

  test('goes with a delete policy, where nobody uses it', async () => {
    const [remedy] = (await leak(documents(deployment('web'), access)))?.remedies ?? [];
    assert.deepEqual(remedy?.played, { result: 'cures' });
    assert.deepEqual(
      remedy.steps.flatMap((step) => (step.do === 'change' ? step.set : [])),
      [1, 2, 3].map(() => ({
        path: ['metadata', 'annotations', 'helm.sh/hook-delete-policy'],
        value: 'before-hook-creation,hook-succeeded',
      })),
    );
  });

  test('goes with a delete policy, where only the Pod of a hook has used it', async () => {
    const installing = job('backoffLimit: 1')
      .replaceAll('pre-delete', 'pre-install')
      .replace('restartPolicy', 'serviceAccountName: worker, restartPolicy');
    const subject = chart(documents(deployment('web'), access, installing));
    const live = await release(subject, async ({ cluster }) => {
      for (const { object } of subject.hooks) await cluster.create(object);
    });
    assert.ok(live.surroundings.objects.some(({ kind, metadata }) => kind === 'Pod' && metadata.name.startsWith('check-')));
    const { findings } = await preview({ ...live, hooks: subject.hooks }, helm4, { beside: 'never' });
    const [remedy] = findings.find(({ rule }) => rule === 'hook-leaks')?.remedies ?? [];
    assert.doesNotMatch(remedy?.says ?? '', /uses? (it|them) as long as/);
    assert.match(JSON.stringify(remedy), /hook-succeeded/);
  });

  test('is to be no hook where the release runs with it', async () => {
    const { remedies = [] } = (await leak(documents(deployment('web', 'serviceAccountName: worker'), access))) ?? {};
    assert.doesNotMatch(JSON.stringify(remedies), /hook-succeeded/);
    const [remedy] = remedies;
    assert.match(remedy?.says ?? '', /: Deployment shop\/web uses them as long as the release is installed\.$/);
    const changed = remedy?.steps.flatMap((step) => (step.do === 'change' ? [step] : [])) ?? [];
    assert.deepEqual(
      changed.map(({ object }) => object),
      [
        'ClusterRole.rbac.authorization.k8s.io/worker',
        'ClusterRoleBinding.rbac.authorization.k8s.io/worker',
        'ServiceAccount/shop/worker',
      ],
    );
    for (const { set } of changed)
      assert.ok(set.some(({ path, value }) => path.at(-1) === 'helm.sh/hook' && value === undefined));
  });
});
