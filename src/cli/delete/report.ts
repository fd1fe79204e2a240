/** What a deletion came to: in words, as a document for programs, and as the error that it ends with, if any. Pure. */
import { BookendError } from '../../errors.ts';
import { describeId, idOf, type ObjectId, parseId } from '../../objects/identity.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { criticalPath } from '../../plan/critical-path.ts';
import { whyCommand } from '../../remedies/why-command.ts';
import type { BlockerReason } from '../../teardown/blocker.ts';
import { isData } from '../../teardown/blockers.ts';
import type { FailedHook } from '../../teardown/failed-hooks.ts';
import type { OnKeep } from '../../teardown/live-directives.ts';
import { type Entry, isSettled } from './ledger.ts';
import { keepAdvice } from './live-annotations.ts';
import type { Outcome } from './outcome.ts';
import { count, sentence, shortDuration, took, waits } from './words.ts';

/** The document of `-o json`. Times are in ms from the start. */
export type DeleteDocument = {
  /** In the order in which they were gone. */
  deleted: { object: ObjectId; inside?: ObjectId; askedMs?: number; goneMs: number }[];
  /** What still exists, with the reason. `asked`: its deletion was accepted. */
  left: {
    object: ObjectId;
    inside?: ObjectId;
    state: Entry['state'];
    asked: boolean;
    blocker?: string;
    reason?: BlockerReason;
  }[];
  failedPreStopHooks: FailedHook[];
  /** What could not be looked at, so that something may be left there. */
  notSeen: string[];
  /** Annotations on live objects that counted for nothing; 50 objects at most. */
  ignoredAnnotations?: { object: ObjectId; annotations: string[] }[];
  durationMs: number;
  /**
   * The longest chain of what had to wait for each other: no order could have been faster. Present when all is gone.
   */
  criticalPathMs?: number;
  /** What it waited for at the end. */
  blocker?: string;
};

export function documentOf(outcome: Outcome): DeleteDocument {
  const { ledger, startedAt, endedAt, failedHooks, notSeen, plan, ignored = [] } = outcome;
  const entries = ledger.entries();
  const since = (instant: number) => instant - startedAt;
  const blocker = lastBlocker(outcome);
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const path = plan && criticalPath(plan, ({ id }) => took(byId.get(id) ?? {}, endedAt) ?? 0);
  return {
    deleted: deletedInOrder(entries).map(({ id, inside, askedAt, goneAt = endedAt }) => ({
      object: id,
      ...(inside && { inside }),
      ...(askedAt !== undefined && { askedMs: Math.max(0, since(askedAt)) }),
      goneMs: since(goneAt),
    })),
    left: leftOf(entries).map(({ id, inside, state, askedAt, blocker: why }) => ({
      object: id,
      ...(inside && { inside }),
      state,
      asked: askedAt !== undefined,
      ...(why && { blocker: why.text, reason: why.reason }),
    })),
    failedPreStopHooks: failedHooks,
    notSeen,
    ...(ignored.length > 0 && {
      ignoredAnnotations: ignored.slice(0, 50).map(({ object, annotations }) => ({ object: idOf(object), annotations })),
    }),
    durationMs: since(endedAt),
    ...(path && outcome.ended.how === 'done' && { criticalPathMs: path.totalMs }),
    ...(blocker !== undefined && { blocker }),
  };
}

