/**
 * (i) `bookend uninstall` of the same chain and star as in `teardown.ts`, as plain manifests and without an operator,
 * against their critical path; and what of the whole command is no deletion: reading, snapshots, the receipt.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PlanDocument } from '../src/cli/plan-document.ts';
import { type ObjectId, parseId } from '../src/objects/identity.ts';
import { dependsOnAnnotation } from '../src/objects/names.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import { criticalPath } from '../src/plan/critical-path.ts';
import type { PlanStep } from '../src/plan/plan.ts';
import type { Receipt } from '../src/residue/receipt.ts';
import { type Lab, root } from '../tools/lab/lab.ts';
import { bystander, until, untilNone } from '../tools/lab/observe.ts';
import { endingMs } from './endings.ts';
import type { Bench } from './main.ts';
import { namespace } from './stage.ts';
import { type Layer, layerKinds, layerObjects, shapesInTurns } from './teardown.ts';

export const uninstall: Bench = async ({ lab, progress, quick, rounds = quick ? 1 : 3 }) => {
  const opened = await lab();
  const { cluster } = opened;
  await cluster.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { fieldManager: 'bench', force: true },
  );
  try {
    return await shapesInTurns(rounds, progress, 'bookend uninstall', (layers) => measure(opened, layers));
  } finally {
    await opened.run('kubectl', ['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
    await untilNone(cluster, { apiVersion: 'v1', kind: 'Namespace', fieldSelector: `metadata.name=${namespace}` }, 300_000);
  }
};

async function measure(lab: Lab, layers: readonly Layer[]) {
  const { cluster } = lab;
  const objects = layers.flatMap(manifestsOf);
  for (const object of objects) await cluster.apply(object, { fieldManager: 'bench', force: true });
  await until('every layer to be ready', async () => {
    const { items } = await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace });
    return items.every(({ status }) => (status as { readyReplicas?: number } | undefined)?.readyReplicas === 1);
  });
  const watcher = bystander(cluster, layerKinds);
  await watcher.synced();
  const input = objects.map((object) => `---\n${JSON.stringify(object)}\n`).join('');
  const args = ['uninstall', '-f', '-', '-n', namespace, '--kubeconfig', lab.kubeconfig, '-o', 'json'];
  const { steps } = JSON.parse(await printed([...args, '--dry-run'], input)) as PlanDocument;
  const started = performance.now();
  const receipt = JSON.parse(await printed([...args, '--yes'], input)) as Receipt;
  const commandMs = performance.now() - started;
  watcher.close();
  const plan = { steps: steps.map(({ object: id, mode, after }): PlanStep => ({ id, ref: refOfId(id), mode, after })) };
  const path = criticalPath(plan, ({ id }) => endingMs(watcher.sightings, id));
  const times = watcher.sightings.filter(({ what }) => what !== 'created').map(({ atMs }) => atMs);
  const wallMs = Math.max(...times) - Math.min(...times);
  return {
    objects: objects.length,
    wallMs: Math.round(wallMs),
    criticalPathMs: Math.round(path.totalMs),
    criticalPathSteps: path.steps.length,
    overheadPercent: Math.round(((wallMs - path.totalMs) / path.totalMs) * 1000) / 10,
    commandMs: Math.round(commandMs),
    clean: Number(receipt.verdict === 'clean'),
    failedPreStopHooks: receipt.failedPreStopHooks.length,
  };
}

/** Not in this process's turn: the bystander must see everything at its time. */
async function printed(args: readonly string[], input: string): Promise<string> {
  const running = promisify(execFile)(process.execPath, [join(root, 'bin', 'bookend.js'), ...args], { maxBuffer: 1 << 26 });
  running.child.stdin?.end(input);
  const { stdout } = await running;
  return stdout;
}

/** Nobody reads more of it than its name. */
function refOfId(id: ObjectId): PlanStep['ref'] {
  const { kind, name } = parseId(id);
  return { apiVersion: 'v1', kind, name };
}

/** As a person would write them down: what a layer needs beyond its own is an annotation of its Deployment. */
function manifestsOf({ name, dependsOn }: Layer): KubernetesObject[] {
  const needs = dependsOn.map((each) => `Deployment.apps/${namespace}/${each}`).join(', ');
  return layerObjects(name).map((object) => {
    const { kind, metadata } = object;
    return {
      ...object,
      metadata: {
        ...metadata,
        ...(!kind.startsWith('ClusterRole') && { namespace }),
        ...(kind === 'Deployment' && needs !== '' && { annotations: { [dependsOnAnnotation]: needs } }),
      },
    };
  });
}
