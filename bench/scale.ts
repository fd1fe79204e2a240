/**
 * (j) Scale: 10,000 Pods in 500 applications on 1,000 simulated nodes; API server, etcd, controllers and scheduler are
 * real. All applications are removed in order by Bookend, and beside that as `kubectl delete`, `helm uninstall` and the
 * deletion of their namespaces do it. An observer with watches of its own sees when the last object is gone, and
 * whether anything went before the Pods that need it.
 *
 * It needs a cluster of its own: the clients of the controller manager and the scheduler are limited to 20 and 50
 * requests a second by default, and that would be all that one measures.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BookendError } from '../src/errors.ts';
import { openLab } from '../tools/lab/lab.ts';
import { defaultClusterName, down, type Progress } from '../tools/local-cluster/index.ts';
import { type Aim, atLeast, atMost } from './aims.ts';
import { chosen } from './chosen.ts';
import type { Bench } from './main.ts';
import { peakMemory } from './operator-figures.ts';
import { RawClient } from './raw-client.ts';
import { figure, ratio, turns } from './rounds.ts';
import { applicationKinds, tenants } from './scale/applications.ts';
import { clientKubeconfig } from './scale/client.ts';
import { base, type Contender, contenders, ours } from './scale/contenders.ts';
import { startKwok } from './scale/kwok.ts';
import { Observer } from './scale/observer.ts';
import { applicationsOf, full, podsOf, quick, type Size } from './scale/size.ts';
import { createAll, measureRemoval, type Turn, type TurnInput } from './scale/turn.ts';
import { withBookend } from './stage.ts';

const flags = {
  'kube-controller-manager': {
    'kube-api-qps': '1000',
    'kube-api-burst': '2000',
    // Simulated nodes send no heartbeats.
    'node-monitor-grace-period': '12h',
  },
  'kube-scheduler': { 'kube-api-qps': '1000', 'kube-api-burst': '2000' },
  // Ten thousand Pods, several times within the five minutes after which old revisions are thrown away.
  etcd: { 'quota-backend-bytes': String(8 * 2 ** 30) },
} as const;

export const scale: Bench = async ({ progress, quick: isQuick, existing, rounds = 1, contenders: names }) => {
  if (existing)
    throw new BookendError(
      'unsupported',
      'the scale benchmark sets flags of the controller manager and cannot use an existing cluster',
    );
  const cluster = `${process.env.BOOKEND_E2E_CLUSTER ?? defaultClusterName}-scale`;
  const size = isQuick ? quick : full;
  const directory = mkdtempSync(join(tmpdir(), 'bookend-scale-'));
  await down(cluster);
  try {
    const lab = await openLab({ name: cluster, flags, progress });
    const raw = await RawClient.open(lab.kubeconfig);
    const kwok = await startKwok(lab, raw, size.nodes, directory, progress);
    const observer = new Observer(lab.cluster);
    try {
      const setup = { lab, raw, tenants: tenants(size), kubeconfig: await clientKubeconfig(lab, directory), directory };
      const measure = async () => {
        await observer.synced();
        const input = { setup, size, observer, cluster, kwok: kwok.pid };
        const measured = await allRounds(chosen(await contenders(setup), base, names), rounds, input, progress);
        const kubernetes = await lab.cluster.version();
        return { kubernetes, ...report(measured, { size, rounds, ...(await peakMemory(lab)) }) };
      };
      return await withBookend(lab, progress, measure, onTheRealNode(cluster));
    } finally {
      observer.close();
      await kwok.close();
      await raw.close();
      await lab.close();
    }
  } finally {
    await progress.step(`removing the cluster ${cluster}`, () => down(cluster));
    rmSync(directory, { recursive: true, force: true });
  }
};

/** The hook Pod tolerates every taint, and on a simulated node it would never end. */
function onTheRealNode(node: string): Record<string, string> {
  return { 'uninstall.nodeSelector.kubernetes\\.io/hostname': node };
}

async function allRounds(all: Contender[], rounds: number, input: TurnInput, progress: Progress): Promise<Map<string, Turn[]>> {
  const measured = new Map<string, Turn[]>(all.map(({ name }) => [name, []]));
  const pods = podsOf(input.size);
  for (let round = 0; round < rounds; round++) {
    for (const contender of turns(all, round)) {
      const { name } = contender;
      const label = `round ${round + 1} of ${rounds}, ${name}`;
      await progress.step(`${label}: creating ${pods} Pods`, (detail) => createAll(contender, input, detail));
      const result = await progress.step(`${label}: removing them`, () => measureRemoval(contender, input));
      measured.get(name)?.push(result);
      // The whole takes long, and may be interrupted before the report.
      progress.line(`${label}: ${JSON.stringify({ ...result, early: result.early.length })}`);
    }
  }
  return measured;
}

type Frame = { size: Size; rounds: number; peakMegabytes: number; restarts: number };

function report(measured: ReadonlyMap<string, readonly Turn[]>, { size, rounds, peakMegabytes, restarts }: Frame) {
  const pods = podsOf(size);
  const objects = applicationsOf(size) * applicationKinds.length;
  const secondsOf = (name: string) => (measured.get(name) ?? []).map(({ seconds }) => seconds);
  const rows = Object.fromEntries([...measured].map(([name, all]) => [name, rowOf(all, secondsOf(base), { pods, objects })]));
  return {
    ...size,
    pods,
    applications: applicationsOf(size),
    objects,
    rounds,
    removal: rows,
    operator: { peakMegabytes, restarts },
    aims: [
      ...ours.flatMap((name) => aimsOf(name, rows[name])),
      atMost('operator: memory at its peak, in MB', peakMegabytes, 256),
    ],
  };
}

function aimsOf(name: string, row: Row | undefined): Aim[] {
  if (!row) return [];
  return [
    atLeast(`${name}: Pods a second`, row.podsPerSecond.median, 60),
    atMost(`${name}: time, as a multiple of deleting the namespaces`, row.ofNamespaces.median, 1.05),
    atMost(`${name}: objects gone before the Pods that need them, or not seen`, row.goneTooEarly.max + row.unseen.max, 0),
    atMost(`${name}: requests an object`, row.requestsPerObject?.max ?? Number.POSITIVE_INFINITY, 2),
  ];
}

type Row = ReturnType<typeof rowOf>;

function rowOf(all: readonly Turn[], namespaces: readonly number[], { pods, objects }: { pods: number; objects: number }) {
  const requests = all.flatMap((turn) => turn.requests ?? []);
  return {
    seconds: figure(all.map(({ seconds }) => seconds)),
    podsSeconds: figure(all.map(({ podsSeconds }) => podsSeconds)),
    toolSeconds: figure(all.map(({ toolSeconds }) => toolSeconds)),
    podsPerSecond: figure(all.map(({ seconds }) => pods / seconds)),
    ofNamespaces: ratio(
      all.map(({ seconds }) => seconds),
      namespaces,
    ),
    ...(requests.length > 0 && { requestsPerObject: figure(requests.map((count) => count / objects)) }),
    goneTooEarly: figure(all.map(({ early }) => early.length)),
    example: all.flatMap(({ early }) => early)[0],
    unseen: figure(all.map(({ unseen }) => unseen)),
    processorSeconds: all.map(({ processor }) => processor),
  };
}