/** The summary, line by line. */
export function summaryOf({ ledger, startedAt, endedAt, failedHooks, notSeen }: Outcome): string[] {
  const entries = ledger.entries();
  const deleted = deletedInOrder(entries);
  const left = leftOf(entries);
  const { gone } = count(entries);
  const time = shortDuration(endedAt - startedAt);
  return [
    deleted.length === 0
      ? `${entries.some(({ askedAt }) => askedAt !== undefined) ? 'Nothing is gone yet' : 'Nothing was deleted'} (${time})`
      : `${gone} ${gone === 1 ? 'object' : 'objects'} gone in ${time}, in this order: ${some(
          deleted.map(({ label }) => label),
          30,
          ' → ',
        )}`,
    ...left
      .slice(0, 10)
      .map(({ label, state, blocker, askedAt }) => `  left     ${label}: ${leftReason(state, blocker?.text, askedAt)}`),
    ...(left.length > 10 ? [`  left     and ${left.length - 10} more`] : []),
    ...failedHooks
      .slice(0, 10)
      .map(
        ({ namespace, pod, message, count: times }) =>
          `  warning  a preStop hook failed, and its clean-up may be missing: Pod ${namespace}/${pod}${times > 1 ? ` (${times} times)` : ''}: ${message}`,
      ),
    ...notSeen.slice(0, 3).map((text) => `  not seen ${whatOf(text)}`),
    ...(notSeen.length > 3 ? [`  not seen and ${notSeen.length - 3} more kinds; -o json lists them`] : []),
  ];
}

/** What could not be done, without the API server's own words for it: they are long, and all alike. */
function whatOf(text: string): string {
  return text.split(': ')[0] ?? text;
}

/** What the person wants to be an error. */
export type Manner = {
  failOnHook: boolean;
  onKeep: OnKeep;
  /** Whether objects without an owner that an operator left are an error. Default: those that run are. */
  children?: 'fine';
  /** Whether a Namespace that stays, since objects of others are in it, is an error. Default: it is. */
  inhabited?: 'fine';
};

/** The error that the command ends with; undefined when everything is as it was asked for. */
export function errorOf(outcome: Outcome, { failOnHook, onKeep, inhabited, children }: Manner): BookendError | undefined {
  const { ended, ledger, failedHooks } = outcome;
  const entries = ledger.entries();
  if (ended.how === 'refused') return ended.error;
  if (ended.how === 'recreated') return recreated(ended.objects);
  if (ended.how === 'timeout') return timedOut(outcome, entries);
  return (
    stayed(
      children === 'fine' ? [] : entries.filter((entry) => leftChildren(entry) && !isLeftData(entry)),
      ['is gone, but what its operator made for it is not', 'are gone, but what their operator made for them is not'],
      'Check whether anybody needs these objects, and delete them:',
    ) ??
    stayed(
      entries.filter((entry) => entry.state === 'Passed' && !leftChildren(entry)),
      ['was not gone in time, and stayed behind', 'were not gone in time, and stayed behind'],
      'Remove the blocker and run the command again.',
    ) ??
    stayed(
      inhabited === 'fine' ? [] : inhabitedOf(entries),
      ['was kept, because objects of others are in it', 'were kept, because objects of others are in them'],
      'Move or delete these objects:',
    ) ??
    stayed(
      entries.filter(({ state }) => state === 'Kept' && onKeep === 'Refuse'),
      [
        'appeared during the deletion with an annotation to keep it, and stayed',
        'appeared during the deletion with an annotation to keep them, and stayed',
      ],
      keepAdvice,
    ) ??
    (failOnHook ? hooksFailed(failedHooks.length) : undefined)
  );
}

function leftChildren({ state, blocker }: Entry): boolean {
  return state === 'Passed' && blocker?.reason === 'ChildWithoutOwner';
}

/** Nothing that runs is left, only what operators often leave on purpose: it is reported, and no failure. */
function isLeftData({ blocker }: Entry): boolean {
  const { group = '?', kind = '' } = blocker ? parseId(blocker.object) : {};
  return isData({ apiVersion: group === '' ? 'v1' : group, kind });
}

function recreated(objects: readonly ObjectId[]): BookendError {
  const names = some(objects.map(describeId), 3);
  return new BookendError('blocked', `${names} ${objects.length === 1 ? 'was' : 'were'} recreated after each deletion`, {
    advice: 'Stop the controller that recreates it.',
  });
}

