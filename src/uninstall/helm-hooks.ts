/**
 * Helm's hooks (`pkg/action/hooks.go`): one after the other by weight, then name; each is made anew, waited for when it
 * is a Job or a Pod, and deleted as its policy says. The first failure ends them all.
 */
import { sleep } from '../cluster/clock.ts';
import { BookendError } from '../errors.ts';
import { type Hook, hooksOf } from '../knowledge/hooks.ts';
import { conditionOf, isTrue } from '../objects/conditions.ts';
import { fieldAt } from '../objects/fields.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import { fieldManager, nonceAnnotation } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { isPod } from '../teardown/kinds.ts';
import { createHook, elapsed, exists, readCurrent, refIn, remove, type UninstallContext, waitUntil } from './tool.ts';

export type HookEvent = 'pre-delete' | 'post-delete';
type DeletePolicy = 'before-hook-creation' | 'hook-succeeded' | 'hook-failed';

/** For hooks that go on where an earlier process stopped, as Helm's do not. */
export type HookProgress = {
  /** On each hook object that we create for an event: after a crash it tells ours from others of the same name. */
  mark: string;
  isDone(hook: ObjectId): boolean;
  /** Resolves when it is on record that the hook ended well. */
  done(hook: ObjectId): Promise<void>;
};

/**
 * Runs the hooks of an event.
 * @param progress absent: each begins from the start, as with Helm
 * @returns the error that Helm would return, or undefined.
 */
