/**
 * What a tool that uninstalls is given, and what it tells of itself. A tool is written as the real one works: its
 * requests, its order, its waits, its words.
 */
import type { Clock, Instant } from '../cluster/clock.ts';
import { sleep } from '../cluster/clock.ts';
import type { Cluster, Deleted, DeleteOptions } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import { idOf, idOfRef } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import type { Given, Subject } from '../reading/subject.ts';
import type { Scenario } from './scenario.ts';
import type { DeleteStep, ToolStep } from './step.ts';

export type UninstallContext = {
  subject: Subject;
  scenario: Scenario;
  /** With all rights: a missing right of the person is no matter of the uninstall. */
  cluster: Cluster;
  clock: Clock;
  startedAt: Instant;
  steps: ToolStep[];
  /** What the program of a failed hook has printed, where that can be read. */
  logOf?(hook: KubernetesObject): Promise<string | undefined>;
  /** Called by a tool that would now wait without any end of its own. The play ends it when nothing moves any more. */
  waitsForEver(): void;
};

export type Ending = { outcome: 'succeeded' | 'failed'; message?: string };

/** Carries an uninstall out. Resolves when the tool would return; never, when it would wait for ever. */
export type Uninstall = (context: UninstallContext) => Promise<Ending>;

/** How long the API server takes to answer a request, in ms. */
const requestMs = 5;

/** The reference that a tool has from a manifest: without a UID, it deletes whatever bears the name. */
export function refIn({ apiVersion, kind, metadata }: KubernetesObject): ObjectRef {
  return { apiVersion, kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

/**
 * What a tool deletes that knows nothing of Helm: of files everything in them, in their order, whatever annotations it
 * carries; otherwise what the subject is told to delete.
 */
export function plainObjectsOf({ from, objects, hooks, crds }: Subject): KubernetesObject[] {
  if (from !== 'files') return objects.map(({ object }) => object);
  const all = [...crds, ...objects, ...hooks];
  const files = [...new Set([...objects, ...hooks, ...crds].map(({ origin }) => origin?.file))];
  const place = ({ origin }: Given) => [files.indexOf(origin?.file), origin?.line ?? 0] as const;
  return all
    .map((given) => ({ object: given.object, place: place(given) }))
    .sort(({ place: one }, { place: other }) => one[0] - other[0] || one[1] - other[1])
    .map(({ object }) => object);
}

/** One DELETE, written down. @returns the answer, or the error that the tool must deal with. */
export async function remove(
  context: UninstallContext,
  ref: ObjectRef,
  options: DeleteOptions,
  what: DeleteStep['what'] = 'delete',
): Promise<Deleted | BookendError> {
  const at = elapsed(context);
  await sleep(context.clock, requestMs);
  // A kind that is served no more answers 404 as an absent object does.
  const answer = await context.cluster
    .delete(ref, options)
    .catch((error: unknown) => (isCode(error, 'not-found') ? 'absent' : asBookendError(error)));
  const times = { at, until: elapsed(context) };
  const outcome = answer instanceof BookendError ? ({ answer: 'failed', message: answer.message } as const) : { answer };
  context.steps.push({ ...times, what, id: idOfRef(ref), ...outcome });
  return answer;
}

/** Writes down that the tool leaves an object alone. */
export function keep(context: UninstallContext, object: KubernetesObject, message: string): void {
  const at = elapsed(context);
  context.steps.push({ at, until: at, what: 'keep', id: idOf(object), message });
}

/** One hook made, and written down. @returns the error message, or undefined. */
export async function createHook(
  context: UninstallContext,
  hook: KubernetesObject,
  make: (cluster: Cluster) => Promise<unknown>,
): Promise<string | undefined> {
  const at = elapsed(context);
  await sleep(context.clock, requestMs);
  const made = await make(context.cluster).catch(asBookendError);
  const message = made instanceof BookendError ? made.message : undefined;
  const outcome = message === undefined ? ({ answer: 'done' } as const) : ({ answer: 'failed', message } as const);
  context.steps.push({ at, until: elapsed(context), what: 'create-hook', id: idOf(hook), ...outcome });
  return message;
}

/**
 * Asks again and again, every `everyMs`, until `done` says so or the time is over. @returns whether it was done in
 * time.
 */
export async function waitUntil(
  { clock }: UninstallContext,
  done: () => Promise<boolean>,
  { everyMs, withinMs }: { everyMs: number; withinMs: number },
): Promise<boolean> {
  const began = clock.now();
  const end = began + withinMs;
  for (;;) {
    if (await done()) return true;
    if (clock.now() >= end) return false;
    await sleep(clock, Math.min(patience(everyMs, clock.now() - began), end - clock.now()));
  }
}

/**
 * Real tools ask at the same pace for ever; the longer a wait is, the less the moment matters, and a thousand questions
 * cost the preview its speed.
 */
export function patience(everyMs: number, waitedMs: number): number {
  return Math.max(everyMs, Math.min(Math.round(waitedMs / 20), 5_000));
}

/** Milliseconds since the uninstall began. */
export function elapsed({ clock, startedAt }: UninstallContext): number {
  return clock.now() - startedAt;
}

/**
 * The object as it is now; undefined only when the API server says that it, or its kind, is not there.
 * @throws BookendError when it cannot be read
 */
export async function readCurrent({ cluster }: UninstallContext, ref: ObjectRef): Promise<KubernetesObject | undefined> {
  try {
    return await cluster.get(ref);
  } catch (error) {
    if (isCode(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Whether the cluster still has it. An object that cannot be read is still there: only "not found" means gone. */
export async function exists(context: UninstallContext, ref: ObjectRef): Promise<boolean> {
  const found = await readCurrent(context, ref).catch(asBookendError);
  return found !== undefined;
}

export function asBookendError(error: unknown): BookendError {
  if (error instanceof BookendError) return error;
  throw error;
}
