/** How uninstalls ended: in words with a receipt for each release, or the receipts as JSON. */

import { BookendError } from '../../errors.ts';
import type { Subject } from '../../reading/subject.ts';
import { verdictExitCodes } from '../../residue/exit-codes.ts';
import { type Receipt, type Verdict, verdicts } from '../../residue/receipt.ts';
import type { Signal } from '../delete/interruption.ts';
import { errorOf, interruptionLines, lastBlocker, summaryOf } from '../delete/report.ts';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { receiptText } from '../residue/text.ts';
import { errorDocument, errorText } from '../show-error.ts';
import { asLines, coloursFor } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import type { OneEnd } from './one-uninstall.ts';
import type { UninstallRequest } from './request.ts';

/**
 * The error that an uninstall ends with; undefined when it came to its end. A Namespace of a chart is to stay where
 * others use it; one that a person has named is not. What an operator has left is residue.
 */
export function errorIn({ from, name }: Subject, { outcome, end }: OneEnd): BookendError | undefined {
  if (end.how === 'hook-failed') return hookFailed(name, end);
  const stays = from === 'release' ? ({ inhabited: 'fine' } as const) : {};
  return errorOf(outcome, { failOnHook: false, onKeep: 'Keep', children: 'fine', ...stays });
}

function hookFailed(name: string, { event, message }: { event: string; message: string }): BookendError {
  const gone = event === 'pre-delete' ? 'Nothing else was deleted.' : 'Everything else is gone.';
  return new BookendError('blocked', `a ${event} hook of release ${name} failed: ${message}`, {
    object: `release ${name}`,
    advice: `${gone} Remove the cause and run the same command again to continue, or pass --no-hooks.`,
  });
}

export function reportInterruption({ outcome }: OneEnd, signal: Signal, { err }: Invocation): void {
  const blocker = lastBlocker(outcome);
  err(asLines([...interruptionLines(outcome, signal), 'Run the same command again to continue.']));
  if (blocker !== undefined) err(asLines([`It waited for: ${blocker}`]));
}

/** What happened, and the receipt, for a person. */
export function reportEnd(
  { outcome, end }: OneEnd,
  receipt: Receipt,
  error: BookendError | undefined,
  { format }: UninstallRequest,
  { err, out, size, colourOut, programName }: Invocation,
): void {
  if (format === 'json') return;
  err(asLines(summaryOf(outcome)));
  // Before anything was deleted everything of the release would be left behind.
  const isBegun = end.how !== 'hook-failed' || end.event !== 'pre-delete';
  if (isBegun) out(receiptText(receipt, { columns: size().columns, colours: coloursFor(colourOut), programName }));
  if (error === undefined) return;
  err(`${errorText(error)}\n`);
  const blocker = end.how === 'hook-failed' ? undefined : lastBlocker(outcome);
  if (blocker !== undefined) err(asLines([blocker]));
}

/** @returns the exit code: that of the error, else that of the worst receipt */
export async function showEnd(
  receipts: readonly Receipt[],
  error: BookendError | undefined,
  asked: number,
  { format }: UninstallRequest,
  invocation: Invocation,
): Promise<ExitCode> {
  if (format === 'json') {
    await outJson(asked === 1 ? receipts[0] : { receipts }, invocation);
    if (error) invocation.err(`${JSON.stringify(errorDocument(error))}\n`);
  }
  const found = new Set(receipts.map(({ verdict }) => verdict));
  const order: readonly Verdict[] = ['residue', ...verdicts.filter((each) => each !== 'residue' && each !== 'clean')];
  return error?.exitCode ?? verdictExitCodes[order.find((verdict) => found.has(verdict)) ?? 'clean'];
}
