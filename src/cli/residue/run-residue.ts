/** Carries `bookend residue` out. */

import type { Cluster } from '../../cluster/port.ts';
import { BookendError } from '../../errors.ts';
import type { ObjectId } from '../../objects/identity.ts';
import { checkReinstall } from '../../residue/check-reinstall.ts';
import { verdictExitCodes } from '../../residue/exit-codes.ts';
import { playRemovals } from '../../residue/play/play-removals.ts';
import { type Receipt, type Verdict, verdicts } from '../../residue/receipt.ts';
import { receiptOf } from '../../residue/receipt-of.ts';
import type { ReleaseFacts } from '../../residue/release-facts.ts';
import { planRemoval } from '../../residue/removal.ts';
import type { Snapshot } from '../../residue/snapshot.ts';
import { takeSnapshot } from '../../residue/take-snapshot.ts';
import { outputFormat } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { progressOn, readingOn } from '../reading/progress.ts';
import { coloursFor } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import type { ResidueFlags } from './flags.ts';
import { factsOf, releasesOf } from './release-facts.ts';
import { removeResidue } from './remove.ts';
import { nothingKnownText, receiptText } from './text.ts';
import { unfinishedIn, unfinishedText } from './unfinished.ts';

/**
 * @param name of the release, as it was typed
 * @throws BookendError bad-input, forbidden, unreachable; conflict: the list is not the one of `--delete`
 */
export async function runResidue(name: string | undefined, flags: ResidueFlags, invocation: Invocation): Promise<ExitCode> {
  const format = outputFormat(flags, ['text', 'json']);
  refuseUnfit(name, flags);
  const connected = await invocation.connect(flags);
  const { cluster } = connected;
  const namespace = flags.namespace ?? connected.namespace;
  const progress = progressOn(invocation, format);
  try {
    progress.at('Reading the cluster …');
    const known = name === undefined ? undefined : await factsOf(cluster, { name, namespace }, flags, invocation);
    const after = await takeSnapshot(cluster, { onRead: readingOn(progress), own: [namespace] });
    progress.end();
    if (known && flags.delete !== undefined) {
      return await removeResidue(cluster, known, after, { ...flags, delete: flags.delete }, invocation);
    }
    const releases = known ? [known] : await allOf(cluster, namespace, after, flags, invocation);
    const receipts: Receipt[] = [];
    for (const release of releases) receipts.push(await receiptFor(cluster, release, after, flags, invocation));
    const unfinished = known ? [] : unfinishedIn(namespace, after);
    await show(receipts, { namespace, isOne: known !== undefined, format, unfinished }, invocation);
    return worst(receipts);
  } finally {
    progress.end();
    await cluster.close();
  }
}

function refuseUnfit(name: string | undefined, flags: ResidueFlags): void {
  if (name === undefined && flags.namespace === undefined)
    throw refusal(
      'release',
      'no release given',
      'Give the name of the release and its namespace with -n, or only --namespace for all of a namespace.',
    );
  const ofOne = (['delete', 'include', 'save', 'chart'] as const).find((flag) => flags[flag] !== undefined);
  if (name === undefined && ofOne !== undefined)
    throw refusal(
      `--${ofOne}`,
      `--${ofOne} needs the name of a release`,
      'Give the name of the release, and its namespace with -n.',
    );
  const ofChart = (['values', 'set', 'setString'] as const).some((flag) => flags[flag] !== undefined);
  if (ofChart && flags.chart === undefined)
    throw refusal('--chart', 'values are given without a chart', 'Add the chart with --chart.');
  if (flags.save !== undefined && flags.delete === undefined)
    throw refusal('--save', '--save is given without --delete', 'Omit it: without --delete nothing is removed.');
}

function refusal(field: string, message: string, advice: string): BookendError {
  return new BookendError('bad-input', message, { field, advice });
}

async function allOf(
  cluster: Cluster,
  namespace: string,
  after: Snapshot,
  flags: ResidueFlags,
  invocation: Invocation,
): Promise<ReleaseFacts[]> {
  const facts: ReleaseFacts[] = [];
  for (const name of await releasesOf(cluster, namespace, after))
    facts.push(await factsOf(cluster, { name, namespace }, flags, invocation));
  return facts;
}

async function receiptFor(
  cluster: Cluster,
  release: ReleaseFacts,
  after: Snapshot,
  flags: ResidueFlags,
  { clock }: Invocation,
): Promise<Receipt> {
  const receipt = await playRemovals(receiptOf({ release, after }), after, clock.now());
  const { digest, items } = planRemoval(receipt, flags.include);
  const reinstall = flags.checkReinstall ? await checkReinstall(cluster, release) : undefined;
  return { ...receipt, ...(reinstall && { reinstall }), ...(items.length > 0 && { removal: { digest, items } }) };
}

type Shown = { namespace: string; isOne: boolean; format: 'text' | 'json'; unfinished: readonly ObjectId[] };

async function show(receipts: readonly Receipt[], shown: Shown, invocation: Invocation): Promise<void> {
  const { namespace, isOne, format, unfinished } = shown;
  const { out, colourOut, size, programName } = invocation;
  if (format === 'json') {
    const all = { receipts, ...(unfinished.length > 0 && { unfinished }) };
    return outJson(isOne ? receipts[0] : all, invocation);
  }
  const options = { columns: size().columns, colours: coloursFor(colourOut), programName };
  const texts = receipts.map((receipt) => receiptText(receipt, options));
  out(texts.length === 0 ? nothingKnownText(namespace) : texts.join('\n'));
  if (unfinished.length > 0) out(`\n${unfinishedText(namespace, unfinished)}`);
}

/** Of several the worst; a namespace in which nothing names a release has nothing that could be found by one. */
function worst(receipts: readonly Receipt[]): ExitCode {
  const found = new Set(receipts.map(({ verdict }) => verdict));
  const order: readonly Verdict[] = ['residue', ...verdicts.filter((each) => each !== 'residue' && each !== 'clean')];
  return verdictExitCodes[
    order.find((verdict) => found.has(verdict)) ?? (receipts.length === 0 ? 'clean-as-far-as-seen' : 'clean')
  ];
}
