/** The receipt of one uninstall: what it saw go, what it left and why, and two snapshots of the cluster. */
import { sleep } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/port.ts';
import type { BookendError } from '../../errors.ts';
import { idOfRef, type ObjectId } from '../../objects/identity.ts';
import { checkReinstall } from '../../residue/check-reinstall.ts';
import { playRemovals } from '../../residue/play/play-removals.ts';
import type { Forced, Gone, Kept, Receipt, Stopped } from '../../residue/receipt.ts';
import { receiptOf } from '../../residue/receipt-of.ts';
import type { Snapshot } from '../../residue/snapshot.ts';
import { takeSnapshot } from '../../residue/take-snapshot.ts';
import type { Action } from '../../teardown/decide.ts';
import type { Selection } from '../../uninstall/ordered/selection.ts';
import type { Outcome } from '../delete/outcome.ts';
import { lastBlocker } from '../delete/report.ts';
import type { Invocation } from '../invocation.ts';
import type { UninstallRequest } from './request.ts';
import type { ToUninstall } from './to-uninstall.ts';

export type ReceiptFacts = ToUninstall & {
  cluster: Cluster;
  before: Snapshot | undefined;
  outcome: Outcome;
  selection: Selection | undefined;
  forced: readonly Action[];
  error: BookendError | undefined;
  request: Pick<UninstallRequest, 'checkReinstall' | 'keepHistory'>;
};

/**
 * What the garbage collector has still to do is no residue: it gets so many looks more, this long after each other, in
 * ms.
 */
const mostLooks = 5;
const lookEveryMs = 1_500;

export async function makeReceipt(facts: ReceiptFacts, { clock }: Invocation): Promise<Receipt> {
  const { cluster, subject } = facts;
  const reinstall = facts.request.checkReinstall ? await checkReinstall(cluster, subject) : undefined;
  for (let look = 1; ; look++) {
    const after = await takeSnapshot(cluster);
    const receipt = receiptFrom(facts, after);
    if (receipt.residue.length === 0 || facts.error !== undefined || look >= mostLooks)
      return { ...(await playRemovals(receipt, after, clock.now())), ...(reinstall && { reinstall }) };
    await sleep(clock, lookEveryMs);
  }
}

function receiptFrom(facts: ReceiptFacts, after: Snapshot): Receipt {
  const { subject, before, outcome, forced, error } = facts;
  const stopped = error && stoppedBy(error, outcome);
  const receipt = receiptOf({
    release: subject,
    ...(before && { before }),
    after,
    surroundings: subject.surroundings.objects,
    gone: goneOf(outcome),
    kept: keptOf(facts),
    forced: forced.flatMap(forcedOf),
    failedPreStopHooks: outcome.failedHooks.map(({ namespace, pod, message }) => ({ namespace, pod, message })),
    leftByOperators: leftByOperators(outcome),
    notSeen: outcome.notSeen,
    ...(stopped && { stopped }),
  });
  // The same command deletes what is left, so that nobody has to: without the records it could not go on.
  return stopped ? { ...receipt, residue: [] } : receipt;
}

function leftByOperators({ ledger }: Outcome): { id: ObjectId; by: ObjectId }[] {
  return ledger
    .entries()
    .flatMap(({ id, blocker }) => (blocker?.reason === 'ChildWithoutOwner' ? { id: blocker.object, by: id } : []));
}

function stoppedBy(error: BookendError, outcome: Outcome): Stopped {
  return { how: error.code === 'timeout' ? 'timed-out' : 'blocked', says: lastBlocker(outcome) ?? error.message };
}

function goneOf({ ledger, plan }: Outcome): Gone[] {
  const uids = new Map(plan?.steps.map(({ id, ref }) => [id, ref.uid]));
  return ledger.entries().flatMap(({ id, state, foreign, askedAt, goneAt, after }) => {
    if (state !== 'Gone' || foreign) return [];
    const uid = uids.get(id);
    return [
      {
        id,
        ...(uid !== undefined && { uid }),
        ...(askedAt !== undefined && { askedAt: timestamp(askedAt) }),
        ...(goneAt !== undefined && { goneAt: timestamp(goneAt) }),
        ...(after.length > 0 && { waitedFor: after }),
      },
    ];
  });
}

function timestamp(at: number): string {
  return new Date(at).toISOString();
}

/** Of the release itself, of the plan (`bookend.dev/keep`, `--custom-resources keep`), and Namespaces of others. */
function keptOf({ selection, outcome: { plan, ledger }, request, release }: ReceiptFacts): Kept[] {
  const foreign = new Set(selection?.foreign.map(({ metadata }) => metadata.uid));
  const byPlan = (plan?.steps ?? []).flatMap(({ id, ref, mode, reason = 'kept' }): Kept[] => {
    if (mode !== 'keep') return [];
    const isWish = foreign.has(ref.uid);
    return [
      {
        id,
        ...(ref.uid !== undefined && { uid: ref.uid }),
        by: foreign.size > 0 ? 'user' : 'annotation',
        says: isWish ? '--custom-resources keep' : reason,
      },
    ];
  });
  const inhabited = ledger
    .entries()
    .flatMap(({ id, inhabited, blocker }): Kept[] => (inhabited ? [{ id, by: 'others', says: blocker?.text ?? 'in use' }] : []));
  const history = (request.keepHistory ? (release?.stored ?? []) : []).map(
    (ref): Kept => ({ id: idOfRef(ref), ...(ref.uid !== undefined && { uid: ref.uid }), by: 'user', says: '--keep-history' }),
  );
  return [...(selection?.kept ?? []), ...byPlan, ...inhabited, ...history];
}

function forcedOf(action: Action): Forced[] {
  if (action.type === 'remove-finalizers') {
    const says = `finalizers ${action.finalizers.join(', ')} were removed`;
    return [{ id: action.step, uid: action.target.uid, what: 'finalizer', says, loses: 'the clean-up of their controllers' }];
  }
  if (action.type !== 'force-delete') return [];
  const says = 'it was deleted with grace period 0';
  return [{ id: action.step, uid: action.target.uid, what: 'grace-period', says, loses: 'its preStop hooks and its clean end' }];
}
