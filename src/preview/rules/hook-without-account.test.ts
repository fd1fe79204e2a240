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

  test('is none where the hook brings it', async () => assert.equal(await found(chart(hookExample({}))), undefined));
});
