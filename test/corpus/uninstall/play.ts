/**
 * A situation installed as a release, and uninstalled with `bookend uninstall` by a person who does what it prints.
 * What is not as it says is collected in words.
 */

import type { KubernetesObject } from '../../../src/objects/object.ts';
import { commandText, type Remedy } from '../../../src/remedies/remedy.ts';
import { verdictExitCodes } from '../../../src/residue/exit-codes.ts';
import type { Receipt, Residue, Verdict } from '../../../src/residue/receipt.ts';
import { allOf, type Why } from '../../../src/why/blocker.ts';
import { bookend } from '../../../tools/lab/command-line.ts';
import type { HelmVersion, Lab } from '../../../tools/lab/lab.ts';
import { until } from '../../../tools/lab/observe.ts';
import { probePrefix } from '../collectable.ts';
import { failedHooks } from '../reality.ts';
import { inPlace, installRelease, placeNamed, setUp } from '../set-up.ts';
import type { Place, Situation } from '../situation.ts';
import { kubectlSnapshot, type ShownCluster } from './kubectl-snapshot.ts';
import { type Advice, type Attempt, inShell, nextFlags, uninstallWith } from './obedient.ts';
import { comesByItself, lostOfOthers, untruths } from './truth.ts';

export type Way = 'delete' | 'keep';

export type PlayedUninstall = {
  /** The advice that was followed, in order. */
  took: Advice[];
  exit: number | null;
  verdict: Verdict | undefined;
  /** What the last receipt says is left, surely or possibly. */
  residue: string[];
  /** Of people, there before the release: what is gone. */
  lost: string[];
  /** What is not as Bookend says. */
  wrong: string[];
  /** What it printed, shown with a failure. */
  printed: string[];
};

const mostAttempts = 5;

/** @param again whether the release must become ready once more in the end */
export function playUninstall(lab: Lab, situation: Situation, way: Way, again: boolean): Promise<PlayedUninstall> {
  const place = placeNamed(situation, way);
  return inPlace(lab, place, () => playAt(lab, situation, way, place, again));
}

/** Of both, each situation by the older one that its uninstall has been reported of. */
function helmOf({ runs }: Situation): HelmVersion {
  return runs.some(({ tool }) => tool === 'helm3') ? 'helm3' : 'helm4';
}

async function playAt(lab: Lab, situation: Situation, way: Way, place: Place, again: boolean): Promise<PlayedUninstall> {
  const helm = helmOf(situation);
  let older: ShownCluster = { objects: new Map(), complaints: [] };
  const { source } = await setUp(lab, situation, place, {
    beforeInstall: async () => {
      older = await kubectlSnapshot(lab, place);
    },
    install: (each) => installRelease(lab, helm, place, each),
  });
  const failedBefore = await failedHooks(lab.cluster, place);
  const played: PlayedUninstall = { took: [], exit: null, verdict: undefined, residue: [], lost: [], wrong: [], printed: [] };
  const wrong = (texts: readonly string[]) => played.wrong.push(...texts);

  let flags: string[] = [];
  let receipt: Receipt | undefined;
  for (let attempts = 0; attempts < mostAttempts; attempts++) {
    const before = await kubectlSnapshot(lab, place);
    const attempt = await uninstallWith(lab, place, flags).attempt();
    const after = await kubectlSnapshot(lab, place);
    receipt = attempt.receipt;
    played.printed.push(shown(attempt));
    played.exit = attempt.status;
    wrong(codeProblems(attempt));
    if (receipt) wrong(untruths(receipt, { older, before, after }));
    else wrong(touched(before, after));
    const next = nextFlags(attempt, way);
    if (next === undefined) break;
    played.took.push(next.took);
    if (next.took === 'unblock') wrong(await unblock(lab, attempt, played.printed));
    flags = next.flags;
  }
  played.verdict = receipt?.verdict;
  played.residue = topsOf(receipt?.residue ?? []).map(({ id, field, confidence }) =>
    [confidence, id, field?.path].filter(Boolean).join(' '),
  );
  const failed = (await failedHooks(lab.cluster, place)).filter(
    (pod) => !failedBefore.includes(pod) && !pod.includes(probePrefix),
  );
  wrong(failed.map((pod) => `a preStop hook of ${pod} failed`));

  // Refused for good: nothing was deleted, and nothing is to be cured.
  if (receipt === undefined && played.exit === verdictExitCodes.blocked) return played;
  if (receipt) wrong(await cure(lab, receipt, place));
  const last = await kubectlSnapshot(lab, place);
  played.lost = lostOfOthers({ older, after: last });
  if (way === 'keep') wrong([...last.complaints, ...(await serviceProblems(lab, situation.after?.(place) ?? []))]);
  wrong(await releaseProblems(lab, helm, place));
  await installRelease(lab, helm, place, source).catch((error: unknown) => {
    if (again || !/not ready/.test(String(error))) wrong([`it does not install again: ${error}`]);
  });
  return played;
}

function shown({ flags, status, receipt, says, advice }: Attempt): string {
  const left = (receipt?.residue ?? []).map(
    ({ id, field, confidence, evidence, remedy }) =>
      `  ${confidence} ${id} ${field?.path ?? ''} (${evidence.map((each) => each.says).join('; ')}): ${commandsOf(remedy).join('; ')}`,
  );
  const kept = (receipt?.kept ?? []).map(({ id, by, says: why }) => `  kept ${id} by ${by}: ${why}`);
  const notSeen = (receipt?.notSeen ?? []).map((text) => `  not seen: ${text}`);
  return [
    `bookend uninstall ${flags.join(' ')} ended with ${status}, ${receipt?.verdict ?? 'no receipt'}: ${says} ${advice}`,
    ...(receipt?.stopped ? [`  stopped: ${receipt.stopped.says}`] : []),
    ...[...left, ...kept, ...notSeen],
  ].join('\n');
}

