/**
 * The failure: a chart with RBAC, a small operator, and a DaemonSet that this operator makes and Helm knows nothing
 * about. `helm uninstall --wait` takes the roles away while the DaemonSet's Pods still run their preStop hooks.
 */
import { join } from 'node:path';
import { bookend } from '../tools/lab/command-line.ts';
import type { HelmVersion, Lab } from '../tools/lab/lab.ts';
import { root } from '../tools/lab/lab.ts';
import { failedPreStopHooks, until, untilNone } from '../tools/lab/observe.ts';
import type { Progress } from '../tools/local-cluster/index.ts';
import { receiptIn, residueIn } from './receipts.ts';
import { clearAway, freshNamespace, label, nodesWithLabel } from './stage.ts';

export type NaiveResult = { failedPreStopHooks: number; residue: string[]; uninstallMs: number; messages: string[] };

const namespace = 'demo-naive';
const release = 'naive';
export const naiveRelease = { release, namespace };
const chart = join(root, 'examples', 'node-agent', 'naive');

/** Resolves when the agent has labelled its node. */
export async function installNaive(lab: Lab, helm: HelmVersion): Promise<void> {
  await lab.run(helm, ['install', release, chart, '-n', namespace, '--wait', '--set', `label=${label}`]);
  await until('the agent to label its node', async () => (await nodesWithLabel(lab.cluster)) > 0);
}

/** @param beforeUninstall is called when all runs */
export async function naive(
  lab: Lab,
  helm: HelmVersion,
  progress: Progress,
  beforeUninstall: (where: { release: string; namespace: string }) => Promise<void> = async () => {},
): Promise<NaiveResult> {
  await clearAway(lab, release, namespace);
  await lab.attempt('kubectl', ['delete', 'crd', 'nodeagents.example.bookend.dev', '--ignore-not-found']);
  await freshNamespace(lab, namespace);
  await progress.step('Naive: installing the chart; its operator makes the DaemonSet', () => installNaive(lab, helm));
  await beforeUninstall({ release, namespace });
  const started = performance.now();
  await progress.step('Naive: helm uninstall --wait', () => lab.run(helm, ['uninstall', release, '-n', namespace, '--wait']));
  const uninstallMs = Math.round(performance.now() - started);
  await progress.step('Naive: waiting for the Pods that helm did not wait for', async () => {
    await untilNone(lab.cluster, { apiVersion: 'v1', kind: 'Pod', namespace });
    // The event is sent when the hook fails, well before its Pod is gone; give its way to the API server a moment all
    // the same.
    await new Promise((resolve) => setTimeout(resolve, 500));
  });
  const hooks = await failedPreStopHooks(lab.cluster, namespace);
  const given = ['residue', release, '-n', namespace, '--chart', chart, '--set', `label=${label}`, '-o', 'json'];
  const residue = await progress.step('Naive: bookend residue', async () => {
    const { stdout, stderr } = bookend(lab, [...given, '--kubeconfig', lab.kubeconfig], { helm });
    return residueIn(receiptIn(stdout, stderr));
  });
  for (const { message } of hooks) progress.line(`  FailedPreStopHook: ${message}`);
  for (const left of residue) progress.line(`  left behind: ${left}`);
  await clearAway(lab, release, namespace);
  await lab.run('kubectl', ['delete', 'crd', 'nodeagents.example.bookend.dev', '--ignore-not-found']);
  await lab.run('kubectl', ['label', 'nodes', '--all', `${label}-`]);
  return { failedPreStopHooks: hooks.length, residue, uninstallMs, messages: hooks.map((hook) => hook.message) };
}
