import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Subject } from '../../reading/subject.ts';
import { preview } from '../preview.ts';
import { chart, helm4, release } from '../testing/subjects.ts';
import { hookExample } from './hook-examples.ts';

async function found(subject: Subject) {
  const { findings } = await preview(subject, helm4, { beside: 'never' });
  return findings.find(({ rule }) => rule === 'hook-without-account');
}

describe('a hook whose account is nowhere', () => {
  const orphan = hookExample({}).replace('serviceAccountName: cleanup', 'serviceAccountName: clean-up');

  test('is a warning in manifests: somebody else may make it', async () => {
    const finding = await found(chart(orphan));
    assert.equal(finding?.severity, 'warning');
    assert.match(finding.title, /needs ServiceAccount shop\/clean-up, which does not exist when it runs$/);
    assert.match(finding.consequence, /depends on whether an object of that name exists from elsewhere/);
  });

  test('is an error in a cluster that has none', async () =>
    assert.equal((await found(await release(chart(orphan))))?.severity, 'error'));

  test('may be the PriorityClass of the release, after the deletion', async () => {
    const late = (podSpec: string) =>
      hookExample({ podSpec }).replaceAll('helm.sh/hook: pre-delete', 'helm.sh/hook: post-delete');
    const priority = 'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: urgent}\nvalue: 1000\n';
    const finding = await found(chart(`${late('priorityClassName: urgent')}---\n${priority}`));
    assert.equal(finding?.severity, 'error');
    assert.match(finding.title, /needs PriorityClass urgent, which does not exist when it runs/);
    assert.equal(await found(chart(late('priorityClassName: system-cluster-critical'))), undefined);
  });

  test('is none where the hook brings it', async () => assert.equal(await found(chart(hookExample({}))), undefined));
});
