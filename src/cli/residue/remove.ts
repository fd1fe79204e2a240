/**
 * Removes residue: exactly the list that a person has seen, known by its digest, each object saved first. What would go
 * along without being in the list stops it before the first deletion.
 */

import { inTurns } from '../../cluster/in-turns.ts';
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { describeId, idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { verdictExitCodes } from '../../residue/exit-codes.ts';
import { playRemovals } from '../../residue/play/play-removals.ts';
import type { Receipt, Residue } from '../../residue/receipt.ts';
import { type ReceiptInput, receiptOf } from '../../residue/receipt-of.ts';
import type { ReleaseFacts } from '../../residue/release-facts.ts';
import { planRemoval } from '../../residue/removal.ts';
import type { Snapshot } from '../../residue/snapshot.ts';
import { takeSnapshot } from '../../residue/take-snapshot.ts';
import { defaultPolicy } from '../../teardown/policy.ts';
import { displayFor } from '../delete/display.ts';
import { lookAround } from '../delete/look-around.ts';
import type { Outcome } from '../delete/outcome.ts';
import { errorOf, interruptionLines, lastBlocker, summaryOf } from '../delete/report.ts';
import { Rounds } from '../delete/rounds.ts';
import { noVanishedOwners } from '../delete/vanished-owners.ts';
import { durationFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { errorDocument, errorText } from '../show-error.ts';
import { asLines, coloursFor } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import type { ResidueFlags } from './flags.ts';
import { removeField } from './remove-fields.ts';
import { saveObjects } from './save.ts';
import { receiptText } from './text.ts';

type RemoveFlags = ResidueFlags & { delete: string };

/** @throws BookendError conflict: the list is another one by now. Nothing was deleted then. */
export async function removeResidue(
  cluster: Cluster,
  release: ReleaseFacts,
  after: Snapshot,
  flags: RemoveFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  const timeoutMs = durationFlag('--timeout', flags.timeout ?? '5m');
  const isJson = flags.output === 'json';
  const say = (lines: readonly string[]) => (isJson ? undefined : invocation.err(asLines(lines)));
  const residue = confirmed(receiptOf({ release, after }), flags);
  const saved = await readAll(cluster, residue, flags.delete);
  const objects = topsOf(residue).flatMap(({ id }) => saved.get(id) ?? []);
  await refuseMore(cluster, objects, residue);
  const directory = saveObjects([...saved.values()], flags.save, release.name);
  say([savedText(directory, [...saved.values()])]);
  const removed = await remove(cluster, objects, timeoutMs, isJson, invocation);
  say(removed ? linesOf(removed) : []);
  if (removed?.signal !== undefined) return removed.signal === 'SIGINT' ? 130 : 143;
  const failed = errorIn(removed) ?? (await removeFields(cluster, residue));
  const now = await takeSnapshot(cluster, { own: [release.namespace] });
  const receipt = await playRemovals(receiptOf({ release, after: now, ...stoppedBy(removed) }), now, invocation.clock.now());
  await show(receipt, isJson, invocation);
  if (failed === undefined) return verdictExitCodes[receipt.verdict];
  invocation.err(`${isJson ? JSON.stringify(errorDocument(failed)) : errorText(failed)}\n`);
  return failed.exitCode;
}

/** The list that a person has seen. */
function confirmed(receipt: Receipt, flags: RemoveFlags): readonly Residue[] {
  const { digest, items, residue } = planRemoval(receipt, flags.include);
  if (items.length === 0) {
    const advice = 'Run the command without --delete to see what is left.';
    throw new BookendError('not-found', 'nothing is left that could be removed', { field: '--delete', advice });
  }
  if (digest !== flags.delete) throw changed(digest);
  return residue;
}

function changed(digest: string): BookendError {
  return new BookendError('conflict', `the list has another digest now: ${digest}. Nothing was deleted`, {
    field: '--delete',
    advice: 'Run the command without --delete, with the same other flags, and look at the list again.',
  });
}

/** Each object once, whole, and still the one that was listed. */
async function readAll(cluster: Cluster, residue: readonly Residue[], digest: string): Promise<Map<string, KubernetesObject>> {
  const refs = new Map(residue.map(({ id, ref }) => [id, ref] as const));
  const read = await inTurns(6, [...refs], async ([id, ref]) => {
    const object = await cluster.get(ref);
    if (object?.metadata.uid !== ref.uid) throw changed(digest);
    return [id, object] as const;
  });
  return new Map(read);
}

/** What others in the list own goes with these, as Kubernetes does it. */
function topsOf(residue: readonly Residue[]): Residue[] {
  const uids = new Set(residue.map(({ ref }) => ref.uid));
  return residue.filter(
    (each) =>
      each.field === undefined &&
      !each.evidence.some(({ clue, value = '' }) => clue === 'uid' && each.what === 'child' && uids.has(value)),
  );
}

/** A definition takes all its custom resources along. */
async function refuseMore(cluster: Cluster, objects: readonly KubernetesObject[], residue: readonly Residue[]): Promise<void> {
  if (objects.length === 0) return;
  const uids = new Set(residue.map(({ ref }) => ref.uid));
  const found = await lookAround(cluster, objects);
  const more = found.objects.filter(({ metadata }) => !uids.has(metadata.uid ?? '')).map(idOf);
  const [first] = more;
  if (!first) return;
  throw new BookendError(
    'conflict',
    `${describeId(first)}${more.length > 1 ? ` and ${more.length - 1} more` : ''} would go along, and the list does not have them. Nothing was deleted`,
    {
      object: describeId(first),
      field: '--delete',
      advice: `Include them, for example: --include ${first}`,
    },
  );
}

function savedText(directory: string, saved: readonly KubernetesObject[]): string {
  const secrets = saved.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Secret').length;
  const values = secrets === 0 ? '' : `; ${secrets} of them ${secrets === 1 ? 'is a Secret' : 'are Secrets'}, with all values`;
  return `${saved.length} ${saved.length === 1 ? 'object is' : 'objects are'} saved in ${directory} (mode 0700)${values}`;
}

type Removed = { outcome: Outcome; signal?: 'SIGINT' | 'SIGTERM' };

async function remove(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  timeoutMs: number,
  isJson: boolean,
  invocation: Invocation,
): Promise<Removed | undefined> {
  if (objects.length === 0) return undefined;
  const { clock, onSignal } = invocation;
  const abort = new AbortController();
  const received: Pick<Removed, 'signal'> = {};
  const forget = onSignal((signal) => {
    received.signal = signal;
    abort.abort();
  });
  const display = displayFor(invocation, isJson);
  let round = 0;
  try {
    const outcome = await new Rounds({
      cluster,
      clock,
      // Only what was confirmed: what comes later of the same name is another object.
      select: async () => (round++ === 0 ? [[...objects]] : [[]]),
      departed: noVanishedOwners,
      policy: { ...defaultPolicy, onTimeout: 'Stop' },
      timeoutMs,
      signal: abort.signal,
      onProgress: (ledger, now) => display.progress(ledger, now),
      onNote: (text) => display.note(text),
    }).run();
    display.end(outcome.ledger, clock.now());
    return outcome.ended.how === 'interrupted' ? { outcome, signal: received.signal ?? 'SIGTERM' } : { outcome };
  } finally {
    forget();
  }
}

function linesOf({ outcome, signal }: Removed): string[] {
  return signal === undefined ? summaryOf(outcome) : interruptionLines(outcome, signal);
}

function errorIn(removed: Removed | undefined): BookendError | undefined {
  return removed && errorOf(removed.outcome, { failOnHook: false, onKeep: 'Delete' });
}

/** Read again: the objects may have changed while others went. */
async function removeFields(cluster: Cluster, residue: readonly Residue[]): Promise<BookendError | undefined> {
  let failed: BookendError | undefined;
  for (const each of residue.filter(({ field }) => field !== undefined)) {
    try {
      const now = await cluster.get(each.ref);
      if (now) await removeField(cluster, each, now);
    } catch (error) {
      if (!isCode(error, 'conflict', 'forbidden', 'invalid', 'not-found')) throw error;
      failed ??= error;
    }
  }
  return failed;
}

function stoppedBy(removed: Removed | undefined): Pick<ReceiptInput, 'stopped'> {
  const error = errorIn(removed);
  if (!removed || !error) return {};
  const says = lastBlocker(removed.outcome) ?? error.message;
  return { stopped: { how: error.code === 'timeout' ? 'timed-out' : 'blocked', says } };
}

async function show(receipt: Receipt, isJson: boolean, invocation: Invocation): Promise<void> {
  const { out, colourOut, size, programName } = invocation;
  if (isJson) await outJson(receipt, invocation);
  else out(receiptText(receipt, { columns: size().columns, colours: coloursFor(colourOut), programName }));
}