/** The code says the same as the receipt, unless an error says more. */
function codeProblems({ status, receipt, says }: Attempt): string[] {
  if (receipt === undefined) return status === 7 ? [] : [`it ended with ${status} and without a receipt: ${says}`];
  const due = verdictExitCodes[receipt.verdict];
  return status === due ? [] : [`it ended with ${status}, and ${receipt.verdict} is ${due}`];
}

/** Without a receipt nothing was deleted. */
function touched(before: ShownCluster, after: ShownCluster): string[] {
  return [...before.objects.values()].flatMap((shown) => {
    const { uid, id, terminating } = shown;
    if (comesByItself(shown)) return [];
    const now = after.objects.get(uid);
    if (now === undefined) return `${id} is gone after a refusal`;
    return now.terminating && !terminating ? `${id} is being deleted after a refusal` : [];
  });
}

/** Asks `bookend why` about the blocker, and runs the first remedy that it prints and that does more than look. */
async function unblock(lab: Lab, { object, says }: Attempt, printed: string[]): Promise<string[]> {
  const [, kind, namespace, name] = /^([A-Z]\w+) (?:([\w.-]+)\/)?([\w.-]+)$/.exec(object) ?? [];
  if (kind === undefined || name === undefined) return [`no object is named as the blocker: ${says}`];
  return await askWhy(lab, [kind, name, ...(namespace === undefined ? [] : ['-n', namespace])], printed);
}

async function askWhy(lab: Lab, words: readonly string[], printed: string[]): Promise<string[]> {
  const { status, stdout, stderr } = bookend(lab, ['why', ...words, '-o', 'json', '--kubeconfig', lab.kubeconfig]);
  if (stdout === '') return [`bookend why ${words.join(' ')} ended with ${status}: ${stderr}`];
  const blockers = allOf((JSON.parse(stdout) as Why).blockers);
  const [remedy] = blockers
    .flatMap(({ remedies }) => remedies)
    .filter(({ steps }) => steps.some((step) => step.do === 'run' && !step.looks));
  printed.push(`bookend why ${words.join(' ')}: ${blockers.map((each) => each.says).join('; ')}`);
  if (remedy === undefined) return [`bookend why ${words.join(' ')} prints no command`];
  return await run(lab, remedy, printed);
}

/** As they are printed: what others of them own goes with these. */
function topsOf(residue: readonly Residue[]): Residue[] {
  const uids = new Set(residue.map(({ ref }) => ref.uid));
  return residue.filter(({ what, evidence }) => what !== 'child' || !evidence.some(({ value }) => uids.has(value ?? '')));
}

/** Runs what the receipt prints for everything that is left. */
async function cure(lab: Lab, { residue }: Receipt, place: Place): Promise<string[]> {
  const wrong: string[] = [];
  for (const { remedy } of topsOf(residue)) wrong.push(...(await run(lab, remedy, [])));
  const whole = new Set(residue.flatMap(({ ref, field }) => (field ? [] : ref.uid)));
  const labels = residue.flatMap(({ ref, field }) => (field ? [[ref.uid, field.path] as const] : []));
  let left: string[] = [];
  await until(
    'the remedies to cure',
    async () => {
      const { objects } = await kubectlSnapshot(lab, place);
      left = [...objects.values()].flatMap(({ uid, id, labels: now }) => {
        if (whole.has(uid)) return [`${id} is still there after its remedy`];
        const fields = labels.filter(
          ([of, path]) => of === uid && Object.keys(now).some((key) => path === `metadata.labels[${key}]`),
        );
        return fields.map(([, path]) => `${path} of ${id} is still there after its remedy`);
      });
      return left.length === 0;
    },
    20_000,
    1_000,
  ).catch(() => undefined);
  return [...wrong, ...left];
}

async function run(lab: Lab, remedy: Remedy, printed: string[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const step of remedy.steps) {
    if (step.do !== 'run') continue;
    const command = commandText(step);
    printed.push(`$ ${command}`);
    const [program, verb, ...words] = step.argv;
    if (program === 'bookend' && verb === 'why') wrong.push(...(await askWhy(lab, words, printed)));
    else await inShell(lab, command).catch((error: unknown) => wrong.push(`a printed command fails: ${error}`));
  }
  return wrong;
}

function commandsOf({ steps }: Remedy): string[] {
  return steps.flatMap((step) => (step.do === 'run' ? [commandText(step)] : []));
}

/** What was kept still has its operator, with all that it needs to let it go. */
async function serviceProblems(lab: Lab, kept: readonly KubernetesObject[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { apiVersion, kind, metadata } of kept) {
    const [group = '', version = ''] = apiVersion.split('/');
    const what = `${kind.toLowerCase()}.${version}.${group}/${metadata.name}`;
    const words = ['delete', what, '-n', metadata.namespace ?? 'default', '--timeout=40s'];
    const { code, stderr } = await lab.attempt('kubectl', words);
    if (code !== 0) wrong.push(`${kind} ${metadata.name} was kept, and cannot be deleted: ${stderr}`);
  }
  return wrong;
}

async function releaseProblems(lab: Lab, helm: HelmVersion, { name, namespace }: Place): Promise<string[]> {
  // Helm 4 lists all of them by itself.
  const all = helm === 'helm3' ? ['-a'] : [];
  const { stdout } = await lab.run(helm, ['list', '-n', namespace, '-o', 'json', ...all]);
  const known = (JSON.parse(stdout) as { name: string }[]).some((each) => each.name === name);
  return known ? ['Helm still knows the release'] : [];
}
