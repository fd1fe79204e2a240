import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hookWith, managerChart, operatorChart } from '../preview/testing/charts.ts';
import { leftIn, played, saidOfHook, stepsOf } from '../preview/testing/plays.ts';
import { chart, release } from '../preview/testing/subjects.ts';
import { messageOf } from './step.ts';

const deletesWidgets = 'kubectl delete widgets.example.com --all --timeout=60s';

describe('hooks of helm uninstall', () => {
  test('run by weight, then name, and delete the custom resource while its operator lives', async () => {
    const result = await played(chart(operatorChart + hookWith(deletesWidgets)));
    assert.deepEqual(stepsOf(result).slice(0, 9), [
      'create-hook done ServiceAccount/shop/clean',
      'create-hook done Role.rbac.authorization.k8s.io/shop/clean',
      'create-hook done RoleBinding.rbac.authorization.k8s.io/shop/clean',
      'create-hook done Job.batch/shop/clean',
      'wait-hook done Job.batch/shop/clean',
      'delete-hook deleted Job.batch/shop/clean',
      'delete-hook deleted RoleBinding.rbac.authorization.k8s.io/shop/clean',
      'delete-hook deleted Role.rbac.authorization.k8s.io/shop/clean',
      'delete-hook deleted ServiceAccount/shop/clean',
    ]);
    assert.deepEqual([result.outcome, leftIn(result)], ['succeeded', []]);
    // The definition went with its last custom resource, so that Helm finds neither.
    assert.ok(stepsOf(result).includes('delete absent Widget.example.com/shop/one'));
  });

  test('that may not do what their script does fail, and nothing is deleted', async () => {
    const result = await played(chart(operatorChart + hookWith(deletesWidgets, { verbs: '[get, list]' })));
    assert.equal(result.outcome, 'failed');
    assert.match(result.message ?? '', /^Error: resource Job\/shop\/clean not ready\. status: Failed/);
    assert.match(saidOfHook(result), /its log: Error from server \(Forbidden\).*cannot delete resource "widgets"/);
    assert.ok(!result.steps.some(({ what }) => what === 'delete'));
    assert.ok(leftIn(result).includes('not-deleted Deployment.apps/shop/manager'));
    assert.deepEqual(
      leftIn(result).filter((line) => line.startsWith('hook')),
      ['hook Job.batch/shop/clean'],
      'those that went well before it are deleted by their policy',
    );
  });

  test('whose failure is swallowed by their script succeed, and help nobody', async () => {
    const command = `${deletesWidgets} || true`;
    const result = await played(chart(operatorChart + hookWith(command, { verbs: '[get, list]' })));
    assert.equal(result.outcome, 'hangs');
    assert.ok(leftIn(result).includes('stuck Widget.example.com/shop/one'));
  });

  test('that do not wait for what they delete may succeed too early', async () => {
    const result = await played(chart(operatorChart + hookWith('kubectl delete widgets --all --wait=false')));
    assert.ok(stepsOf(result).includes('wait-hook done Job.batch/shop/clean'));
    assert.equal(result.outcome, 'succeeded');
  });

  test("without a node to run on end with Helm's time-out", async () => {
    const subject = await release(chart(operatorChart + hookWith(deletesWidgets, { spec: '{disk: fast}' })));
    const helm4 = await played(subject, { timeoutMs: 60_000 });
    assert.equal(helm4.outcome, 'failed');
    assert.match(helm4.message ?? '', /status: InProgress.*\ncontext deadline exceeded$/);
    assert.ok(helm4.returnedMs >= 60_000 && helm4.returnedMs < 62_000, `${helm4.returnedMs} ms`);
    const helm3 = await played(subject, { tool: 'helm3', timeoutMs: 60_000 });
    assert.equal(helm3.message, 'Error: timed out waiting for the condition');
  });

  test('may be deleted by their TTL as soon as they end', async () => {
    const hook = hookWith(deletesWidgets).replace('backoffLimit: 0', 'backoffLimit: 0\n  ttlSecondsAfterFinished: 0');
    for (const tool of ['helm3', 'helm4'] as const)
      assert.equal((await played(chart(operatorChart + hook), { tool })).outcome, 'succeeded', tool);
  });

  test('are left out with --no-hooks', async () => {
    const result = await played(chart(operatorChart + hookWith(deletesWidgets)), { hooks: false });
    assert.ok(!result.steps.some(({ what }) => what.includes('hook')));
    assert.equal(result.outcome, 'hangs');
  });

  test('leave what they made when no policy says otherwise', async () => {
    const result = await played(chart(operatorChart + hookWith(deletesWidgets, { policy: 'before-hook-creation' })));
    assert.deepEqual(leftIn(result), [
      'hook Job.batch/shop/clean',
      'hook Role.rbac.authorization.k8s.io/shop/clean',
      'hook RoleBinding.rbac.authorization.k8s.io/shop/clean',
      'hook ServiceAccount/shop/clean',
    ]);
  });

  test('that stand from an earlier try are made anew only where the policy says so', async () => {
    const withOld = await release(
      chart(operatorChart + hookWith(deletesWidgets, { policy: 'hook-succeeded' })),
      async ({ cluster }) => {
        const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'clean', namespace: 'shop' } };
        await cluster.create(account);
      },
    );
    const helm3 = await played(withOld, { tool: 'helm3' });
    assert.equal(helm3.outcome, 'failed');
    assert.match(helm3.message ?? '', /^Error: warning: Hook pre-delete clean failed: .*"clean" already exists$/);
    assert.equal((await played(withOld)).outcome, 'succeeded', 'Helm 4 applies over what is there');
  });

  test('of Bookend wait until everything is gone', async () => {
    const targets = JSON.stringify([{ kind: 'widgets.example.com' }]).replaceAll('"', '\\"');
    const hook = hookWith('x').replace("command: [sh, -ec, 'x']", `args: [delete, --targets, "${targets}"]`);
    const all = hook.replace(/rules: .*$/m, "rules: [{apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch, delete]}]");
    const everywhere = all
      .replaceAll('kind: RoleBinding', 'kind: ClusterRoleBinding')
      .replaceAll('kind: Role', 'kind: ClusterRole');
    const result = await played(chart(operatorChart + everywhere));
    assert.deepEqual([result.outcome, leftIn(result)], ['succeeded', []], `${result.message}`);
  });
});

