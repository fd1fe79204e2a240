import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Play, Scenario, Subject } from '../model.ts';
import { servingOf } from '../serving/serving.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { play } from './play.ts';

function played(subject: Subject, scenario: Partial<Scenario> = {}): Promise<Play> {
  const given = [...subject.objects, ...subject.hooks, ...subject.crds].map(({ object }) => object);
  return play(subject, { ...helm4, ...scenario }, servingOf([...subject.surroundings.objects, ...given]));
}

const agent = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: agent}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: agent}
rules: [{apiGroups: [''], resources: [nodes], verbs: [patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: agent}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: agent}
subjects: [{kind: ServiceAccount, name: agent, namespace: shop}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      serviceAccountName: agent
      containers:
        - name: agent
          image: example/agent
          lifecycle: {preStop: {exec: {command: [/bin/sh, -c, 'sleep 2; kubectl label node "$NODE" agent-']}}}
`;

describe('helm uninstall of a node agent', () => {
  test('sends every DELETE at once, so the preStop hook finds its rights gone', async () => {
    const result = await played(chart(agent));
    assert.deepEqual(
      result.steps.map(({ id, answer }) => `${answer} ${id}`),
      [
        'deleted DaemonSet.apps/shop/agent',
        'deleted ClusterRoleBinding.rbac.authorization.k8s.io/agent',
        'deleted ClusterRole.rbac.authorization.k8s.io/agent',
        'deleted ServiceAccount/shop/agent',
      ],
    );
    assert.equal(result.outcome, 'succeeded');
    const [pod] = result.pods;
    assert.equal(pod?.of, 'DaemonSet.apps/shop/agent');
    assert.equal(pod?.preStop?.calls, 'certain');
    assert.equal(pod?.preStop?.outcome, 'failed');
    assert.deepEqual(
      pod?.lost.map(({ by, what }) => `${by}: ${what}`),
      [
        'ClusterRoleBinding.rbac.authorization.k8s.io/agent: patch nodes',
        'ServiceAccount/shop/agent: its token: ServiceAccount shop/agent is gone',
      ],
    );
    assert.ok((pod?.stoppedAt ?? 0) > 3_000 && result.returnedMs < 100);
    assert.deepEqual(
      result.left.map(({ why, id }) => `${why} ${id}`),
      [`pod-effects ${pod?.pod}`],
    );
  });

  test('is the same play for the same seed', async () => {
    assert.deepEqual(await played(chart(agent)), await played(chart(agent)));
  });
});
