/**
 * The small operator of the naive chart: for each NodeAgent it makes a DaemonSet that Helm knows nothing about. It does what most small
 * operators do, an ownerReference and no finalizer: when the NodeAgent goes, Kubernetes collects the DaemonSet some time later.
 *
 * Environment: AGENT_IMAGE, AGENT_IMAGE_PULL_POLICY and AGENT_SERVICE_ACCOUNT for the DaemonSet's Pods.
 */
import { apply, ownNamespace, reconcileEach } from './api.mjs';

const { AGENT_IMAGE, AGENT_IMAGE_PULL_POLICY, AGENT_SERVICE_ACCOUNT } = process.env;

process.on('SIGTERM', () => process.exit(0));

await reconcileEach(`/apis/example.bookend.dev/v1/namespaces/${ownNamespace}/nodeagents`, async (nodeAgent) => {
  if (nodeAgent.metadata.deletionTimestamp) return;
  const daemonSet = daemonSetFor(nodeAgent);
  const applied = await apply(
    `/apis/apps/v1/namespaces/${ownNamespace}/daemonsets/${daemonSet.metadata.name}`,
    daemonSet,
    'node-agent-operator',
  );
  console.log(`DaemonSet ${daemonSet.metadata.name} is at generation ${applied.metadata.generation}`);
});

function daemonSetFor({ apiVersion, kind, metadata, spec }) {
  const labels = { 'app.kubernetes.io/name': 'node-agent', 'app.kubernetes.io/instance': metadata.name };
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: metadata.name, labels, ownerReferences: [owner] },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { rollingUpdate: { maxUnavailable: '100%' } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: AGENT_SERVICE_ACCOUNT,
          terminationGracePeriodSeconds: 30,
          tolerations: [{ operator: 'Exists' }],
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [agent(spec)],
        },
      },
    },
  };
}

function agent({ label, cleanSeconds }) {
  return {
    name: 'agent',
    image: AGENT_IMAGE,
    imagePullPolicy: AGENT_IMAGE_PULL_POLICY,
    args: ['/app/agent.mjs'],
    env: [
      { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'LABEL', value: label },
      { name: 'PAUSE_MS', value: String(cleanSeconds * 1000) },
    ],
    ports: [{ name: 'health', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/', port: 'health' }, periodSeconds: 1 },
    lifecycle: { preStop: { exec: { command: ['/usr/bin/node', '/app/clean.mjs'] } } },
    resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { memory: '128Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}
