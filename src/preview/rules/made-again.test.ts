import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Subject } from '../../reading/subject.ts';
import { preview } from '../preview.ts';
import { chart, helm4, release } from '../testing/subjects.ts';
import { account, deployment, documents } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';

const script = 'kubectl delete clusterroles.rbac.authorization.k8s.io shop-deleter shop-maker --ignore-not-found';
const rule = '{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}';

/** A chart whose program may create ClusterRoles, and whose hook deletes two that no manifest has. */
function tenancy(line = script, rights = rule): Subject {
  const program = deployment('tenancy', 'serviceAccountName: tenancy');
  return chart(documents(hookOfExample({ script: line, rule }), account('tenancy', rights), program));
}

const made = (name: string): KubernetesObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name },
});

async function comesBack(subject: Subject) {
  const { findings } = await preview(subject, helm4, { beside: 'never' });
  return findings.filter(({ rule: id }) => id === 'comes-back');
}

const live = (manager: string, line?: string) =>
  release(tenancy(line), async ({ cluster }) => {
    for (const name of ['shop-deleter', 'shop-maker']) await cluster.create(made(name), { fieldManager: manager });
  });

describe('what a hook deletes while the program that made it still runs', () => {
  test('may come back: a warning where the program wrote it', async () => {
    const [finding, ...others] = await comesBack(await live('tenancy'));
    assert.equal(others.length, 0);
    assert.equal(finding?.severity, 'warning');
    assert.match(
      finding.title,
      /^ClusterRole shop-deleter and ClusterRole shop-maker may come back after hook Job shop\/cleanup/,
    );
    assert.match(finding.consequence, /^Deployment shop\/tenancy still runs/);
    const steps = finding.remedies.flatMap((remedy) => remedy.steps.map((step) => step.do === 'run' && step.argv.join(' ')));
    assert.equal(
      steps[0],
      'kubectl get clusterroles.rbac.authorization.k8s.io/shop-deleter clusterroles.rbac.authorization.k8s.io/shop-maker',
    );
  });

  test('is a note where only a chart is there, and its program may create it', async () => {
    const [finding] = await comesBack(tenancy());
    assert.equal(finding?.severity, 'note');
    const rights = '{apiGroups: [""], resources: [secrets], verbs: ["*"]}';
    assert.deepEqual(await comesBack(tenancy(script, rights)), []);
  });

  test('stays gone where another program or a person made it', async () => {
    assert.deepEqual(await comesBack(await live('another')), []);
    assert.deepEqual(await comesBack(await live('kubectl-create')), []);
  });

  test('stays gone where the script stops the program first', async () => {
    for (const first of ['scale deployment tenancy --replicas=0 -n shop', 'delete deployments.apps -n shop -l app=tenancy']) {
      const line = `kubectl ${first} && ${script}`;
      assert.deepEqual(await comesBack(await live('tenancy', line)), [], first);
      assert.deepEqual(await comesBack(tenancy(line)), [], first);
    }
  });

  test('is no matter of this rule where the manifest has it, nor of Pods and Jobs', async () => {
    assert.deepEqual(await comesBack(tenancy('kubectl delete clusterrole tenancy')), []);
    assert.deepEqual(await comesBack(tenancy('kubectl delete jobs.batch shop-install -n shop')), []);
    assert.deepEqual(await comesBack(tenancy('kubectl delete secret "$NAME" -n shop')), []);
  });
});
