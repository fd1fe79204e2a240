import assert from 'node:assert/strict';
import { test } from 'node:test';
import { showsDifference, simulated } from './simulated.ts';

test('the simulated demo shows the failure and its cure, with Helm 3 and 4', async () => {
  for (const tool of ['helm3', 'helm4'] as const) {
    const { result, text } = await simulated(tool);
    assert.ok(showsDifference(result));
    assert.equal(result.naive.failedPreStopHooks, 1);
    assert.deepEqual(result.ordered.order, [
      'DaemonSet.apps/node-agent/node-agent',
      'ClusterRoleBinding.rbac.authorization.k8s.io/node-agent',
      'ServiceAccount/node-agent/node-agent',
      'ClusterRole.rbac.authorization.k8s.io/node-agent',
    ]);
    assert.ok(result.ordered.criticalPathMs <= result.ordered.teardownMs);
    assert.match(text, /^failed preStop hooks +1 +0$/m);
    assert.match(text, /^left behind +label on the node of node-agent-\S+ +nothing$/m);
  }
});
