/**
 * (i) What `bookend why` and `bookend plan --everything` cost on a cluster of 10,000 objects: whole processes, bundled
 * as published, against a stand-in of an API server in this process. Needs no cluster.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './main.ts';
import { published } from './published.ts';
import { median } from './rounds.ts';
import { kinds, largeCluster, objectsInAll, stuck } from './stand-in/cluster.ts';
import { type StandIn, startStandIn } from './stand-in/server.ts';

const rounds = 5;

const questions: Record<string, string[]> = {
  whyResource: ['why', stuck.resource, '-n', stuck.resourceNamespace],
  whyNamespace: ['why', stuck.namespace],
  planEverything: ['plan', '--everything'],
  planEverythingJson: ['plan', '--everything', '-o', 'json'],
};

export const wholeCluster: Bench = async ({ progress }) => {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-bench-'));
  const standIn = await startStandIn(kinds, largeCluster());
  try {
    const program = await published(directory);
    const results: Record<string, object> = {};
    for (const [name, args] of Object.entries(questions))
      results[name] = await progress.step(`bookend ${args.join(' ')}`, () =>
        figuresOf(standIn, [program, ...args, '--kubeconfig', standIn.kubeconfigIn(directory)]),
      );
    return { objects: objectsInAll, kinds: kinds.length, ...results };
  } finally {
    await standIn.close();
    rmSync(directory, { recursive: true });
  }
};

type Run = { firstMs: number; allMs: number; cpuMs: number; peakMegabytes: number; requests: number };

async function figuresOf(standIn: StandIn, args: string[]) {
  const runs: Run[] = [];
  for (let round = 0; round <= rounds; round++) {
    standIn.takeRequests();
    const run = await measure(args);
    runs.push({ ...run, requests: standIn.takeRequests().length });
  }
  // The first fills Node's cache of compiled code.
  const measured = runs.slice(1);
  const of = (key: keyof Run) => Math.round(median(measured.map((run) => run[key])));
  const keys = ['firstMs', 'allMs', 'cpuMs', 'peakMegabytes', 'requests'] as const;
  return Object.fromEntries(keys.map((key) => [key, of(key)]));
}

/** Written by the process itself as it ends, on a descriptor of its own: what it has used. */
const usage = `process.on('exit', () => require('node:fs').writeSync(3, JSON.stringify(process.resourceUsage())));`;

async function measure(args: string[]): Promise<Omit<Run, 'requests'>> {
  const started = performance.now();
  const preload = `data:text/javascript,${encodeURIComponent(`import { createRequire } from 'node:module'; const require = createRequire('file:///'); ${usage}`)}`;
  const child = spawn(process.execPath, ['--import', preload, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  let first: number | undefined;
  let told = '';
  child.stdout?.on('data', () => {
    first ??= performance.now() - started;
  });
  child.stdio[3]?.on('data', (text: Buffer) => {
    told += text.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if ((code !== 0 && code !== 7) || first === undefined) throw new Error(`${args.join(' ')} ended with ${code}`);
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(told) as NodeJS.ResourceUsage;
  return {
    firstMs: first,
    allMs: performance.now() - started,
    cpuMs: (userCPUTime + systemCPUTime) / 1_000,
    peakMegabytes: (maxRSS * 1_024) / 1e6,
  };
}
