/**
 * (e) A whole `helm uninstall`: our hook against a hand-written hook Job that runs `kubectl delete --wait`, for one
 * DaemonSet whose preStop hook takes 2 s. Both delete the same ClusterOperator; only the Job differs.
 */
import { cpSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BookendError } from '../src/errors.ts';
import { type Lab, root } from '../tools/lab/lab.ts';
import { bystander, until } from '../tools/lab/observe.ts';
import { environment } from '../tools/local-cluster/index.ts';
import type { Bench } from './main.ts';
import { median } from './rounds.ts';
import { agentImage, namespace, withBookend } from './stage.ts';

const rounds = 3;

export const helm: Bench = async ({ lab, progress }) => {
  const opened = await lab();
  if (!opened.local) {
    throw new BookendError(
      'unsupported',
      'the helm benchmark mounts kubectl from the node of the local cluster and cannot use another one',
    );
  }
  const ours = join(root, 'examples', 'node-agent', 'bookend');
  const byHand = handWritten(ours, dirname(realpathSync(environment(opened.local).kubectl)));
  return withBookend(opened, progress, async () => {
    const hook = await progress.step('helm uninstall with our hook', () => measure(opened, ours));
    const asPod = await progress.step('helm uninstall with our hook as a Pod', () =>
      measure(opened, ours, ['--set', 'bookend.workload=Pod']),
    );
    const hand = await progress.step('helm uninstall with a hand-written hook', () => measure(opened, byHand));
    return { rounds, hook, hookAsPod: asPod, handWritten: hand };
  });
};

async function measure(lab: Lab, chart: string, settings: string[] = []) {
  const all: { uninstallMs: number; podMs: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    await lab.run('helm4', ['install', 'bench-helm', chart, '-n', namespace, ...settings]);
    await until('the agent to be ready', async () => {
      const { stdout } = await lab.run('kubectl', [
        'get',
        'clusteroperators.bookend.dev',
        'bench-helm',
        '-o',
        'jsonpath={.status.phase}',
      ]);
      return stdout === 'Ready';
    });
    const watcher = bystander(lab.cluster, [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace,
        labelSelector: 'app.kubernetes.io/instance=bench-helm,!job-name',
        metadataOnly: true,
      },
    ]);
    await watcher.synced();
    const started = performance.now();
    await lab.run('helm4', ['uninstall', 'bench-helm', '-n', namespace]);
    const uninstallMs = performance.now() - started;
    const at = (what: string) => watcher.sightings.find((sighting) => sighting.what === what)?.atMs ?? 0;
    watcher.close();
    all.push({ uninstallMs, podMs: at('gone') - at('terminating') });
  }
  const uninstallMs = Math.round(median(all.map((round) => round.uninstallMs)));
  const podMs = Math.round(median(all.map((round) => round.podMs)));
  return { uninstallMs, podMs, beyondPodMs: uninstallMs - podMs };
}

/**
 * The same chart with the Job that people write by hand; kubectl comes from the node's file system, where only root may
 * read it.
 */
function handWritten(chart: string, programs: string): string {
  const copy = join(mkdtempSync(join(tmpdir(), 'bookend-bench-')), 'chart');
  cpSync(chart, copy, { recursive: true, dereference: true });
  writeFileSync(join(copy, 'templates', 'pre-delete.yaml'), byHand(programs));
  return copy;
}

const hookAnnotations = (weight: number) => `
  annotations:
    helm.sh/hook: pre-delete
    helm.sh/hook-weight: "${weight}"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded`;

function byHand(programs: string): string {
  return `
apiVersion: v1
kind: ServiceAccount
metadata:
  name: by-hand${hookAnnotations(-10)}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: by-hand${hookAnnotations(-10)}
rules:
  - {apiGroups: [bookend.dev], resources: [clusteroperators], verbs: [get, list, watch, delete]}
  # Whoever deletes a ClusterOperator must be allowed to act as the account that it acts as.
  - {apiGroups: [""], resources: [serviceaccounts], resourceNames: [bookend-deployer], verbs: [impersonate]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: by-hand${hookAnnotations(-9)}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: by-hand}
subjects: [{kind: ServiceAccount, name: by-hand, namespace: {{ .Release.Namespace }}}]
---
apiVersion: batch/v1
kind: Job
metadata:
  name: by-hand${hookAnnotations(0)}
spec:
  backoffLimit: 1
  template:
    spec:
      serviceAccountName: by-hand
      restartPolicy: Never
      containers:
        - name: delete
          image: ${agentImage}
          command: [/programs/kubectl, delete, clusteroperators.bookend.dev, {{ .Release.Name }}, --wait]
          securityContext: {runAsUser: 0}
          volumeMounts: [{name: programs, mountPath: /programs, readOnly: true}]
      volumes: [{name: programs, hostPath: {path: ${programs}}}]
`;
}
