/**
 * Carries `bookend uninstall` out: reads what is to go, shows what will happen, asks, and uninstalls one after the
 * other.
 */

import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { BookendError } from '../../errors.ts';
import { managedByNotes } from '../../reading/managed-by.ts';
import type { Receipt } from '../../residue/receipt.ts';
import { keptProgress } from '../../uninstall/ordered/kept-progress.ts';
import { refuseInhabited } from '../../uninstall/ordered/refusals.ts';
import { checkRights, type Granted, needsOf, needsOfManifests } from '../../uninstall/ordered/rights.ts';
import { type Look, lookAround } from '../../uninstall/ordered/uninstall.ts';
import type { Connected } from '../connected.ts';
import { displayFor } from '../delete/display.ts';
import { exitCodes, interruptionBy, type Signal } from '../delete/interruption.ts';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { asLines } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { type OneUninstall, orderedOptions, uninstallOne } from './one-uninstall.ts';
import { overviewDocument, overviewLines } from './overview.ts';
import { readFiles } from './read-files.ts';
import { readNamespace } from './read-namespace.ts';
import { alsoGoing, readReleases } from './read-releases.ts';
import { makeReceipt } from './receipt.ts';
import { errorIn, reportEnd, reportInterruption, showEnd } from './report.ts';
import { requestOf, type UninstallFlags, type UninstallRequest } from './request.ts';
import type { ToUninstall } from './to-uninstall.ts';

/** @throws BookendError for what is wrong before anything was deleted, and for what stops it between the deletions */
export async function runUninstall(releases: string[], flags: UninstallFlags, invocation: Invocation): Promise<ExitCode> {
  const request = requestOf(releases, flags);
  if (!request.yes && !request.dryRun && invocation.ask === undefined) throw notConfirmed();
  const interruption = interruptionBy(invocation);
  const connected = await invocation.connect(flags);
  try {
    const all = await readAll(request, flags.namespace, connected, invocation);
    if (all.length === 0) {
      invocation.err('Nothing to uninstall\n');
      return 0;
    }
    const looks = await lookAtAll(all, request, connected, invocation);
    if (request.dryRun) return await showDryRun(all, looks, request, invocation);
    if (!request.yes) await confirm(all, request, invocation);
    return await uninstallAll(all, request, connected, interruption, invocation);
  } finally {
    interruption.forget();
    await connected.cluster.close();
  }
}

async function readAll(
  request: UninstallRequest,
  given: string | undefined,
  { cluster, namespace }: Connected,
  invocation: Invocation,
): Promise<ToUninstall[]> {
  const { namespaceDelete, files } = request;
  if (namespaceDelete !== undefined) {
    const found = await readNamespace(cluster, namespaceDelete, given, request, invocation);
    return found ? [found] : [];
  }
  if (files.length === 0) return readReleases(cluster, given ?? namespace, request, invocation);
  const found = await readFiles(cluster, given ?? namespace, request, invocation);
  return found ? [found] : [];
}

/** Looks at all of them, checks the rights for all, and shows them: nothing is deleted before all of it is known. */
async function lookAtAll(
  all: readonly ToUninstall[],
  request: UninstallRequest,
  { cluster }: Connected,
  { clock, out, err }: Invocation,
): Promise<Look[]> {
  const looks: Look[] = [];
  for (const each of all) {
    const { release, subject, record } = each;
    const note = (texts: readonly string[]) => request.format === 'text' && err(asLines(texts.map((text) => `note: ${text}`)));
    note(each.notes);
    const { policy, hooks } = request;
    const rights = { subject, onTimeout: policy.onTimeout, hooks, record, ...(release && { stored: release.stored }) };
    const granted: Granted = new Map();
    const loading = keptProgress(cluster, record).load();
    // What is missing is to be told before what could not be read.
    loading.catch(() => {});
    await checkRights(cluster, needsOfManifests(rights), granted);
    const options = orderedOptions({ ...each, request, alsoGoing: alsoGoing(all, each) }, cluster, clock);
    const written = (await loading)?.order ?? { steps: [] };
    const look = await lookAround(options, written, 'start', each.asRead);
    await checkRights(cluster, needsOf({ ...rights, plan: look.plan, reach: look.round.found.reach }), granted);
    if (subject.from === 'files') await refuseInhabited(cluster, look);
    if (!release) note(managedByNotes(look.selection.objects));
    if (request.format === 'text') out(asLines(overviewLines(each, look, request)));
    looks.push(look);
  }
  return looks;
}