describe('helm uninstall', () => {
  test('fails before the first DELETE when a kind is not served any more', async () => {
    const monitor = 'apiVersion: monitoring.example.com/v1\nkind: Monitor\nmetadata: {name: one, namespace: shop}\n---';
    const subject = await release(chart(operatorChart));
    const withMonitor = { ...subject, objects: [...chart(monitor + operatorChart).objects] };
    const result = await played(withMonitor);
    assert.deepEqual([result.outcome, result.message], ['failed', 'Error: failed to delete release: shop']);
    const [first] = result.steps;
    assert.match((first && messageOf(first)) ?? '', /no matches for kind "Monitor" in version "monitoring\.example\.com\/v1"/);
    assert.ok(!result.steps.some(({ what }) => what === 'delete'));
    const notSeen = ['customresourcedefinitions.apiextensions.k8s.io: forbidden for user jane'];
    const unread = await played({ ...withMonitor, surroundings: { ...subject.surroundings, notSeen } });
    assert.ok(
      stepsOf(unread).includes('delete absent Monitor.monitoring.example.com/shop/one'),
      'what was not read may be there',
    );
  });

  test('waits with --wait for its own objects, not for their Pods', async () => {
    const result = await played(chart(managerChart), { wait: true });
    assert.ok(result.steps.some((step) => step.what === 'wait-gone' && step.answer === 'done'));
    assert.ok((result.pods[0]?.stoppedAt ?? 0) > result.returnedMs);
  });

  test('names after its time-out what is still there', async () => {
    const result = await played(chart(operatorChart), { wait: true, timeoutMs: 30_000 });
    assert.equal(result.outcome, 'failed');
    assert.match(result.message ?? '', /uninstallation completed with 1 error\(s\): resource .*Widget\/shop\/one still exists/s);
    assert.ok(result.returnedMs >= 30_000);
  });
});
