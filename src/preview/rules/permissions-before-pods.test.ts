import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, documents, workload } from './examples.ts';

const rights = account('agent', '{apiGroups: [""], resources: [nodes], verbs: [get, patch]}');

async function noted(pod: string, container = '') {
  const agent = workload('DaemonSet', 'agent', { pod: `serviceAccountName: agent\n${pod}`, container });
  const { findings } = await preview(chart(documents(rights, agent)), helm4, { beside: 'never' });
  return findings.filter(({ rule }) => rule === 'permissions-before-pods').map(({ severity }) => severity);
}

describe('a program without a preStop hook that loses its rights while it stops', () => {
  test('is noted where it has long to stop, or is told to clean up', async () => {
    assert.deepEqual(await noted('terminationGracePeriodSeconds: 300'), ['note']);
    assert.deepEqual(await noted('', 'args: [--cleanup-on-exit]'), ['note']);
    assert.deepEqual(await noted('', 'env: [{name: DEREGISTER_NODE, value: "true"}]'), ['note']);
  });

  test('is not, where nothing says that it does anything then', async () => {
    assert.deepEqual(await noted(''), []);
    assert.deepEqual(await noted('', 'args: [--cleanup-on-exit=false]'), []);
    assert.deepEqual(await noted('', 'env: [{name: CLEANUP_ON_EXIT, value: "false"}]'), []);
  });
});
