/** Plays a situation on the real cluster: installs it, asks the preview, uninstalls it, and sees what becomes of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { idOf, type ObjectId } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { Preview } from '../../src/preview/document.ts';
import { bookend } from '../../tools/lab/command-line.ts';
import type { HelmVersion, Lab, Output } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { writeChart, writeManifests } from './chart.ts';
import { clean } from './clean.ts';
import { collectable, probePrefix } from './collectable.ts';
import { object, operatorName, programName } from './pieces.ts';
import { belongs, changes, existing, failedHooks, type Reality } from './reality.ts';
import type { Place, Run, Situation } from './situation.ts';
import { judge, type Verdict } from './verdict.ts';

export const prefix = 'corpus-';
/** That everything of the corpus carries in its name or group. */
export const groupSuffix = 'corpus.bookend.dev';

/** How long what the preview said may take to come true, in ms, and how long it must last. */
const patienceMs = 90_000;
const lastsMs = 4_000;

export type Played = { place: Place; preview: Preview; reality: Reality; verdict: Verdict };

export async function playOnCluster(lab: Lab, situation: Situation, run: Run): Promise<Played> {
  const place = placeOf(situation, run);
  await clean(lab.cluster, place.name, (id) => belongs(id, place));
  try {
    return await playAt(place, lab, situation, run);
  } finally {
    await clean(lab.cluster, place.name, (id) => belongs(id, place));
  }
}

function placeOf({ key, runs }: Situation, run: Run): Place {
  const { tool } = run;
  const others = runs.filter((each) => each.tool === tool);
  const name = `${prefix}${key}-${tool}${others.length > 1 ? others.indexOf(run) + 1 : ''}`;
  return { name, namespace: name, elsewhere: `${name}-elsewhere`, group: `${name.slice(prefix.length)}.${groupSuffix}` };
}

async function playAt(place: Place, lab: Lab, situation: Situation, run: Run): Promise<Played> {
  const { cluster } = lab;
  const { chart, crds = () => [], before = () => [], after = () => [], does = () => ({}), untilThere = () => [] } = situation;
  for (const namespace of [place.namespace, place.elsewhere])
    await makeNamespace(lab, namespace, JSON.stringify({ writesAs: operatorName(place), ...does(place) }));
  await put(lab, before(place));
  const installed = await existing(cluster, place);

  const objects = chart(place);
  const source = { chart: writeChart(place.name, objects, crds(place)), manifests: writeManifests(objects) };
  await install(lab, run, place, source);
  await put(lab, after(place));
  await until(
    `the operator of ${place.name} to have made ${untilThere(place).join(', ')}`,
    async () => {
      const ids = await existing(cluster, place);
      return untilThere(place).every((id) => ids.has(id as ObjectId));
    },
    patienceMs,
  );
  const kind = situation.collected?.(place);
  if (kind) {
    await collectable(cluster, kind, place.namespace);
    // The operator has served the probes as well.
    await clean(cluster, 'the probes', (id) => belongs(id, place) && id.includes(probePrefix));
  }
  const there = await existing(cluster, place);
  const failedBefore = await failedHooks(cluster, place);

  const preview = ask(lab, run, place, source);
  const output = await uninstall(lab, run, place, source);
  const asked = new Set(run.tool === 'namespace' ? [...there.keys()] : objects.map(idOf));
  const look = async (): Promise<Reality> => ({
    ...ended(output),
    ...changes(installed, there, await existing(cluster, place), asked),
    failedPreStop: (await failedHooks(cluster, place)).filter((pod) => !failedBefore.includes(pod)),
  });
  let reality = await look();
  let since = performance.now();
  await until(
    'what the preview said to come true, and to last',
    async () => {
      reality = await look();
      if (!agrees(judge(preview, reality), situation.missed?.(place))) since = performance.now();
      return performance.now() - since >= lastsMs;
    },
    patienceMs,
    500,
  ).catch(() => undefined);
  return { place, preview, reality, verdict: judge(preview, reality) };
}

function agrees({ missed, wrong }: Verdict, known: readonly string[] = []): boolean {
  return missed.length === known.length && wrong.length === 0;
}