async function showDryRun(
  all: readonly ToUninstall[],
  looks: readonly Look[],
  request: UninstallRequest,
  invocation: Invocation,
): Promise<ExitCode> {
  if (request.format === 'json') {
    const documents = all.flatMap((each, index) => {
      const look = looks[index];
      return look ? overviewDocument(each, look, request) : [];
    });
    const document = all.every(({ release }) => release) ? { releases: documents } : documents[0];
    await outJson(document, invocation);
  } else invocation.out('Dry run: nothing was changed.\n');
  return 0;
}

function notConfirmed(): BookendError {
  return new BookendError('bad-input', 'there is no terminal to ask for confirmation', {
    field: '--yes',
    advice: 'Look at the order with --dry-run, then pass --yes. Nothing was done.',
  });
}

/** A namespace is more than what a person has in mind: its name is to be typed. */
async function confirm(all: readonly ToUninstall[], { namespaceDelete }: UninstallRequest, { ask }: Invocation): Promise<void> {
  const names = all.map(({ subject }) => subject.name).join(', ');
  const isNamespace = namespaceDelete !== undefined;
  const question = isNamespace
    ? `Type the name of the namespace to delete it with everything in it: `
    : `Uninstall ${names}? [y/N] `;
  const answer = ((await ask?.(question)) ?? '').trim();
  if (isNamespace ? answer === namespaceDelete : /^y(es)?$/i.test(answer)) return;
  throw new BookendError('bad-input', 'not confirmed', { advice: 'Answer as asked to go on. Nothing was done.' });
}

async function uninstallAll(
  all: readonly ToUninstall[],
  request: UninstallRequest,
  { cluster, readLog }: Connected,
  { signal, received }: { signal: AbortSignal; received(): Signal | undefined },
  invocation: Invocation,
): Promise<ExitCode> {
  const { clock } = invocation;
  const until = request.timeoutMs > 0 ? clock.now() + request.timeoutMs : undefined;
  const identity = `${userInfo().username}@${hostname()} (process ${process.pid}, ${randomUUID().slice(0, 8)})`;
  const receipts: Receipt[] = [];
  for (const each of all) {
    const display = displayFor(invocation, request.format === 'json');
    const one: OneUninstall = {
      ...each,
      ...{ cluster, request, identity, signal, display, nonce: randomUUID(), alsoGoing: alsoGoing(all, each) },
      ...(until !== undefined && { until }),
      ...(readLog && { readLog }),
    };
    const ended = await uninstallOne(one, invocation);
    display.end(ended.outcome.ledger, clock.now());
    const interrupted = ended.outcome.ended.how === 'interrupted' ? (received() ?? 'SIGTERM') : undefined;
    if (interrupted !== undefined) {
      reportInterruption(ended, interrupted, invocation);
      return exitCodes[interrupted];
    }
    const error = errorIn(each.subject, ended);
    const selection = ended.end.how === 'done' ? ended.end.selection : undefined;
    const { outcome, forced, before } = ended;
    const receipt = await makeReceipt({ ...each, cluster, before, outcome, selection, forced, error, request }, invocation);
    receipts.push(receipt);
    reportEnd(ended, receipt, error, request, invocation);
    if (error !== undefined) return showEnd(receipts, error, all.length, request, invocation);
  }
  return showEnd(receipts, undefined, all.length, request, invocation);
}
