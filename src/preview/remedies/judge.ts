/**
 * Whether a remedy that was played holds: what it is for is gone, nothing worse came, and nobody else's objects were
 * touched.
 */
import type { Stored } from '../../cluster/simulated/api/store.ts';
import { findEdges } from '../../graph/build.ts';
import { makeWorld } from '../../graph/world.ts';
import { hookAnnotation } from '../../knowledge/hooks.ts';
import { describeId, idOf, idOfRef, type ObjectId, parseId } from '../../objects/identity.ts';
import { keepReason } from '../../objects/policies.ts';
import { stripsFinalizers } from '../../remedies/play/printed.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import type { UnplayedFinding } from '../finding.ts';
import { goneTimesOf } from '../play/outcome.ts';
import { hookDeleting } from '../rules/hook-reach.ts';
import { type RuleInput, ruleInputOf } from '../rules/rule-input.ts';
import type { Stage, Trial } from './trial.ts';

/** What a remedy is judged by. `known`: everything that was found before, behind a hook that fails too. */
export type Case = {
  finding: UnplayedFinding;
  remedy: ProposedRemedy;
  stage: Stage;
  known: readonly UnplayedFinding[];
  trial: Trial;
};

/** @returns why it does not hold, in words */
export function whyNot(each: Case): string | undefined {
  return stillFound(each) ?? somethingWorse(each) ?? strippedTooMuch(each) ?? someoneElses(each) ?? takenFromOthers(each);
}

function stillFound({ finding, stage, trial }: Case): string | undefined {
  const still = trial.found.find((each) => isSame(each, finding, stage.found));
  if (still) return `it is found all the same: ${still.title}`;
  const ids = idsOf(finding);
  const stuck = trial.context.play.left.find(
    ({ id, why, supposed }) => why === 'stuck' && !supposed && ids.has(id) && !isAnothers(id, finding, stage, trial),
  );
  return stuck && `${describeId(stuck.id)} stays Terminating: ${stuck.because}`;
}

/** It hangs for another reason, as it did before, and that has a finding of its own. */
function isAnothers(id: ObjectId, { rule }: UnplayedFinding, stage: Stage, trial: Trial): boolean {
  const has = ({ found }: Stage) => found.some((each) => each.rule !== rule && each.severity !== 'note' && idsOf(each).has(id));
  return has(stage) && has(trial);
}

/** Of one rule and about the same object, unless it is another finding that was there before. */
function isSame(now: UnplayedFinding, finding: UnplayedFinding, all: readonly UnplayedFinding[]): boolean {
  if (now.rule !== finding.rule) return false;
  if (now.title === finding.title) return true;
  const [main] = finding.objects;
  if (main === undefined || !idsOf(now).has(idOfRef(main))) return false;
  return !all.some((other) => other !== finding && other.rule === now.rule && isWithin(now, other));
}

function isWithin(now: UnplayedFinding, before: UnplayedFinding): boolean {
  const ids = idsOf(before);
  return [...idsOf(now)].every((id) => ids.has(id));
}

function idsOf({ objects }: UnplayedFinding): Set<ObjectId> {
  return new Set(objects.map(idOfRef));
}

const ranks = { error: 0, warning: 1, note: 2 };

function somethingWorse({ finding, remedy, stage, known, trial }: Case): string | undefined {
  const worse = trial.found.find(
    (now) =>
      now.severity !== 'note' &&
      !isMilder(now, finding, trial) &&
      !isAccepted(now, finding, remedy, trial) &&
      !known.some((before) => isKnown(now, before)),
  );
  if (worse) return `something new is found: ${worse.rule}: ${worse.title}`;
  const { outcome, message = '' } = trial.context.play;
  // What was deleted before, kubectl reports as not found, and goes on.
  const isOnlyGone =
    stage.context.scenario.tool === 'kubectl' && message.split('\n').every((line) => line.includes('(NotFound)'));
  const isWorse = stage.context.play.outcome === 'succeeded' && outcome !== 'succeeded' && !isOnlyGone;
  return isWorse
    ? `the uninstall does not succeed any more: ${trial.context.play.message ?? trial.context.play.outcome}`
    : undefined;
}

/** It was found before, and was as bad. */
function isKnown(now: UnplayedFinding, before: UnplayedFinding): boolean {
  const isAsBad = ranks[before.severity] <= ranks[now.severity];
  return before.rule === now.rule && isAsBad && (before.title === now.title || overlaps(now, before));
}

/** What is left of the same case when the uninstall succeeds, such as a doubt about what nobody has seen. */
function isMilder(now: UnplayedFinding, finding: UnplayedFinding, { context }: Trial): boolean {
  const isBetter = ranks[now.severity] > ranks[finding.severity] && context.play.outcome === 'succeeded';
  return isBetter && overlaps(now, finding);
}

/** A doubt about what nobody has seen was there before, behind what was seen; and what is lost was said. */
function isAccepted(now: UnplayedFinding, finding: UnplayedFinding, remedy: ProposedRemedy, { deeds }: Trial): boolean {
  if (now.unseen) return overlaps(now, finding) && !remedy.steps.some((step) => step.do === 'change');
  const meant = new Set([...deeds.targets, ...idsOf(finding)]);
  const isTargeted = deeds.targets.size > 0 && [...idsOf(now)].every((id) => meant.has(id));
  return isTargeted && remedy.loses !== undefined && remedy.steps.some((step) => step.do === 'run' && step.when === 'after');
}

function overlaps(now: UnplayedFinding, before: UnplayedFinding): boolean {
  const ids = idsOf(before);
  return [...idsOf(now)].some((id) => ids.has(id));
}

