/** One turn: all applications are created, one contender removes them, and the observer records how they go. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { until } from '../../tools/lab/observe.ts';
import { difference, operatorFigures } from '../operator-figures.ts';
import { ourLabel } from './applications.ts';
import type { Contender, Setup } from './contenders.ts';
import type { Observer } from './observer.ts';
import { type Early, goneTooEarly } from './order.ts';
import { processorSeconds } from './processor.ts';
import { applicationsOf, podsOf, type Size } from './size.ts';

export type Turn = {
  /** From the start until the tool was done and nothing was left. */
  seconds: number;
  /** Until the last Pod was gone. */
  podsSeconds: number;
  /** Until the tool said that it was done. */
  toolSeconds: number;
  requests: number | undefined;
  early: Early[];
  /** Objects whose end the observer did not see, so that nobody knows whether they went in order. */
  unseen: number;
  /** Processor time of the cluster's programs and of the operator during the removal, in seconds. */
  processor: Record<string, number>;
};

/** Only a benchmark that hangs takes an hour. */
const patienceMs = 3_600_000;

/** Controllers still write the status of new Pods for a moment. That must not count as part of their removal. */
const settleMs = 3_000;

export type TurnInput = { setup: Setup; size: Size; observer: Observer; cluster: string; kwok: number };

export async function createAll({ install }: Contender, { setup, size, observer }: TurnInput, detail: (text: string) => void) {
  const pods = podsOf(size);
  await install();
  await until(
    `${pods} Pods to be ready`,
    async () => {
      detail(`${observer.count('Pod')} of ${pods} Pods`);
      return observer.count('Pod') === pods && (await readyDeployments(setup)) === applicationsOf(size);
    },
    patienceMs,
    2_000,
  );
  await sleep(settleMs);
}

export async function measureRemoval(contender: Contender, { setup, observer, cluster, kwok }: TurnInput): Promise<Turn> {
  const processorSoFar = async () => ({
    ...(await processorSeconds(cluster, { kwok })),
    operator: (await operatorFigures(setup.lab)).processorSeconds,
  });
  const requestsSoFar = async () => (await contender.requests?.()) ?? 0;
  const requestsBefore = await requestsSoFar();
  const processorBefore = await processorSoFar();
  observer.begin();
  const started = performance.now();
  const since = (atMs: number) => (atMs - started) / 1000;
  const [toolSeconds, gone] = await Promise.all([
    contender.remove().then(() => since(performance.now())),
    observer.allGone(patienceMs),
  ]);
  const processor = difference(await processorSoFar(), processorBefore);
  return {
    seconds: Math.max(toolSeconds, since(gone.atMs)),
    podsSeconds: since(gone.podsAtMs),
    toolSeconds,
    requests: contender.requests && (await requestsSoFar()) - requestsBefore,
    early: goneTooEarly(observer.removals),
    unseen: observer.unseen,
    processor: Object.fromEntries(Object.entries(processor).map(([name, seconds]) => [name, Math.round(seconds)])),
  };
}

async function readyDeployments({ lab: { cluster } }: Setup): Promise<number> {
  const query = { apiVersion: 'apps/v1', kind: 'Deployment', labelSelector: ourLabel, keep: ifReady };
  return (await cluster.list(query)).items.length;
}

function ifReady(object: KubernetesObject): KubernetesObject | undefined {
  const { spec, status } = object as { spec?: { replicas?: number }; status?: { readyReplicas?: number } };
  return status?.readyReplicas === spec?.replicas ? { ...object, spec: {}, status: {} } : undefined;
}
