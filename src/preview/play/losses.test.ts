import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { played } from '../testing/plays.ts';
import { chart } from '../testing/subjects.ts';

const workload = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: agent}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      serviceAccount: agent
      volumes: [{name: config, configMap: {name: settings}}]
      containers: [{name: agent, image: example/agent, lifecycle: {preStop: {sleep: {seconds: 5}}}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
`;

const role = (name: string, rules: string, labels = '{}') => `
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ${name}, labels: ${labels}}
${rules}
`;

const binding = (name: string, to: string, subject: string) => `
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ${name}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${to}}
subjects: [${subject}]
`;

const agent = '{kind: ServiceAccount, name: agent, namespace: shop}';
const patchNodes = "rules: [{apiGroups: [''], resources: [nodes], verbs: [patch]}]";

async function lostBy(yaml: string, objects?: (kind: string, name: string) => boolean) {
  const subject = chart(yaml);
  const some = objects ? subject.objects.filter(({ object }) => objects(object.kind, object.metadata.name)) : subject.objects;
  const others = subject.objects.filter((given) => !some.includes(given)).map(({ object }) => object);
  const result = await played({ ...subject, objects: some, surroundings: { ...subject.surroundings, objects: others } });
  const [pod] = result.pods;
  return {
    lost: pod?.lost.map(({ by, what }) => `${by.split('.')[0]}/${by.split('/').at(-1)}: ${what}`),
    missed: pod?.missed,
    pod,
  };
}

describe('what a Pod loses while it runs', () => {
  test('are rights of the old field serviceAccount too, and the ConfigMap that it mounts', async () => {
    const { lost, missed, pod } = await lostBy(workload + role('agent', patchNodes) + binding('agent', 'agent', agent));
    assert.deepEqual(lost, [
      'ClusterRoleBinding/agent: patch nodes',
      'ServiceAccount/shop/agent/agent: its token: ServiceAccount shop/agent is gone',
    ]);
    assert.deepEqual(
      missed?.map(({ id }) => id),
      ['ConfigMap/shop/settings'],
    );
    assert.ok((pod?.stoppedAt ?? 0) > 5_000 && pod?.lost.every(({ at }) => at < (pod.stoppedAt ?? 0)));
  });

  test('is nothing while another binding gives the same', async () => {
    const yaml = workload + role('agent', patchNodes) + binding('agent', 'agent', agent) + binding('spare', 'agent', agent);
    const { lost } = await lostBy(
      yaml,
      (kind, name) => kind === 'Deployment' || (kind === 'ClusterRoleBinding' && name === 'agent'),
    );
    assert.deepEqual(lost, []);
  });

  test('is lost with the role as with the binding', async () => {
    const yaml = workload + role('agent', patchNodes) + binding('agent', 'agent', agent);
    const { lost } = await lostBy(yaml, (kind) => kind === 'Deployment' || kind === 'ClusterRole');
    assert.deepEqual(lost, ['ClusterRole/agent: patch nodes']);
  });

  test('comes through groups of accounts', async () => {
    const everybody = '{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts:shop"}';
    const { lost } = await lostBy(workload + role('agent', patchNodes) + binding('agent', 'agent', everybody));
    assert.ok(lost?.includes('ClusterRoleBinding/agent: patch nodes'));
  });

  test('is the token a minute after its account began to go, although a finalizer keeps it', async () => {
    const slow = workload
      .replace('metadata: {name: agent}\n---', 'metadata: {name: agent, finalizers: [example.com/hold]}\n---')
      .replace('seconds: 5', 'seconds: 90')
      .replace('serviceAccount: agent', 'serviceAccount: agent\n      terminationGracePeriodSeconds: 120');
    const { lost, pod } = await lostBy(slow);
    assert.deepEqual(lost, ['ServiceAccount/shop/agent/agent: its token: refused a minute after the deletion was asked for']);
    assert.ok((pod?.lost[0]?.at ?? 0) > 60_000);
  });

  test('goes from an aggregated role with the role that it was gathered from', async () => {
    const gathered = role('whole', 'aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: "yes"}}]}\nrules: []');
    const part = role('part', patchNodes, '{part: "yes"}');
    const yaml = workload + gathered + part + binding('agent', 'whole', agent);
    const { lost } = await lostBy(yaml, (kind, name) => kind === 'Deployment' || name === 'part');
    assert.deepEqual(lost, ['ClusterRole/part: patch nodes']);
  });
});
