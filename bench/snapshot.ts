/**
 * (h) What the snapshots of a receipt cost: the metadata of 10,000 objects of others, read over HTTP by a process of
 * its own. The API server is a stand-in in this process, so neither its time nor its memory counts. Needs no cluster.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FakeServer } from '../src/cluster/kube/testing/fake-server.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import type { Bench } from './main.ts';
import { median } from './rounds.ts';

const count = 10_000;
const rounds = 5;

export const snapshot: Bench = async ({ progress }) =>
  progress.step(`a snapshot of ${count} foreign objects`, async () => {
    const server = await FakeServer.start();
    const objects = foreign();
    const none = { body: { metadata: { resourceVersion: '1' }, items: [] } };
    server.on('GET', /^\/(api|apis\/apps)\/v1\/(namespaces|deployments)$/, none);
    server.on('GET', '/api/v1/configmaps', ({ query }) => {
      const from = Number(query.get('continue') ?? 0);
      const to = from + Number(query.get('limit') ?? count);
      const more = to < count ? { continue: String(to) } : {};
      return { body: { metadata: { resourceVersion: '1', ...more }, items: objects.slice(from, to) } };
    });
    try {
      const runs: Run[] = [];
      for (let round = 0; round <= rounds; round++) runs.push(await measure(server));
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
      await server.close();
    }
  });

type Run = { objects: number; cpuMs: number; wallMs: number; peakMegabytes: number; processMegabytes: number };

/**
 * A whole process: `processMegabytes` is what it has before the snapshot, `peakMegabytes` the most that it ever had.
 */
async function measure(server: FakeServer): Promise<Run> {
  const source = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    const { openCluster } = await import(${source('../src/cluster/kube/open.ts')});
    const { fixedCredentials } = await import(${source('../src/cluster/kube/connection.ts')});
    const { takeSnapshot } = await import(${source('../src/residue/take-snapshot.ts')});
    const connection = { name: 'bench', server: ${JSON.stringify(server.url)}, tls: {}, namespace: 'default', credentials: fixedCredentials({}) };
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

function writer(manager: string, index: number): object {
  const keys = Object.fromEntries(Array.from({ length: 8 }, (_, key) => [`f:key-${(index + key) % 50}`, {}]));
  const fieldsV1 = { 'f:metadata': { 'f:labels': { 'f:app': {} } }, 'f:data': { '.': {}, ...keys } };
  return { manager, operation: 'Update', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1 };
}
