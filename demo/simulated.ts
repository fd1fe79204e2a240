/**
 * The failure and its cure on the simulated cluster, before a real one is built: in a second, on any system that runs
 * Node. The objects are those of an agent that any chart could have; both uninstalls are played by the code that
 * `bookend preview` uses.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildGraph } from '../src/graph/build.ts';
import type { ObjectId } from '../src/objects/identity.ts';
import { readYaml } from '../src/objects/yaml.ts';
import { criticalPath } from '../src/plan/critical-path.ts';
import { makePlan } from '../src/plan/make-plan.ts';
import type { Preview, TimelineEntry } from '../src/preview/document.ts';
import { preview } from '../src/preview/preview.ts';
import { textReport } from '../src/preview/report/text.ts';
import { subjectOf } from '../src/reading/manifests.ts';
import type { NaiveResult } from './naive.ts';
import type { OrderedResult } from './ordered.ts';
import { sideBySide } from './side-by-side.ts';

export type SimulatedResult = { naive: NaiveResult; ordered: OrderedResult };

const root = join(import.meta.dirname, '..');
const file = 'examples/node-agent/objects.yaml';

/** @returns the same figures that the demo observes on a real cluster, and a text for people */
export async function simulated(tool: 'helm3' | 'helm4'): Promise<{ result: SimulatedResult; text: string }> {
  const documents = readYaml(readFileSync(join(root, file), 'utf8'), file);
  const { subject } = subjectOf(documents, { from: 'files', name: file, namespace: 'node-agent' });
  const scenario = { tool, wait: true, hooks: true, timeoutMs: 300_000, seed: 1 };
  const shown = await preview(subject, scenario);
  const plan = makePlan(buildGraph({ objects: subject.objects.map(({ object }) => object) }));
  const { timeline = [], settledMs = 0, failedPreStopHooks = 0, left = [] } = shown.bookend ?? {};
  const took = new Map(timeline.map((entry) => [entry.id, (entry.goneAt ?? 0) - (entry.terminatingAt ?? entry.goneAt ?? 0)]));
  const planned = new Set(plan.steps.map(({ id }) => id));
  const result: SimulatedResult = {
    naive: {
      failedPreStopHooks: failedIn(shown).length,
      residue: residueOf(shown.left),
      uninstallMs: Math.round(shown.returnedMs),
      messages: failedIn(shown).map(({ pod }) => pod?.preStop?.message ?? ''),
    },
    ordered: {
      failedPreStopHooks,
      residue: residueOf(left),
      order: orderOf(timeline).filter((id) => planned.has(id)),
      teardownMs: Math.round(settledMs),
      criticalPathMs: Math.round(criticalPath(plan, ({ id }) => took.get(id) ?? 0).totalMs),
      uninstallMs: Math.round(settledMs),
    },
  };
  const heading = `An uninstall on the simulated cluster, without and with Bookend. This preview is from
  node bin/bookend.js preview -f ${file} --with ${tool} --wait`;
  return { result, text: `${heading}\n\n${textReport(shown, { brief: true })}${sideBySide(result)}` };
}

/** The demo shows a difference; without it something is wrong. */
export function showsDifference({ naive, ordered }: SimulatedResult): boolean {
  const isClean = ordered.failedPreStopHooks === 0 && ordered.residue.length === 0 && ordered.order.length > 0;
  return isClean && naive.failedPreStopHooks > 0 && naive.residue.length > 0;
}

function failedIn({ timeline }: Preview): TimelineEntry[] {
  return timeline.filter(({ pod }) => pod?.preStop?.outcome === 'failed');
}

function residueOf(left: Preview['left']): string[] {
  return left.map(({ id, why, object }) => (why === 'pod-effects' ? `label on the node of ${object.name}` : id));
}

function orderOf(timeline: readonly TimelineEntry[]): ObjectId[] {
  const gone = timeline.flatMap(({ id, goneAt }) => (goneAt === undefined ? [] : [{ id, goneAt }]));
  return gone.sort((one, other) => one.goneAt - other.goneAt).map(({ id }) => id);
}
