/**
 * (h) What the snapshots of a receipt cost: the metadata of 10,000 objects of others, read over HTTP by a process of
 * its own. The API server is a stand-in in this process, so neither its time nor its memory counts. Needs no cluster.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { builtInKinds } from '../src/cluster/simulated/api/built-in-kinds.ts';
import { infoOf } from '../src/cluster/simulated/api/kind.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import type { Bench } from './main.ts';
import { median } from './rounds.ts';
import { writer } from './stand-in/cluster.ts';
import { type StandIn, startStandIn } from './stand-in/server.ts';

const count = 10_000;
const rounds = 5;

export const snapshot: Bench = async ({ progress }) =>
  progress.step(`a snapshot of ${count} foreign objects`, async () => {
    const read = ['ConfigMap', 'Namespace', 'Deployment'];
    const standIn = await startStandIn(builtInKinds.filter(({ kind }) => read.includes(kind)).map(infoOf), foreign());
    try {
      const runs: Run[] = [];
      for (let round = 0; round <= rounds; round++) runs.push(await measure(standIn));
      // The first fills Node's cache of compiled code.
      const measured = runs.slice(1);
      const of = (key: keyof Run) => Math.round(median(measured.map((run) => run[key])));
      return {
        objects: measured[0]?.objects ?? 0,
        cpuMs: of('cpuMs'),
        wallMs: of('wallMs'),
        peakMegabytes: of('peakMegabytes'),
        processMegabytes: of('processMegabytes'),
      };
    } finally {
      await standIn.close();
    }
  });

type Run = { objects: number; cpuMs: number; wallMs: number; peakMegabytes: number; processMegabytes: number };

/**
 * A whole process: `processMegabytes` is what it has before the snapshot, `peakMegabytes` the most that it ever had.
 */
async function measure({ url }: StandIn): Promise<Run> {
  const source = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    const { openCluster } = await import(${source('../src/cluster/kube/open.ts')});
    const { fixedCredentials } = await import(${source('../src/cluster/kube/connection.ts')});
    const { takeSnapshot } = await import(${source('../src/residue/take-snapshot.ts')});
    const connection = { name: 'bench', server: ${JSON.stringify(url)}, tls: {}, namespace: 'default', credentials: fixedCredentials({}) };
    const cluster = await openCluster({ connection });
    const megabytes = () => (process.resourceUsage().maxRSS * 1024) / 1e6;
    const before = { cpu: process.cpuUsage(), wall: performance.now(), megabytes: megabytes() };
    const { objects } = await takeSnapshot(cluster);
    const { user, system } = process.cpuUsage(before.cpu);
    console.log(JSON.stringify({
      objects: objects.size,
      cpuMs: (user + system) / 1000,
      wallMs: performance.now() - before.wall,
      peakMegabytes: megabytes(),
      processMegabytes: before.megabytes,
    }));
    await cluster.close();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  return JSON.parse(stdout) as Run;
}

/** As clusters have them: each with labels, an annotation and two writers. */
function foreign(): KubernetesObject[] {
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `foreign-${index}`,
      namespace: `ns-${index % 100}`,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      resourceVersion: String(index),
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: {
        app: `app-${index % 200}`,
        'app.kubernetes.io/managed-by': 'Helm',
        'app.kubernetes.io/instance': `app-${index % 200}`,
      },
      annotations: { 'meta.helm.sh/release-name': `app-${index % 200}`, 'meta.helm.sh/release-namespace': `ns-${index % 100}` },
      managedFields: [writer('helm', index), writer(`controller-${index % 20}`, index)],
    },
  }));
}
