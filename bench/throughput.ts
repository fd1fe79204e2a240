/**
 * (d) Many small objects, installed and removed by the operator, by our command line and by other tools, in the same
 * rounds as raw requests. Raw requests are the limit of the API server, so ratios to them can be compared between
 * machines.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../tools/lab/lab.ts';
import type { Progress } from '../tools/local-cluster/index.ts';
import { atLeast } from './aims.ts';
import { requestsSoFar } from './api-requests.ts';
import { chosen } from './chosen.ts';
import type { Bench } from './main.ts';
import { peakMemory } from './operator-figures.ts';
import { RawClient } from './raw-client.ts';
import { type Figure, figure, ratio, turns } from './rounds.ts';
import { namespace, timed, withBookend } from './stage.ts';
import { ourCommands } from './throughput/commands.ts';
import type { Contender, Setup } from './throughput/contender.ts';
import { operator } from './throughput/operator.ts';
import { peers } from './throughput/peers.ts';
import { ourLabel, smallKinds, smallObjects } from './throughput/small-objects.ts';

export const throughput: Bench = async ({ lab, progress, quick, rounds = quick ? 2 : 5, contenders: names }) => {
  const opened = await lab();
  const objects = smallObjects(quick ? 300 : 1_500);
  const directory = mkdtempSync(join(tmpdir(), 'bookend-bench-'));
  const raw = await RawClient.open(opened.kubeconfig);
  try {
    return await withBookend(opened, progress, async () => {
      const setup: Setup = { lab: opened, raw, objects, directory };
      const { contenders: others, leftOut } = peers(setup);
      const all = [rawRequests(setup), operator(setup), ...(await ourCommands(setup)), ...others];
      const contenders = chosen(all, base, names);
      await progress.step('warming up the API server, this process and the operator', async () => {
        for (const contender of contenders.slice(0, 2)) await turn(contender, setup);
      });
      const measured = await allRounds(contenders, setup, rounds, progress);
      return {
        objects: objects.length,
        rounds,
        leftOut,
        ...report(measured, objects.length),
        operator: await peakMemory(opened),
      };
    });
  } finally {
    await raw.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

/** What came out of one turn; no install for those that only remove. */
type Turn = { install?: Measured; remove: Measured };
type Measured = { ms: number; requests: number };

/** The base of all ratios. */
const base = 'raw';

function rawRequests({ raw, objects }: Setup): Contender {
  return { name: base, install: () => timed(() => raw.apply(objects)), remove: () => timed(() => raw.delete(objects)) };
}

async function allRounds(contenders: Contender[], setup: Setup, rounds: number, progress: Progress) {
  const measured = new Map<string, Turn[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of turns(contenders, round)) {
      const { name } = contender;
      const label = `round ${round + 1} of ${rounds}: ${setup.objects.length} objects, ${name}`;
      measured.get(name)?.push(await progress.step(label, () => turn(contender, setup)));
    }
  }
  return measured;
}

async function turn({ name, install, remove }: Contender, setup: Setup): Promise<Turn> {
  const { lab, raw, objects } = setup;
  const installed = install && (await counted(raw, install));
  if (!installed) await raw.apply(objects);
  await check(lab, name, objects.length);
  const removed = await counted(raw, remove);
  await check(lab, name, 0);
  return { ...(installed && { install: installed }), remove: removed };
}

async function counted(raw: RawClient, work: () => Promise<number>): Promise<Measured> {
  const resources = [...smallKinds.map(({ resource }) => resource), 'clusteroperators'];
  const before = await requestsSoFar(raw, resources);
  const ms = await work();
  return { ms, requests: (await requestsSoFar(raw, resources)) - before };
}

/** A time counts only if all was done. @throws Error that says how many objects there are instead */
async function check({ cluster }: Lab, name: string, expected: number): Promise<void> {
  const query = { namespace, labelSelector: ourLabel, metadataOnly: true };
  const lists = await Promise.all(smallKinds.map(({ apiVersion, kind }) => cluster.list({ ...query, apiVersion, kind })));
  const found = lists.reduce((sum, { items }) => sum + items.length, 0);
  if (found !== expected) throw new Error(`${name}: there are ${found} objects instead of ${expected}`);
}

type Row = { seconds: Figure; objectsPerSecond: Figure; ofRaw: Figure; requestsPerObject: Figure };

/** Two tables, one row for each contender: its speed is compared with that of raw requests in the same round. */
function report(measured: ReadonlyMap<string, readonly Turn[]>, objects: number) {
  const table = (part: keyof Turn): Record<string, Row> => {
    const columns = [...measured].map(([name, each]) => [name, each.flatMap((one) => one[part] ?? [])] as const);
    const limit = columns.find(([name]) => name === base)?.[1] ?? [];
    return Object.fromEntries(
      columns
        .filter(([, turns]) => turns.length > 0)
        .map(([name, turns]) => {
          const speeds = (all: readonly Measured[]) => all.map(({ ms }) => objects / (ms / 1000));
          return [
            name,
            {
              seconds: figure(turns.map(({ ms }) => ms / 1000)),
              objectsPerSecond: figure(speeds(turns)),
              ofRaw: ratio(speeds(turns), speeds(limit)),
              requestsPerObject: figure(turns.map(({ requests }) => requests / objects)),
            },
          ];
        }),
    );
  };
  const [install, remove] = [table('install'), table('remove')];
  const share = (what: string, row: Row | undefined) => atLeast(`${what}: share of raw requests`, row?.ofRaw.median ?? 0, 0.7);
  const aims = [
    share('operator, install', install.operator),
    ...['operator', 'bookend delete', 'bookend uninstall'].map((name) => share(`${name}, removal`, remove[name])),
  ];
  return { install, remove, aims };
}
