/**
 * Helm's hooks (`pkg/action/hooks.go`): one after the other by weight, then name; each is made anew, waited for when it
 * is a Job or a Pod, and deleted as its policy says. The first failure ends them all.
 */
import { sleep } from '../cluster/clock.ts';
import { BookendError } from '../errors.ts';
import { inInstallOrder } from '../knowledge/helm-order.ts';
import { conditionOf, isTrue } from '../objects/conditions.ts';
import { fieldAt } from '../objects/fields.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import type { Given } from '../reading/subject.ts';
import { asBookendError, elapsed, exists, refIn, remove, type UninstallContext, waitUntil } from './tool.ts';

export type HookEvent = 'pre-delete' | 'post-delete';
type DeletePolicy = 'before-hook-creation' | 'hook-succeeded' | 'hook-failed';

const eventAnnotation = 'helm.sh/hook';
const weightAnnotation = 'helm.sh/hook-weight';
const policyAnnotation = 'helm.sh/hook-delete-policy';

/** Runs the hooks of an event. @returns the error that Helm would return, or undefined. */
export async function runHooks(context: UninstallContext, event: HookEvent, version: 3 | 4): Promise<string | undefined> {
  const hooks = hooksOf(context.subject.hooks, event);
  for (const [index, hook] of hooks.entries()) {
    const notMade =
      (await deleteIf(context, hook, 'before-hook-creation', version)) ?? (await create(context, hook, event, version));
    // Helm returns at once and cleans nothing up: the accounts and roles of the hooks before stay.
    if (notMade !== undefined) return notMade;
    const failure = await watchUntilReady(context, hook, version);
    if (failure === undefined) continue;
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

/**
 * The hooks of an event in the order in which Helm runs them. Hooks of one weight and name keep the order of their
 * kinds.
 */
function hooksOf(hooks: readonly Given[], event: HookEvent): KubernetesObject[] {
  const ours = inInstallOrder(hooks).filter(({ object }) => listIn(object, eventAnnotation).includes(event));
  return ours
    .map(({ object }) => object)
    .sort((one, other) => weightOf(one) - weightOf(other) || compare(one.metadata.name, other.metadata.name));
}

/** Lists in annotations have commas, and often spaces after them, which Helm trims; it compares in lower case. */
export function listIn({ metadata }: KubernetesObject, annotation: string): string[] {
  const value = metadata.annotations?.[annotation];
  return typeof value === 'string' ? value.split(',').map((entry) => entry.trim().toLowerCase()) : [];
}

/** What is no whole number counts as 0. */
function weightOf({ metadata }: KubernetesObject): number {
  const value = metadata.annotations?.[weightAnnotation];
  return value !== undefined && /^[+-]?\d+$/.test(value) ? Number(value) : 0;
}

function policiesOf(hook: KubernetesObject): string[] {
  const policies = listIn(hook, policyAnnotation).filter((policy) => known.has(policy));
  return policies.length > 0 ? policies : ['before-hook-creation'];
}

const known = new Set<string>(['before-hook-creation', 'hook-succeeded', 'hook-failed'] satisfies DeletePolicy[]);

async function deleteIf(
  context: UninstallContext,
  hook: KubernetesObject,
  policy: DeletePolicy,
  version: 3 | 4,
): Promise<string | undefined> {
  // "Never delete CustomResourceDefinitions; this could cause lots of cascading garbage collection."
  if (hook.kind === 'CustomResourceDefinition' || !policiesOf(hook).includes(policy)) return undefined;
  const ref = refIn(hook);
  if (policy === 'before-hook-creation' && !(await exists(context, ref))) return undefined;
  const answer = await remove(context, ref, { propagation: 'Background' }, 'delete-hook');
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
  const at = elapsed(context);
  await sleep(context.clock, 5);
  const made = await (version === 3
    ? context.cluster.create(hook, { fieldManager: 'helm' })
    : context.cluster.apply(hook, { fieldManager: 'helm', force: false })
  ).catch(asBookendError);
  const failed = made instanceof BookendError;
  const message = failed ? made.message : undefined;
  context.steps.push({
    at,
    until: elapsed(context),
    what: 'create-hook',
    id: idOf(hook),
    answer: failed ? 'failed' : 'done',
    ...(message !== undefined && { message }),
  });
  return message === undefined ? undefined : `warning: Hook ${event} ${hook.metadata.name} failed: ${message}`;
}

/** Only Jobs and Pods have an end that is waited for. */
async function watchUntilReady(context: UninstallContext, hook: KubernetesObject, version: 3 | 4): Promise<string | undefined> {
  const isJob = hook.kind === 'Job' && hook.apiVersion.startsWith('batch/');
  if (!isJob && !(hook.kind === 'Pod' && hook.apiVersion === 'v1')) return undefined;
  const at = elapsed(context);
  const ref = refIn(hook);
  let last: KubernetesObject | undefined;
  let outcome: 'succeeded' | 'failed' | undefined;
  await waitUntil(
    context,
    async () => {
      const now = await context.cluster.get(ref);
      // Version 3 takes the DELETED event for success.
      if (now === undefined) outcome = version === 3 ? 'succeeded' : undefined;
      else outcome = isJob ? jobOutcome(now) : podOutcome(now);
      last = now ?? last;
      return outcome !== undefined;
    },
    { everyMs: 100, withinMs: context.scenario.timeoutMs },
  );
  const message = outcome === 'succeeded' ? undefined : failureOf(ref, last, outcome, version);
  context.steps.push({
    at,
    until: elapsed(context),
    what: 'wait-hook',
    id: idOf(hook),
    answer: outcome === 'succeeded' ? 'done' : outcome === 'failed' ? 'failed' : 'timed-out',
    ...(message !== undefined && { message }),
  });
  return message;
}

export function jobOutcome(job: KubernetesObject): 'succeeded' | 'failed' | undefined {
  if (isTrue(job, 'Complete')) return 'succeeded';
  return isTrue(job, 'Failed') ? 'failed' : undefined;
}

export function podOutcome({ status }: KubernetesObject): 'succeeded' | 'failed' | undefined {
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

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