function timedOut({ startedAt, endedAt }: Outcome, entries: readonly Entry[]): BookendError {
  const open = entries.filter((entry) => !isSettled(entry));
  const [first] = waits(entries);
  const why = first && explainedBy(first);
  const isBlocked = open.some(({ state }) => state === 'Blocked');
  const what =
    open.length === 0
      ? 'Bookend was still reading the cluster'
      : `${labels(open, 5)} ${open.length === 1 ? 'is' : 'are'} still there`;
  const nothing = entries.every(({ askedAt }) => askedAt === undefined) ? ', and nothing was deleted' : '';
  return new BookendError(
    isBlocked ? 'blocked' : 'timeout',
    `Timed out after ${shortDuration(endedAt - startedAt)}: ${what}${nothing}`,
    {
      ...(first && { object: first.label }),
      advice: `${why === undefined ? '' : `See what holds it:\n${why}\n`}Remove the blocker, then run the same command again to continue. Blocker:`,
    },
  );
}

/** The command that tells more: of what is being deleted, or whose deletion was refused. */
function explainedBy({ id, askedAt, blocker }: Entry): string | undefined {
  if (askedAt === undefined && blocker?.reason !== 'AttemptFailed') return undefined;
  return shellCommand(...whyCommand(id));
}

/** @param fate what happened to one, and to several */
function stayed(entries: readonly Entry[], [one, several]: [string, string], advice: string): BookendError | undefined {
  if (entries.length === 0) return undefined;
  return new BookendError('blocked', `${labels(entries, 5)} ${entries.length === 1 ? one : several}`, { advice });
}

function hooksFailed(count: number): BookendError | undefined {
  if (count === 0) return undefined;
  const message = `${count === 1 ? 'a preStop hook' : `${count} preStop hooks`} failed`;
  return new BookendError('blocked', message, { advice: 'Everything is gone. Check what the hooks should have cleaned up.' });
}

/** What a person who ends the command must know. */
export function interruptionLines({ ledger }: Outcome, signal: string): string[] {
  const entries = ledger.entries();
  const [first] = waits(entries);
  const why = first && explainedBy(first);
  const asked = entries.filter((entry) => entry.askedAt !== undefined && !isSettled(entry));
  const untouched = entries.filter((entry) => entry.askedAt === undefined && !isSettled(entry) && !entry.foreign);
  const { gone } = count(entries);
  return [
    `Ended by ${signal}. ${gone === 0 ? 'Nothing is gone yet' : `${gone} gone`}.`,
    asked.length > 0 ? `Already terminating, and continuing without Bookend: ${labels(asked, 10)}` : 'No deletion is under way.',
    ...(untouched.length > 0 ? [`Not deleted, still there: ${labels(untouched, 10)}`] : []),
    ...(why === undefined ? [] : [`To see what holds it: ${why}`]),
  ];
}

/** The one sentence that says what it waited for; the last line of a log. Undefined when nothing is waited for. */
export function lastBlocker({ ledger, ended }: Outcome): string | undefined {
  if (ended.how === 'refused') return ended.error.message;
  const entries = ledger.entries();
  const stayed = () => [...entries.filter(({ state }) => state === 'Passed'), ...inhabitedOf(entries)];
  const [first] = ended.how === 'done' ? stayed() : waits(entries);
  return first && sentence(first).replaceAll('\n', ' ');
}

/** Namespaces that were to go and stay, since objects of others are in them. */
function inhabitedOf(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ state, inhabited }) => state === 'Kept' && inhabited);
}

function deletedInOrder(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ state, foreign }) => state === 'Gone' && !foreign).sort((a, b) => (a.goneAt ?? 0) - (b.goneAt ?? 0));
}

function leftOf(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ state, foreign }) => state !== 'Gone' && !(foreign && state === 'Passed'));
}

function leftReason(state: Entry['state'], blocker: string | undefined, askedAt: number | undefined): string {
  const what = state === 'Kept' ? 'kept' : askedAt === undefined ? 'not deleted yet' : 'being deleted';
  return blocker === undefined ? what : `${what}, ${blocker}`;
}

function labels(entries: readonly Entry[], most: number): string {
  return some(
    entries.map(({ label }) => label),
    most,
  );
}

function some(texts: string[], most: number, separator = ', '): string {
  return texts.length > most ? `${texts.slice(0, most).join(separator)} and ${texts.length - most} more` : texts.join(separator);
}