export async function runHooks(
  context: UninstallContext,
  event: HookEvent,
  version: 3 | 4,
  progress?: HookProgress,
): Promise<string | undefined> {
  const hooks = hooksOf(context.subject.hooks).filter(({ events }) => events.includes(event));
  const isOver = hooks.every(({ id }) => progress?.isDone(id));
  for (const [index, hook] of hooks.entries()) {
    if (progress?.isDone(hook.id) && (isOver || (await isStillDone(context, hook)))) continue;
    const notMade = await begin(context, hook, event, version, progress);
    // Helm returns at once and cleans nothing up: the accounts and roles of the hooks before stay.
    if (notMade !== undefined) return notMade;
    const failure = await watchUntilReady(context, hook.object, version);
    if (failure === undefined) {
      await progress?.done(hook.id);
      continue;
    }
    await deleteIf(context, hook, 'hook-failed', version);
    // Those that went well before it are deleted by their own policy all the same, in version 3.19 and later.
    for (const before of hooks.slice(0, index).reverse()) await deleteIf(context, before, 'hook-succeeded', version);
    return failure;
  }
  for (const hook of [...hooks].reverse()) {
    const failure = await deleteIf(context, hook, 'hook-succeeded', version);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** A Job has done its work; the account that the next Job runs as went when that one failed. */
async function isStillDone(context: UninstallContext, { object }: Hook): Promise<boolean> {
  return isJob(object) || isPod(object) || (await exists(context, refIn(object)));
}

/** @returns why it could not be created. */
async function begin(
  context: UninstallContext,
  hook: Hook,
  event: HookEvent,
  version: 3 | 4,
  progress: HookProgress | undefined,
): Promise<string | undefined> {
  if (progress && (await isRunning(context, hook.object, progress.mark))) return undefined;
  const notDeleted = await deleteIf(context, hook, 'before-hook-creation', version);
  if (notDeleted !== undefined) return notDeleted;
  if (!progress) return create(context, hook.object, event, version);
  for (let attempt = 1; ; attempt++) {
    const notMade = await createMarked(context, hook.object, event, progress.mark);
    // The answer may have been lost, and the mark tells.
    if (notMade === undefined || (await isRunning(context, hook.object, progress.mark))) return undefined;
    if (attempt === mostAttempts) return notMade;
    await sleep(context.clock, attempt * 500);
  }
}

const mostAttempts = 4;

/**
 * An earlier process created it, and it has not failed. What that one created and what failed since is deleted,
 * whatever its policy: otherwise it could never run again.
 */
async function isRunning(context: UninstallContext, hook: KubernetesObject, mark: string): Promise<boolean> {
  const live = await readCurrent(context, refIn(hook));
  if (live === undefined || live.metadata.annotations?.[nonceAnnotation] !== mark) return false;
  const isOver = outcomeOf(live) === 'failed' || live.metadata.deletionTimestamp !== undefined;
  if (!isOver) return true;
  const { uid } = live.metadata;
  await remove(context, refIn(hook), { propagation: 'Background', ...(uid !== undefined && { uid }) }, 'delete-hook');
  await waitUntil(context, async () => !(await exists(context, refIn(hook))), {
    everyMs: 100,
    withinMs: context.scenario.timeoutMs,
  });
  return false;
}

async function deleteIf(
  context: UninstallContext,
  { object: hook, policies }: Hook,
  policy: DeletePolicy,
  version: 3 | 4,
): Promise<string | undefined> {
  // "Never delete CustomResourceDefinitions; this could cause lots of cascading garbage collection."
  if (hook.kind === 'CustomResourceDefinition' || !policies.includes(policy)) return undefined;
  const ref = refIn(hook);
  const isHelm = context.scenario.tool !== 'bookend';
  if ((policy === 'before-hook-creation' || !isHelm) && !(await exists(context, ref))) return undefined;
  // Helm counts a Job as gone while its Pods still end.
  const propagation = isHelm ? 'Background' : 'Foreground';
  const answer = await remove(context, ref, { propagation }, 'delete-hook');
  if (answer instanceof BookendError) return answer.message;
  // Version 4 waits only with --wait: its usual waiter, hookOnly, waits for nothing to go.
  if (version === 4 && !context.scenario.wait) return undefined;
  const gone = await waitUntil(context, async () => !(await exists(context, ref)), {
    everyMs: version === 3 ? 2_000 : 100,
    withinMs: context.scenario.timeoutMs,
  });
  return gone ? undefined : timeOut(version);
}

async function create(
  context: UninstallContext,
  hook: KubernetesObject,
  event: HookEvent,
  version: 3 | 4,
): Promise<string | undefined> {
  const message = await createHook(context, hook, (cluster) =>
    version === 3 ? cluster.create(hook, { fieldManager: 'helm' }) : cluster.apply(hook, { fieldManager: 'helm', force: false }),
  );
  return notCreated(message, hook, event);
}

async function createMarked(
  context: UninstallContext,
  hook: KubernetesObject,
  event: HookEvent,
  mark: string,
): Promise<string | undefined> {
  const message = await createHook(context, hook, (cluster) => cluster.create(marked(hook, mark), { fieldManager }));
  return notCreated(message, hook, event);
}

function notCreated(message: string | undefined, { metadata }: KubernetesObject, event: HookEvent): string | undefined {
  return message === undefined ? undefined : `warning: Hook ${event} ${metadata.name} failed: ${message}`;
}

function marked(hook: KubernetesObject, mark: string): KubernetesObject {
  const { metadata } = hook;
  return { ...hook, metadata: { ...metadata, annotations: { ...metadata.annotations, [nonceAnnotation]: mark } } };
}

/** Only Jobs and Pods have an end that is waited for. */
async function watchUntilReady(context: UninstallContext, hook: KubernetesObject, version: 3 | 4): Promise<string | undefined> {
  if (!isJob(hook) && !isPod(hook)) return undefined;
  const at = elapsed(context);
  const ref = refIn(hook);
  let last: KubernetesObject | undefined;
  let outcome: Outcome | undefined;
  const watched = watchedOutcome(context, ref);
  await waitUntil(
    context,
    async () => {
      const now = await context.cluster.get(ref);
      // Version 3 takes the DELETED event for success.
      if (now === undefined) outcome = version === 3 ? 'succeeded' : watched.outcome();
      else outcome = outcomeOf(now);
      last = now ?? last;
      return outcome !== undefined;
    },
    { everyMs: 100, withinMs: context.scenario.timeoutMs },
  ).finally(() => watched.close());
  const message = outcome === 'succeeded' ? undefined : failureOf(ref, last, outcome, version);
  const log = outcome === 'failed' && last ? await context.logOf?.(last) : undefined;
  context.steps.push({
    at,
    until: elapsed(context),
    what: 'wait-hook',
    id: idOf(hook),
    answer: outcome === 'succeeded' ? 'done' : outcome === 'failed' ? 'failed' : 'timed-out',
    ...(message !== undefined && { message }),
    ...(log !== undefined && { log }),
  });
  return log === undefined ? message : `${message}; its log: ${log}`;
}

type Outcome = 'succeeded' | 'failed';

/** How the hook had ended when its TTL deleted it, before anybody asked again: Helm 4 watches. */
function watchedOutcome(
  { cluster }: UninstallContext,
  { apiVersion, kind, namespace, name }: ObjectRef,
): { outcome(): Outcome | undefined; close(): void } {
  let outcome: Outcome | undefined;
  const see = (object: KubernetesObject) => {
    if (object.metadata.name === name) outcome = outcomeOf(object) ?? outcome;
  };
  const query = { apiVersion, kind, ...(namespace !== undefined && { namespace }), fieldSelector: `metadata.name=${name}` };
  const watch = cluster.watch(query, { replace: (objects) => objects.forEach(see), changed: see, removed: see });
  return { outcome: () => outcome, close: () => watch.close() };
}

function outcomeOf(object: KubernetesObject): Outcome | undefined {
  if (isJob(object)) return jobOutcome(object);
  return isPod(object) ? podOutcome(object) : undefined;
}

function isJob({ apiVersion, kind }: KubernetesObject): boolean {
  return kind === 'Job' && apiVersion.startsWith('batch/');
}

export function jobOutcome(job: KubernetesObject): Outcome | undefined {
  if (isTrue(job, 'Complete')) return 'succeeded';
  return isTrue(job, 'Failed') ? 'failed' : undefined;
}

export function podOutcome({ status }: KubernetesObject): Outcome | undefined {
  const phase = fieldAt(status, 'phase');
  return phase === 'Succeeded' ? 'succeeded' : phase === 'Failed' ? 'failed' : undefined;
}

function failureOf(ref: ObjectRef, last: KubernetesObject | undefined, outcome: 'failed' | undefined, version: 3 | 4): string {
  if (version === 3) {
    if (outcome === undefined) return timeOut(3);
    if (ref.kind === 'Pod') return `pod ${ref.name} failed`;
    return `job ${ref.name} failed: ${String(last && conditionOf(last, 'Failed')?.reason)}`;
  }
  const count = (field: string) => Number(fieldAt(last?.status, field) ?? 0);
  const status = outcome === 'failed' ? 'Failed' : 'InProgress';
  const detail =
    ref.kind === 'Pod'
      ? `Pod ${status === 'Failed' ? 'failed' : 'in progress'}`
      : outcome === 'failed'
        ? `Job Failed. failed: ${count('failed')}/1`
        : `Job in progress. success:${count('succeeded')}, active: ${count('active')}, failed: ${count('failed')}`;
  const still = `resource ${ref.kind}/${ref.namespace ?? ''}/${ref.name} not ready. status: ${status}, message: ${detail}`;
  return outcome === 'failed' ? still : `${still}\ncontext deadline exceeded`;
}

export function timeOut(version: 3 | 4): string {
  return version === 3 ? 'timed out waiting for the condition' : 'context deadline exceeded';
}
