/**
 * (f) What a preview costs: lint and preview of 50, 200 and 1,000 objects in this process, events of the simulated
 * cluster a second, and the whole command from its start, bundled as it is published and from the sources. Needs no
 * cluster.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSimulatedCluster } from '../src/cluster/simulated/index.ts';
import { refOf } from '../src/objects/identity.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import { readYaml, writeYaml } from '../src/objects/yaml.ts';
import type { Preview } from '../src/preview/document.ts';
import { preview as previewOf } from '../src/preview/preview.ts';
import { textReport } from '../src/preview/report/text.ts';
import { subjectOf } from '../src/reading/manifests.ts';
import { repository } from '../tools/image/bundle.ts';
import type { Bench } from './main.ts';
import { applications } from './plan.ts';
import { published } from './published.ts';
import { median } from './rounds.ts';

const scenario = { tool: 'helm4', wait: false, hooks: true, timeoutMs: 300_000, seed: 1 } as const;
const sizes = [50, 200, 1_000];

export const preview: Bench = async ({ progress }) => {
  const previews: Record<string, object> = {};
  for (const size of sizes) previews[`objects${size}`] = await progress.step(`preview of ${size} objects`, () => measure(size));
  return {
    ...previews,
    simulation: await progress.step('events of the simulated cluster', simulation),
    start: await progress.step('the command from its start', start),
  };
};

async function measure(size: number) {
  const text = writeYaml(applications(size / 10));
  const runs: { readMs: number; playMs: number; allMs: number; found: Preview }[] = [];
  for (let run = 0; run < 5; run++) {
    const started = performance.now();
    const { subject } = subjectOf(readYaml(text, 'a.yaml'), { from: 'files', name: 'a.yaml', namespace: 'default' });
    const readMs = performance.now() - started;
    const found = await previewOf(subject, scenario);
    const playMs = performance.now() - started - readMs;
    textReport(found);
    runs.push({ readMs, playMs, allMs: performance.now() - started, found });
  }
  const of = (key: 'readMs' | 'playMs' | 'allMs') => rounded(median(runs.map((run) => run[key])));
  const [first] = runs;
  return {
    ...{ objects: size, readMs: of('readMs'), playMs: of('playMs'), allMs: of('allMs') },
    ...{ firstMs: rounded(first?.allMs ?? 0), findings: first?.found.findings.length ?? 0 },
  };
}

/** Applications are installed, run, and are deleted, until nothing moves any more. */
async function simulation() {
  const objects = applications(100);
  const namespaces = [...new Set(objects.map(({ metadata }) => metadata.namespace ?? ''))];
  const runs = [];
  for (let run = 0; run < 3; run++) {
    const simulated = makeSimulatedCluster({ seed: run + 1 });
    const started = performance.now();
    for (const name of namespaces) await simulated.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await simulated.settle();
    for (const object of objects) await simulated.cluster.create(object as KubernetesObject);
    await simulated.settle(30_000);
    for (const object of objects) await simulated.cluster.delete(refOf(object), { propagation: 'Foreground' });
    await simulated.settle(60_000);
    const ms = performance.now() - started;
    runs.push({ events: simulated.log.length, ms, perSecond: (simulated.log.length / ms) * 1_000 });
  }
  return {
    events: runs[0]?.events ?? 0,
    ms: rounded(median(runs.map(({ ms }) => ms))),
    eventsPerSecond: Math.round(median(runs.map(({ perSecond }) => perSecond))),
  };
}

async function start() {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-bench-'));
  try {
    const manifests = join(directory, 'objects.yaml');
    writeFileSync(manifests, writeYaml(applications(20)));
    const sources = join(repository, 'bin', 'bookend.js');
    const bundled = await published(directory);
    const figures = (program: string) => ({
      helpMs: timed([program, '--help']),
      lint200Ms: timed([program, 'lint', manifests]),
    });
    return { node: timed(['-e', '0']), bundled: figures(bundled), sources: figures(sources) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The median of nine, after two that fill Node's cache of compiled code; in ms. */
function timed(args: string[]): number {
  const times = Array.from({ length: 11 }, () => {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0 && status !== 1) throw new Error(`${args.join(' ')} ended with ${status}`);
    return performance.now() - started;
  });
  return rounded(median(times.slice(2)));
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
