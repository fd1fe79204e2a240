import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeWorld } from '../graph/world.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { manifests } from '../preview/testing/subjects.ts';
import { preStopPlan } from './pre-stop.ts';
import { rightsByAccount } from './rights.ts';

const rbac = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: agent}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: agent}
rules:
  - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: ['*']}
  - {apiGroups: [''], resources: [nodes], verbs: [get, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: agent}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: agent}
subjects: [{kind: ServiceAccount, name: agent, namespace: shop}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: scripts}
data: {stop.sh: 'curl -X PATCH https://kubernetes.default.svc/api/v1/nodes/$NODE'}
`;
const resources: Record<string, string> = { node: 'nodes', nodes: 'nodes', widget: 'widgets.example.com' };

function planOf(hook: unknown, spec: Record<string, unknown> = {}, objects: readonly KubernetesObject[] = []) {
  const world = makeWorld([...manifests(rbac).map(({ object }) => object), ...objects]);
  const surrounded = { world, rightsOf: rightsByAccount(world), resourceNamed: (word: string) => resources[word] };
  const containers = [{ name: 'main', image: 'example/agent', lifecycle: { preStop: hook } }];
  return preStopPlan({ serviceAccountName: 'agent', containers, ...spec }, 'shop', 'agent', surrounded);
}

const shell = (script: string) => ({ exec: { command: ['/bin/sh', '-c', script] } });

describe('a preStop hook', () => {
  test('with kubectl certainly calls the API, and needs what it calls', () => {
    const plan = planOf(shell('sleep 3 && kubectl label node "$NODE" agent-'));
    assert.deepEqual(plan, { containers: ['main'], calls: 'certain', ms: 4_000, needs: ['patch nodes shop'] });
  });

  test('of a native sidecar counts as well', () => {
    const lifecycle = { preStop: shell('kubectl label node "$NODE" agent-') };
    const sidecar = { name: 'side', image: 'example/side', restartPolicy: 'Always', lifecycle };
    const plan = planOf(undefined, { initContainers: [sidecar] });
    assert.deepEqual([plan?.containers, plan?.calls], [['side'], 'certain']);
  });

  test('with a kubeconfig or a token of its own needs no right of its account', () => {
    const others = [
      'kubectl --kubeconfig /etc/agent/config label node "$NODE" agent-',
      'export KUBECONFIG=/etc/agent/config; kubectl label node "$NODE" agent-',
      'kubectl label node "$NODE" agent- --token="$(cat /etc/agent/token)"',
    ];
    for (const script of others) assert.equal(planOf(shell(script))?.calls, 'unlikely', script);
    const own = [
      'kubectl label node "$NODE" agent- --token="$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)"',
      'kubectl --kubeconfig /etc/agent/config get nodes\nkubectl label node "$NODE" agent-',
    ];
    for (const script of own) assert.equal(planOf(shell(script))?.calls, 'certain', script);
  });

  test('that runs a script of a ConfigMap is read there', () => {
    const volumes = [{ name: 'scripts', configMap: { name: 'scripts' } }];
    assert.equal(planOf({ exec: { command: ['/scripts/stop.sh'] } }, { volumes })?.calls, 'certain');
  });

  test('with a program that nobody can read is likely to, with a right of each binding', () => {
    const plan = planOf({ exec: { command: ['/agent', '--drain'] } });
    assert.deepEqual([plan?.calls, plan?.needs], ['likely', ['patch nodes']]);
  });

  test('that is answered by its own container may call it', () => {
    assert.equal(planOf({ httpGet: { path: '/drain', port: 8080 } })?.calls, 'possible');
  });

  test('that only waits or signals is unlikely to', () => {
    for (const hook of [
      { sleep: { seconds: 5 } },
      shell('sleep 5'),
      shell('nginx -s quit; while pgrep nginx; do sleep 1; done'),
    ]) {
      const plan = planOf(hook);
      assert.deepEqual([plan?.calls, plan?.needs], ['unlikely', []], JSON.stringify(hook));
    }
    assert.equal(planOf({ sleep: { seconds: 5 } })?.ms, 5_000);
    assert.equal(planOf(shell('sleep 2m'))?.ms, 120_000);
  });

  test('cannot call without a token', () => {
    const hook = shell('kubectl get nodes');
    assert.equal(planOf(hook, { automountServiceAccountToken: false })?.calls, 'unlikely');
    const token = { name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } };
    assert.equal(planOf(hook, { automountServiceAccountToken: false, volumes: [token] })?.calls, 'certain');
    const quiet = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'agent', namespace: 'shop' },
      automountServiceAccountToken: false,
    };
    assert.equal(planOf(hook, {}, [quiet])?.calls, 'unlikely');
    assert.equal(
      planOf(hook, { automountServiceAccountToken: true }, [quiet])?.calls,
      'certain',
      'the Pod overrides its account',
    );
  });

  test('is none where no container has one', () => {
    assert.equal(planOf(undefined), undefined);
  });
});
