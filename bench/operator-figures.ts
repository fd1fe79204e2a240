/** What the operator costs, as it says itself and as its node sees it. */
import { BookendError } from '../src/errors.ts';
import { listOf, mapOf } from '../src/objects/fields.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import type { Lab } from '../tools/lab/lab.ts';
import { operatorNamespace } from './stage.ts';

/**
 * Requests and processor time of all replicas of the operator so far, and the memory of the larger one, from their own
 * metrics.
 */
export async function operatorFigures(
  lab: Lab,
): Promise<{ writes: number; reads: number; watches: number; residentBytes: number; processorSeconds: number }> {
  // They are served on the loopback address of the Pod.
  const read = "fetch('http://127.0.0.1:8080/metrics').then(async (answer) => process.stdout.write(await answer.text()))";
  const texts = await Promise.all((await operatorPods(lab)).map(({ metadata: { name } }) => inOperator(lab, name, read)));
  const values = (pattern: RegExp) => texts.map((text) => [...text.matchAll(pattern)].map(([, value]) => Number(value)));
  const sum = (pattern: RegExp) =>
    values(pattern)
      .flat()
      .reduce((total, value) => total + value, 0);
  const requests = (verbs: string) => sum(new RegExp(`^bookend_api_requests_total\\{verb="(?:${verbs})"[^}]*\\} (\\S+)$`, 'gm'));
  return {
    writes: requests('create|apply|patch|delete|update'),
    reads: requests('get|list'),
    watches: requests('watch'),
    residentBytes: Math.max(...values(/^process_resident_memory_bytes (\S+)$/gm).flat()),
    processorSeconds: sum(/^process_cpu_seconds_total (\S+)$/gm),
  };
}

/**
 * The most memory that a replica of the operator has had since it began, and how often their containers were started
 * again.
 */
export async function peakMemory(lab: Lab): Promise<{ peakMegabytes: number; restarts: number }> {
  const pods = await operatorPods(lab);
  const read = "process.stdout.write(require('node:fs').readFileSync('/proc/1/status', 'utf8'))";
  const texts = await Promise.all(pods.map(({ metadata: { name } }) => inOperator(lab, name, read)));
  const kilobytes = texts.map((text) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0));
  const restarts = pods.map(({ status }) => Number(mapOf(listOf(mapOf(status).containerStatuses)[0]).restartCount ?? 0));
  return {
    peakMegabytes: Math.round((Math.max(...kilobytes) * 1024) / 1e6),
    restarts: restarts.reduce((sum, count) => sum + count, 0),
  };
}

async function operatorPods(lab: Lab): Promise<KubernetesObject[]> {
  const { items } = await lab.cluster.list({
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: operatorNamespace,
    labelSelector: 'app.kubernetes.io/name=bookend',
    fieldSelector: 'status.phase=Running',
  });
  if (items.length === 0) throw new BookendError('not-found', `no Pod of the operator runs in ${operatorNamespace}`);
  return items;
}

/** Runs a script with the Node of the operator's image. @returns what it prints */
async function inOperator(lab: Lab, pod: string, script: string): Promise<string> {
  return (await lab.run('kubectl', ['exec', '-n', operatorNamespace, pod, '--', '/usr/bin/node', '-e', script])).stdout;
}

export function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)]));
}
