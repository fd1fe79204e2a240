/** Carries `bookend delete` out: reads the flags, opens the cluster, runs, and says how it ended. */

import type { Cluster } from '../../cluster/port.ts';
import { BookendError } from '../../errors.ts';
import { describeRef, idOf, refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { ignoredDirectives, withoutLiveDirectives } from '../../teardown/live-directives.ts';
import { defaultPolicy, type TeardownPolicy } from '../../teardown/policy.ts';
import { durationFlag, oneOf, outputFormat } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { errorDocument, errorText } from '../show-error.ts';
import { asLines } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { displayFor } from './display.ts';
import { showDryRun } from './dry-run.ts';
import { nothingHere } from './elsewhere.ts';
import type { DeleteFlags } from './flags.ts';
import { inTime } from './in-time.ts';
import { exitCodes, interruptionBy, type Signal } from './interruption.ts';
import { ignoredNotes, refuseKept } from './live-annotations.ts';
import type { Outcome } from './outcome.ts';
import { documentOf, errorOf, interruptionLines, lastBlocker, type Manner, summaryOf } from './report.ts';
import { type DeleteRequest, requestOf } from './request.ts';
import { Rounds } from './rounds.ts';
import { bySelection, type Resolved, resolve, select, selectionsOf } from './select.ts';
import { findVanishedOwners, type VanishedOwners } from './vanished-owners.ts';

/**
 * @param args kind and names as they were typed
 * @throws BookendError for what is wrong before anything was deleted
 */
export async function runDelete(args: string[], flags: DeleteFlags, invocation: Invocation): Promise<ExitCode> {
  const format = outputFormat(flags, ['text', 'json']);
  const request = requestOf(args, flags);
  const policy = policyOf(flags);
  const onKeep = oneOf('--on-keep', flags.onKeep ?? 'Refuse', ['Refuse', 'Keep', 'Delete']);
  const timeoutMs = durationFlag('--timeout', flags.timeout ?? '0');
  const interruption = interruptionBy(invocation);
  const { cluster, namespace } = await invocation.connect(flags);
  try {
    const selecting = selectFirst(cluster, request, flags.namespace ?? namespace);
    const selected = await inTime(selecting, { clock: invocation.clock, signal: interruption.signal });
    if ('how' in selected) {
      invocation.err(`Ended by ${interruption.received()}. Nothing was deleted.\n`);
      return exitCodes[interruption.received() ?? 'SIGTERM'];
    }
    const { resolved, departed } = selected;
    const ignored = ignoredDirectives(selected.objects.flat(), onKeep);
    const notes = [...selected.notes, ...(await elsewhere(cluster, selected, flags)), ...ignoredNotes(ignored)];
    if (format === 'text') for (const note of notes) invocation.err(asLines([note]));
    if (onKeep === 'Refuse') refuseKept(selected.objects.flat());
    const bare = (selections: KubernetesObject[][]) => selections.map((each) => withoutLiveDirectives(each, onKeep));
    const objects = bare(selected.objects);
    const order = orderOf(request, resolved);
    if (flags.dryRun) return await showDryRun(cluster, objects, departed, order, format, invocation);
    const display = displayFor(invocation, format === 'json');
    let round = 0;
    const outcome = await new Rounds({
      cluster,
      clock: invocation.clock,
      select: async () => (round++ === 0 ? objects : bare(await selectAgain(cluster, resolved))),
      departed,
      ...(order && { order }),
      policy,
      timeoutMs,
      signal: interruption.signal,
      onProgress: (ledger, now) => display.progress(ledger, now),
      onNote: (text) => display.note(text),
    }).run();
    display.end(outcome.ledger, invocation.clock.now());
    const end = format === 'json' ? endInJson : endInText;
    const manner = { failOnHook: flags.failOnHook ?? false, onKeep };
    return await end({ ...outcome, ignored }, manner, interruption.received() ?? 'SIGTERM', invocation);
  } finally {
    interruption.forget();
    await cluster.close();
  }
}

async function selectFirst(cluster: Cluster, { selections }: DeleteRequest, namespace: string) {
  const { resolved, notes } = resolve(selections, await cluster.kinds(), namespace);
  const first = await select(cluster, resolved);
  const departed = await findVanishedOwners(cluster, resolved, namespace);
  const live = new Set(first.lists.flat().map(idOf));
  const lists = first.lists.map((list, index) => [
    ...list,
    ...(departed.owners[index] ?? []).filter((owner) => !live.has(idOf(owner))),
  ]);
  return {
    resolved,
    objects: bySelection(resolved, lists),
    departed,
    notes: [...notes, ...first.notes, ...departedNotes(departed)],
  };
}

type Selected = Awaited<ReturnType<typeof selectFirst>>;

/** Where nothing was found here, what there is in other namespaces. */
async function elsewhere(cluster: Cluster, { objects, departed, resolved }: Selected, flags: DeleteFlags): Promise<string[]> {
  const isAnyHere = objects.flat().length > 0 || departed.pods.length > 0;
  return isAnyHere || flags.targets !== undefined ? [] : nothingHere(cluster, resolved, flags);
}

function departedNotes({ owners, pods }: VanishedOwners): string[] {
  return [
    ...owners.flat().map((owner) => `${describeRef(refOf(owner))} is gone already, but some of its children are not`),
    ...pods.map((pod) => `${describeRef(refOf(pod))} has lost its controller and is waited for: a target may have made it`),
  ];
}

/**
 * Where names were given, those are gone when they are gone; where all of a kind is meant, more may have come
 * meanwhile.
 */
async function selectAgain(cluster: Cluster, resolved: readonly Resolved[]): Promise<KubernetesObject[][]> {
  const growing = resolved.filter(({ selection }) => selection.names === undefined);
  const { lists } = await select(cluster, growing);
  return bySelection(
    resolved,
    resolved.map((each) => lists[growing.indexOf(each)] ?? []),
  );
}

/** Names for the components that stand for the targets; no two alike. */
function orderOf({ ordered }: DeleteRequest, resolved: Resolved[]): string[] | undefined {
  if (!ordered) return undefined;
  const kinds = bySelection(
    resolved,
    resolved.map(({ kind }) => [kind.resource]),
  );
  return selectionsOf(resolved).map(({ field }, index) => `${field} (${kinds[index]?.join(', ')})`);
}

function endInText(outcome: Outcome, manner: Manner, signal: Signal, { err }: Invocation): ExitCode {
  const lines = (texts: string[]) => err(asLines(texts));
  if (outcome.ended.how === 'interrupted') {
    lines(interruptionLines(outcome, signal));
    const blocker = lastBlocker(outcome);
    if (blocker !== undefined) lines([`It waited for: ${blocker}`]);
    return exitCodes[signal];
  }
  const nothing = outcome.plan === undefined;
  lines(nothing && outcome.ended.how === 'done' ? ['Nothing to delete'] : summaryOf(outcome));
  const error = errorOf(outcome, manner);
  if (!error) return 0;
  const blocker = lastBlocker(outcome);
  err(`${errorText(error)}\n`);
  if (blocker !== undefined) lines([blocker]);
  return error.exitCode;
}

async function endInJson(outcome: Outcome, manner: Manner, signal: Signal, invocation: Invocation): Promise<ExitCode> {
  await outJson(documentOf(outcome), invocation);
  if (outcome.ended.how === 'interrupted') return exitCodes[signal];
  const error = errorOf(outcome, manner);
  if (!error) return 0;
  invocation.err(`${JSON.stringify(errorDocument(error))}\n`);
  return error.exitCode;
}

function policyOf({ objectTimeout, onTimeout }: DeleteFlags): TeardownPolicy {
  const timeoutMs = objectTimeout === undefined ? defaultPolicy.timeoutMs : durationFlag('--object-timeout', objectTimeout);
  if (timeoutMs <= 0)
    throw new BookendError('bad-input', '--object-timeout must be longer than 0', { field: '--object-timeout' });
  return { timeoutMs, onTimeout: oneOf('--on-timeout', onTimeout ?? defaultPolicy.onTimeout, ['Stop', 'Continue', 'Force']) };
}
