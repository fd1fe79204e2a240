/** Plays a situation on the real cluster: installs it, asks the preview, uninstalls it, and sees what becomes of it. */
import { idOf } from '../../src/objects/identity.ts';
import type { Preview } from '../../src/preview/document.ts';
import { bookend } from '../../tools/lab/command-line.ts';
import type { HelmVersion, Lab, Output } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { probePrefix } from './collectable.ts';
import { changes, existing, failedHooks, type Reality } from './reality.ts';
import { inPlace, installRelease, placeNamed, type Source, setUp } from './set-up.ts';
import type { Place, Run, Situation } from './situation.ts';
import { judge, type Verdict } from './verdict.ts';

/** How long what the preview said may take to come true, in ms, and how long it must last. */
const patienceMs = 90_000;
const lastsMs = 4_000;

export type Played = { place: Place; preview: Preview; reality: Reality; verdict: Verdict };

export async function playOnCluster(lab: Lab, situation: Situation, run: Run): Promise<Played> {
  const place = placeOf(situation, run);
  return inPlace(lab, place, () => playAt(place, lab, situation, run));
}

function placeOf(situation: Situation, run: Run): Place {
  const { tool } = run;
  const others = situation.runs.filter((each) => each.tool === tool);
  return placeNamed(situation, `${tool}${others.length > 1 ? others.indexOf(run) + 1 : ''}`);
}

async function playAt(place: Place, lab: Lab, situation: Situation, run: Run): Promise<Played> {
  const { cluster } = lab;
  let installed: Awaited<ReturnType<typeof existing>> = new Map();
  const { source, objects } = await setUp(lab, situation, place, {
    beforeInstall: async () => {
      installed = await existing(cluster, place);
    },
    install: (each) => install(lab, run, place, each),
  });
  const there = await existing(cluster, place);
  const failedBefore = await failedHooks(cluster, place);

  const preview = ask(lab, run, place, source);
  const output = await uninstall(lab, run, place, source);
  const asked = new Set(run.tool === 'namespace' ? [...there.keys()] : objects.map(idOf));
  const look = async (): Promise<Reality> => ({
    ...ended(output),
    ...changes(installed, there, await existing(cluster, place), asked),
    // The Events of probes, which were killed, may come late.
    failedPreStop: (await failedHooks(cluster, place)).filter((pod) => !failedBefore.includes(pod) && !pod.includes(probePrefix)),
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

async function install(lab: Lab, { tool }: Run, place: Place, source: Source): Promise<void> {
  if (tool === 'kubectl') {
    await until('the manifests to be accepted', async () => {
      const { code } = await lab.attempt('kubectl', ['apply', '-f', source.manifests]);
      return code === 0;
    });
    const available = ['wait', '--for=condition=Available', 'deployment', '--all', '-n', place.namespace, '--timeout=60s'];
    await lab.run('kubectl', available);
    return;
  }
  await installRelease(lab, helmOf(tool), place, source);
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