async function makeNamespace(lab: Lab, name: string, does: string): Promise<void> {
  await put(lab, [object('v1', 'Namespace', undefined, name)]);
  const program = readFileSync(join(import.meta.dirname, 'stand-in', 'operator.mjs'), 'utf8');
  const data = { 'operator.mjs': program, 'does.json': does };
  await put(lab, [object('v1', 'ConfigMap', name, programName, { data })]);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: name, name: 'default' };
  const authority = { apiVersion: 'v1', kind: 'ConfigMap', namespace: name, name: 'kube-root-ca.crt' };
  await until('the default account', async () => (await lab.cluster.get(account)) && (await lab.cluster.get(authority)));
}

async function put({ cluster }: Lab, objects: readonly KubernetesObject[]): Promise<void> {
  for (const each of objects) {
    let last: unknown;
    await until(
      `${idOf(each)} to be accepted`,
      async () => {
        try {
          return await cluster.apply(each, { fieldManager: 'corpus', force: true });
        } catch (error) {
          // Its definition, or the webhook in front of it, was installed a moment ago.
          last = error;
          return undefined;
        }
      },
      30_000,
    ).catch((error) => Promise.reject(new Error(String(error), { cause: last })));
  }
}

type Source = { chart: string; manifests: string };

async function install(lab: Lab, { tool }: Run, { name, namespace }: Place, source: Source): Promise<void> {
  if (tool === 'kubectl') {
    await until('the manifests to be accepted', async () => {
      const { code } = await lab.attempt('kubectl', ['apply', '-f', source.manifests]);
      return code === 0;
    });
    await lab.run('kubectl', ['wait', '--for=condition=Available', 'deployment', '--all', '-n', namespace, '--timeout=60s']);
    return;
  }
  // A webhook of the chart's own may judge what the chart installs, and is not there yet: GitOps tools try again.
  const args = ['upgrade', '--install', name, source.chart, '-n', namespace, '--wait', '--timeout', '90s'];
  for (let tries = 0; tries < 3; tries++) {
    const { code } = await lab.attempt(helmOf(tool), args);
    if (code === 0) return;
  }
  await lab.run(helmOf(tool), args);
}

function helmOf(tool: Run['tool']): HelmVersion {
  return tool === 'helm3' ? 'helm3' : 'helm4';
}

function ask(lab: Lab, { tool, flags = [], timeoutSeconds }: Run, { name, namespace }: Place, source: Source): Preview {
  const what = {
    kubectl: ['-f', source.manifests, '--live', '--with', 'kubectl'],
    namespace: ['--namespace-delete', namespace],
    helm3: [name, '-n', namespace, '--with', 'helm3'],
    helm4: [name, '-n', namespace, '--with', 'helm4'],
  }[tool];
  const timeout = timeoutSeconds === undefined ? [] : ['--timeout', `${timeoutSeconds}s`];
  const args = ['preview', ...what, ...flags, ...timeout, '-o', 'json', '--fail-on', 'never', '--kubeconfig', lab.kubeconfig];
  const { status, stdout, stderr } = bookend(lab, args, { helm: helmOf(tool) });
  if (status !== 0) throw new Error(`bookend ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout) as Preview;
}

/** What only a time-out ends, the preview calls hanging. */
const hangsAfterMs = 30_000;

async function uninstall(lab: Lab, { tool, flags = [], timeoutSeconds }: Run, place: Place, source: Source): Promise<Output> {
  const { name, namespace } = place;
  if (tool === 'kubectl') return await orNever(lab, 'delete', '-f', source.manifests);
  if (tool === 'namespace') return await orNever(lab, 'delete', 'namespace', namespace);
  const timeout = timeoutSeconds === undefined ? [] : ['--timeout', `${timeoutSeconds}s`];
  return await lab.attempt(helmOf(tool), ['uninstall', name, '-n', namespace, ...flags, ...timeout]);
}

/** kubectl waits as long as it takes, and has a code of its own for who stops it. */
async function orNever(lab: Lab, ...args: string[]): Promise<Output> {
  const began = performance.now();
  const output = await lab.attempt('kubectl', args, { timeoutMs: hangsAfterMs });
  return performance.now() - began < hangsAfterMs ? output : { ...output, code: neverEnded };
}

const neverEnded = 124;

function ended({ code, stdout, stderr }: Output): Pick<Reality, 'code' | 'output'> {
  return { code: code === neverEnded ? undefined : code, output: `${stdout}${stderr}` };
}