/**
 * A finalizer that somebody still serves guards something; and a patch that empties the list takes those of later too.
 */
function strippedTooMuch({ remedy, trial: { deeds, context } }: Case): string | undefined {
  if (remedy.steps.some((step) => step.do === 'run' && stripsFinalizers(step)))
    return 'it removes every finalizer, also those of other controllers';
  const goneAt = goneTimesOf(context.play.moments);
  for (const { object, removed } of deeds.finalizers)
    for (const finalizer of removed) {
      const servers = context.serving.serversOfFinalizer(finalizer, object);
      if (servers === 'kubernetes') return `Kubernetes itself removes ${finalizer}`;
      const server = servers.find(({ workload }) => !goneAt.has(workload));
      if (server) return `${describeId(server.workload)} serves ${finalizer}`;
    }
  return undefined;
}

/**
 * Whatever outlived the uninstall before does so still, apart from what the finding is about and what hangs on that.
 */
function someoneElses({ finding, remedy, stage, trial }: Case): string | undefined {
  const { subject, play } = stage.context;
  const deleted = subject.objects.filter(({ object }) => keepReason(object) === undefined).map(({ object }) => idOf(object));
  const changed = remedy.steps.flatMap((step) => (step.do === 'change' ? [step.object] : []));
  const given = new Set([...subject.objects, ...subject.hooks, ...subject.crds].map(({ object }) => idOf(object)));
  const about = idsOf(finding);
  // What is of others may go only where a command says so, never because its definition or its namespace went.
  const named = [...about].filter((id) => given.has(id) || trial.deeds.targets.has(id) || isOwned(trial.before.get(id)));
  const hooks = subject.hooks.map(({ object }) => idOf(object));
  const allowed = new Set<ObjectId>([...deleted, ...hooks, ...changed, ...(play.supposedObjects ?? []), ...named]);
  // Made for the few that need it: it puts everything in order.
  let input: RuleInput | undefined;
  const isForHook = (id: ObjectId) => {
    input ??= ruleInputOf(stage.context);
    return hookDeleting(id, input, ['pre-delete', 'post-delete']) !== undefined;
  };
  for (const [id, before] of stage.after) {
    if (allowed.has(id) || isPassing(before) || before.metadata.deletionTimestamp !== undefined) continue;
    const now = trial.after.get(id);
    if (now === undefined && isForHook(id)) continue;
    if (now === undefined) return `${describeId(id)} goes with it`;
    if (now.metadata.uid === before.metadata.uid ? isChanged(before, now) : false) return `${describeId(id)} is changed by it`;
  }
  return undefined;
}

function isOwned(object: Stored | undefined): boolean {
  return (object?.metadata.ownerReferences ?? []).length > 0;
}

/** What controllers create and remove all the time; what has an owner goes with it. */
function isPassing(object: Stored): boolean {
  return passing.has(object.kind) || isOwned(object);
}

const passing = new Set([
  'Event',
  'Lease',
  'Pod',
  'ReplicaSet',
  'Endpoints',
  'EndpointSlice',
  'ControllerRevision',
  'Node',
  'PersistentVolume',
]);

/** What was written to it; status, and what the API server counts, change by themselves. */
function isChanged(before: Stored, now: Stored): boolean {
  return before !== now && JSON.stringify(written(before)) !== JSON.stringify(written(now));
}

function written({ status: _, metadata, ...rest }: Stored) {
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  return { ...rest, labels, annotations, finalizers, ownerReferences };
}

/** A change of the chart must leave what runs what it needs: a hook's account does not live beside a Deployment. */
function takenFromOthers({ remedy, stage, trial }: Case): string | undefined {
  if (!remedy.steps.some((step) => step.do === 'change')) return undefined;
  const lost = [...stage.before.values()].filter((object) => !isPassing(object) && !trial.before.has(idOf(object)));
  const changes = new Set(remedy.steps.flatMap((step) => (step.do === 'change' ? [step.object] : [])));
  const missing = new Set([...lost.map((object) => idOf(object)), ...hooksAmong(changes, trial)]);
  if (missing.size === 0) return undefined;
  const isHook = ({ metadata }: Stored) => metadata.annotations?.[hookAnnotation] !== undefined;
  const users = [...trial.before.values()].filter((object) => !isHook(object) && !isPassing(object));
  const world = makeWorld([...users, ...[...stage.before.values()].filter((object) => missing.has(idOf(object)))]);
  const edge = findEdges(world).find(
    ({ from, to }) => missing.has(to) && !missing.has(from) && parseId(from).kind !== 'Namespace',
  );
  return edge && `${describeId(edge.from)} needs ${describeId(edge.to)}, which would not be there while the release is installed`;
}

/** Changed objects that are there only while a hook runs: the play supposes those that Pods name. */
function hooksAmong(changed: ReadonlySet<ObjectId>, { context: { subject } }: Trial): ObjectId[] {
  return subject.hooks.flatMap(({ object }) => {
    const id = idOf(object);
    return changed.has(id) && isOnlyWhileItRuns(object.metadata.annotations ?? {}) ? [id] : [];
  });
}

function isOnlyWhileItRuns(annotations: Readonly<Record<string, unknown>>): boolean {
  const events = String(annotations[hookAnnotation] ?? '').split(',');
  const isOfInstallation = events.some((event) => /^\s*(pre|post)-(install|upgrade)\s*$/.test(event));
  return !isOfInstallation || String(annotations['helm.sh/hook-delete-policy'] ?? '').includes('hook-succeeded');
}
