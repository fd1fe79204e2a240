/** What a deletion came to: in words, as a document for programs, and as the error that it ends with, if any. Pure. */
import { BookendError } from '../../errors.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import { criticalPath } from '../../plan/critical-path.ts';
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
  left: { object: ObjectId; inside?: ObjectId; state: Entry['state']; asked: boolean; blocker?: string }[];
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
    left: leftOf(entries).map(({ id, inside, state, askedAt, blocker: reason }) => ({
      object: id,
      ...(inside && { inside }),
      state,
      asked: askedAt !== undefined,
      ...(reason !== undefined && { blocker: reason }),
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
    ...someLines(left, 10).map(
      ({ label, state, blocker, askedAt }) => `  left     ${label}: ${leftReason(state, blocker, askedAt)}`,
    ),
    ...(left.length > 10 ? [`  left     and ${left.length - 10} more`] : []),
    ...someLines(failedHooks, 10).map(
      ({ namespace, pod, message, count: times }) =>
        `  warning  a preStop hook failed, and its clean-up may be missing: Pod ${namespace}/${pod}${times > 1 ? ` (${times} times)` : ''}: ${message}`,
    ),
    ...someLines(notSeen, 3).map((text) => `  not seen ${whatOf(text)}`),
    ...(notSeen.length > 3 ? [`  not seen and ${notSeen.length - 3} more kinds; -o json lists them`] : []),
  ];
}

/** What could not be done, without the API server's own words for it: they are long, and all alike. */
function whatOf(text: string): string {
  return text.split(': ')[0] ?? text;
}

/** What the person wants to be an error. */
export type Manner = { failOnHook: boolean; onKeep: OnKeep };

/** The error that the command ends with; undefined when everything is as it was asked for. */
export function errorOf(outcome: Outcome, { failOnHook, onKeep }: Manner): BookendError | undefined {
  const { ended, ledger, startedAt, endedAt, failedHooks } = outcome;
  const entries = ledger.entries();
  const time = shortDuration(endedAt - startedAt);
  if (ended.how === 'refused') return ended.error;
  if (ended.how === 'recreated') {
    const names = some(ended.objects.map(describeId), 3);
    return new BookendError('blocked', `${names} ${ended.objects.length === 1 ? 'was' : 'were'} recreated after each deletion`, {
      advice: 'Stop the controller that recreates it.',
    });
  }
  if (ended.how === 'timeout') {
    const open = entries.filter((entry) => !isSettled(entry));
    const [first] = waits(entries);
    const blocked = open.some(({ state }) => state === 'Blocked');
    const what =
      open.length === 0
        ? 'Bookend was still reading the cluster'
        : `${some(
            open.map(({ label }) => label),
            5,
          )} ${open.length === 1 ? 'is' : 'are'} still there`;
    const nothing = entries.every(({ askedAt }) => askedAt === undefined) ? ', and nothing was deleted' : '';
    const message = `Timed out after ${time}: ${what}${nothing}`;
    return new BookendError(blocked ? 'blocked' : 'timeout', message, {
      ...(first && { object: first.label }),
      advice: 'Remove the blocker, then run the same command again to continue. Blocker:',
    });
  }
  const passed = entries.filter(({ state }) => state === 'Passed');
  if (passed.length > 0) {
    const message = `${some(
      passed.map(({ label }) => label),
      5,
    )} ${passed.length === 1 ? 'was' : 'were'} not gone in time, and stayed behind`;
    return new BookendError('blocked', message, { advice: 'Remove the blocker and run the command again.' });
  }
  const inhabited = inhabitedOf(entries);
  if (inhabited.length > 0) {
    const message = `${some(
      inhabited.map(({ label }) => label),
      5,
    )} ${inhabited.length === 1 ? 'was' : 'were'} kept, because objects of others are in it`;
    return new BookendError('blocked', message, { advice: 'Move or delete these objects:' });
  }
  const kept = entries.filter(({ state }) => state === 'Kept');
  if (onKeep === 'Refuse' && kept.length > 0) {
    const message = `${some(
      kept.map(({ label }) => label),
      5,
    )} appeared during the deletion with an annotation to keep it, and stayed`;
    return new BookendError('blocked', message, { advice: keepAdvice });
  }
  if (failOnHook && failedHooks.length > 0) {
    const message = `${failedHooks.length === 1 ? 'a preStop hook' : `${failedHooks.length} preStop hooks`} failed`;
    return new BookendError('blocked', message, { advice: 'Everything is gone. Check what the hooks should have cleaned up.' });
  }
  return undefined;
}

/** What a person who ends the command must know. */
export function interruptionLines({ ledger }: Outcome, signal: string): string[] {
  const entries = ledger.entries();
  const asked = entries.filter((entry) => entry.askedAt !== undefined && !isSettled(entry));
  const untouched = entries.filter((entry) => entry.askedAt === undefined && !isSettled(entry) && !entry.foreign);
  const { gone } = count(entries);
  return [
    `Ended by ${signal}. ${gone === 0 ? 'Nothing is gone yet' : `${gone} gone`}.`,
    ...(asked.length > 0
      ? [
          `Deleted already, and going on without us: ${some(
            asked.map(({ label }) => label),
            10,
          )}`,
        ]
      : ['No deletion is under way.']),
    ...(untouched.length > 0
      ? [
          `Not deleted, still there: ${some(
            untouched.map(({ label }) => label),
            10,
          )}`,
        ]
      : []),
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

function some(texts: string[], most: number, separator = ', '): string {
  return texts.length > most ? `${texts.slice(0, most).join(separator)} and ${texts.length - most} more` : texts.join(separator);
}

function someLines<T>(items: T[], most: number): T[] {
  return items.slice(0, most);
}
