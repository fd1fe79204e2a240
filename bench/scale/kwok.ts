/**
 * kwok plays the nodes and what runs on them; everything else is real. Pods become ready at once, and end after a
 * random time, as those with a preStop hook do. The nodes have a taint, so that no Pod that really has to run is
 * scheduled on them.
 */
import { spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { Lab } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import type { Progress } from '../../tools/local-cluster/index.ts';
import { buildKwok } from '../../tools/local-cluster/programs/build.ts';
import type { RawClient } from '../raw-client.ts';

/** What marks a simulated node. */
export const simulated = {
  labels: { 'bench.bookend.dev/node': 'simulated' },
  taint: { key: 'bench.bookend.dev/node', value: 'simulated', effect: 'NoSchedule' },
};

/** How long a Pod takes to end, in ms: somewhere between these. */
const ending = { least: 500, most: 1_500 };

export type Kwok = { pid: number; close(): Promise<void> };

/** Starts kwok and waits until all its nodes are ready. @param directory for its configuration and its log */
export async function startKwok(lab: Lab, raw: RawClient, nodes: number, directory: string, progress: Progress): Promise<Kwok> {
  const program = await buildKwok(progress);
  const configuration = join(directory, 'kwok.yaml');
  writeFileSync(configuration, [settings, ...stages].map((document) => `---\n${JSON.stringify(document)}\n`).join(''));
  const logFile = join(directory, 'kwok.log');
  const log = openSync(logFile, 'w');
  const child = spawn(program, ['--kubeconfig', lab.kubeconfig, '--config', configuration], { stdio: ['ignore', log, log] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = () => void child.kill();
  // An interrupted benchmark must not leave it running.
  process.once('exit', stop);
  const close = async () => {
    process.off('exit', stop);
    stop();
    await ended;
  };
  try {
    await progress.step(`${nodes} simulated nodes`, async () => {
      await raw.apply(Array.from({ length: nodes }, (_, index) => node(index)));
      const [[key, value] = []] = Object.entries(simulated.labels);
      const query = { apiVersion: 'v1', kind: 'Node', labelSelector: `${key}=${value}`, keep: ifReady };
      await until('all simulated nodes to be ready', async () => {
        if (child.exitCode !== null) throw new Error(`kwok ended with ${child.exitCode}:\n${lastLines(logFile)}`);
        return (await lab.cluster.list(query)).items.length === nodes;
      });
    });
    return { pid: child.pid ?? 0, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
}

/** Ready, and the controller manager has taken away the taints that a new node has. */
function ifReady(object: KubernetesObject): KubernetesObject | undefined {
  const { spec, status } = object as {
    spec?: { taints?: unknown[] };
    status?: { conditions?: { type: string; status: string }[] };
  };
  const ready = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return ready && spec?.taints?.length === 1 ? { ...object, spec: {}, status: {} } : undefined;
}

function node(index: number): KubernetesObject {
  const name = `simulated-${index}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...simulated.labels, 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    spec: { taints: [simulated.taint] },
  };
}

const settings = {
  apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
  kind: 'KwokConfiguration',
  options: {
    manageNodesWithLabelSelector: Object.entries(simulated.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    // A configuration without these means 0, and the defaults of the command line, 4, are slower than what is measured.
    podPlayStageParallelism: 32,
    nodePlayStageParallelism: 16,
    podsOnNodeSyncParallelism: 16,
    nodeLeaseParallelism: 16,
  },
};

const stages = [
  stage(
    'node-ready',
    'Node',
    [{ key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: 'NotIn', values: ['True'] }],
    {
      next: {
        statusTemplate: `
{{ $now := Now }}
phase: Running
capacity: {cpu: 32, memory: 256Gi, pods: 110}
allocatable: {cpu: 32, memory: 256Gi, pods: 110}
conditions:
- {type: Ready, status: "True", reason: Simulated, lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }}}
`,
      },
    },
  ),
  stage(
    'pod-ready',
    'Pod',
    [
      { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
      { key: '.status.phase', operator: 'In', values: ['Pending'] },
    ],
    {
      next: {
        statusTemplate: `
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
- {type: Ready, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: ContainersReady, status: "True", lastTransitionTime: {{ $now | Quote }}}
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: true, restartCount: 0, state: {running: {startedAt: {{ $now | Quote }}}}}
{{ end }}
`,
      },
    },
  ),
  stage('pod-end', 'Pod', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], {
    delay: { durationMilliseconds: ending.least, jitterDurationMilliseconds: ending.most },
    next: { delete: true },
  }),
];

function stage(name: string, kind: string, matchExpressions: object[], what: object): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, ...what },
  };
}
