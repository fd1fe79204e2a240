/**
 * Uninstalls what has been shown and confirmed, one after the other: takes its turn, goes on where it was left,
 * reports.
 */
import type { Cluster } from '../../cluster/port.ts';
import { BookendError } from '../../errors.ts';
import { fieldAt, listOf, mapOf, textOf } from '../../objects/fields.ts';
import { describeRef, refOf } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { Release } from '../../reading/release.ts';
import { deleteHistory, markRelease, readRecordOf } from '../../reading/release-history.ts';
import type { Snapshot } from '../../residue/snapshot.ts';
import { takeSnapshot } from '../../residue/take-snapshot.ts';
import type { Action } from '../../teardown/decide.ts';
import type { History } from '../../uninstall/ordered/history.ts';
import { keptProgress } from '../../uninstall/ordered/kept-progress.ts';
import { takeTurn, tracesOf } from '../../uninstall/ordered/turn.ts';
import { type LookOptions, type OrderedEnd, uninstallInOrder } from '../../uninstall/ordered/uninstall.ts';
import type { UninstallContext } from '../../uninstall/tool.ts';
import type { Display } from '../delete/display.ts';
import { inTime } from '../delete/in-time.ts';
import { Observer } from '../delete/observer.ts';
import type { Ended, Outcome } from '../delete/outcome.ts';
import type { Invocation } from '../invocation.ts';
import type { UninstallRequest } from './request.ts';
import type { ToUninstall } from './to-uninstall.ts';

export type OneUninstall = ToUninstall & {
  cluster: Cluster;
  request: UninstallRequest;
  alsoGoing: ReadonlySet<string>;
  /** Who runs this, for the message to a second one; unique. */
  identity: string;
  nonce: string;
  signal: AbortSignal;
  /** When the whole command must be over; absent: whenever. */
  until?: number;
  display: Display;
  readLog?(pod: ObjectRef, container: string): Promise<string>;
};

export type OneEnd = {
  outcome: Outcome;
  end: OrderedEnd<Ended>;
  forced: Action[];
  /** Taken before anything was changed. */
  before: Snapshot | undefined;
};

/** @throws BookendError `conflict` when somebody else uninstalls it; what stops it before or between the deletions */
export async function uninstallOne(one: OneUninstall, invocation: Invocation): Promise<OneEnd> {
  const { cluster, record, identity, display } = one;
  const { clock } = invocation;
  const onNote = (text: string) => display.note(text);
  const turn = await takeTurn({ cluster, clock, record, identity, onNote });
  try {
    const running = run(one, turn.cluster, invocation);
    return await Promise.race([running, turn.lost]);
  } finally {
    await turn.end().catch(() => {});
  }
}

async function run(one: OneUninstall, cluster: Cluster, { clock }: Invocation): Promise<OneEnd> {
  const { display, request, release } = one;
  const observer = new Observer({
    cluster,
    clock,
    onProgress: (ledger, now) => display.progress(ledger, now),
    onNote: (text) => display.note(text),
  });
  const forced: Action[] = [];
  let before: Snapshot | undefined;
  const limits = { clock, signal: one.signal, ...(one.until !== undefined && { until: one.until }) };
  try {
    const end = await uninstallInOrder<Ended>({
      ...orderedOptions(one, observer.cluster, clock),
      memory: keptProgress(cluster, one.record),
      ...(release && { history: historyOf(release, request, cluster, clock) }),
      nonce: one.nonce,
      prepare: async () => {
        before = await takeSnapshot(cluster, { except: tracesOf(one.record) });
      },
      policy: () => request.policy,
      within: async (part) => {
        const ended = await inTime(part as Promise<object>, limits);
        const isOver = 'how' in ended && (ended.how === 'timeout' || ended.how === 'interrupted');
        return (isOver ? { end: ended } : ended) as Awaited<typeof part> | { end: Ended };
      },
      onLook: ({ plan, round, selection }) => observer.planned(plan, selection.objects, round.found.reach.notSeen),
      onDecision: (decision, { plan }) => {
        const error = observer.decided(decision, plan);
        return error && { how: 'refused', error };
      },
      onForced: (action) => {
        forced.push(action);
        observer.forced(action);
      },
      onNote: (text) => display.note(text),
      eventsLateMs: ({ plan }) => observer.eventsLateMs(plan),
      onRoundOver: (round) => observer.roundOver(round),
    });
    return { outcome: observer.outcome(end.how === 'ended' ? end.end : { how: 'done' }), end, forced, before };
  } finally {
    observer.close();
  }
}

/** What a look needs, before and during the uninstall. */
export function orderedOptions(
  one: Pick<OneUninstall, 'subject' | 'request' | 'alsoGoing' | 'readLog' | 'madeAgain' | 'readSubject'>,
  cluster: Cluster,
  clock: Invocation['clock'],
): LookOptions {
  const { subject, request, alsoGoing, readLog, madeAgain, readSubject } = one;
  const context: UninstallContext = {
    subject,
    scenario: { tool: 'bookend', wait: true, hooks: request.hooks, timeoutMs: request.hookTimeoutMs, seed: 1 },
    cluster,
    clock,
    startedAt: clock.now(),
    steps: [],
    waitsForEver: () => {},
    ...(readLog && { logOf: (hook: KubernetesObject) => logOf(cluster, hook, readLog) }),
  };
  return {
    context,
    choices: request.choices,
    alsoGoing: alsoGoing as ReadonlySet<never>,
    ...(madeAgain && { madeAgain }),
    ...(readSubject && { readSubject }),
  };
}

function historyOf(release: Release, request: UninstallRequest, cluster: Cluster, clock: Invocation['clock']): History {
  const at = () => new Date(clock.now());
  return {
    async markUninstalling() {
      // Of one that is uninstalled only its history is left.
      if (release.status === 'uninstalled') return;
      const description = 'Deletion in progress (or silently failed)';
      await markRelease(cluster, release, { status: 'uninstalling', description, at: at() });
    },
    async close() {
      if (request.keepHistory)
        await markRelease(cluster, release, { status: 'uninstalled', description: 'Uninstallation complete', at: at() });
      else await deleteHistory(cluster, await readRecordOf(cluster, release));
    },
  };
}

/** The last lines that the failed Pod of a hook has printed; undefined where they cannot be read. */
async function logOf(
  cluster: Cluster,
  hook: KubernetesObject,
  readLog: (pod: ObjectRef, container: string) => Promise<string>,
): Promise<string | undefined> {
  try {
    const { uid, namespace } = hook.metadata;
    const pods =
      hook.kind === 'Pod'
        ? [hook]
        : (await cluster.list({ apiVersion: 'v1', kind: 'Pod', ...(namespace !== undefined && { namespace }) })).items.filter(
            ({ metadata }) => (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid),
          );
    const pod = pods
      .sort((a, b) => String(a.metadata.creationTimestamp).localeCompare(String(b.metadata.creationTimestamp)))
      .at(-1);
    const [container] = listOf(fieldAt(pod?.spec, 'containers'));
    const name = textOf(mapOf(container).name);
    return pod === undefined || name === undefined ? undefined : (await readLog(refOf(pod), name)).trimEnd() || undefined;
  } catch (error) {
    return error instanceof BookendError ? `the log of ${describeRef(refOf(hook))} cannot be read: ${error.message}` : undefined;
  }
}
