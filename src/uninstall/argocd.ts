/**
 * The deletion of an Argo CD Application with its resources finalizer (`finalizeApplicationDeletion`): PreDelete hooks,
 * then the resources, one sync wave after the other from the highest, each wave at once and gone before the next; then
 * PostDelete hooks. CustomResourceDefinitions are never deleted. Helm's pre-delete and post-delete hooks count as Argo
 * CD's own (PreDelete since 3.3).
 */
import { sleep } from '../cluster/clock.ts';
import { isCode } from '../errors.ts';
import { type ArgoHookType, argoHookTypes, optionsIn } from '../knowledge/argo-hooks.ts';
import { listIn } from '../knowledge/hooks.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isCrd } from '../objects/scopes.ts';
import { jobOutcome, podOutcome } from './helm-hooks.ts';
import { createHook, type Ending, elapsed, exists, keep, refIn, remove, type Uninstall, type UninstallContext } from './tool.ts';

/** The controller looks at the Application again this often while it waits for something, in ms. */
const refreshMs = 1_000;

export const argocd: Uninstall = async (context) => {
  const failedBefore = await runHooks(context, 'PreDelete');
  if (failedBefore) return failedBefore;
  context.waitsForEver();
  await deleteWaves(context);
  const failedAfter = await runHooks(context, 'PostDelete');
  return failedAfter ?? { outcome: 'succeeded', message: `application '${context.subject.name}' deleted` };
};

async function deleteWaves(context: UninstallContext): Promise<void> {
  // Hooks that are there are resources of the Application as well; PostDelete hooks come later.
  const { objects, hooks } = context.subject;
  const resources = [...objects, ...hooks]
    .map(({ object }) => object)
    .filter((object) => !argoHookTypes(object).includes('PostDelete'));
  const [toDelete, kept] = [resources.filter(isDeleted), resources.filter((object) => !isDeleted(object))];
  for (const object of kept.filter((object) => argoHookTypes(object).length === 0))
    keep(
      context,
      object,
      isCrd(object) ? 'Argo CD deletes no CustomResourceDefinitions' : 'annotation argocd.argoproj.io/sync-options: Delete=false',
    );
  const propagation = 'Foreground';
  for (;;) {
    const live: KubernetesObject[] = [];
    for (const object of toDelete) {
      const now = await context.cluster.get(refIn(object)).catch(() => undefined);
      if (now) live.push(now);
    }
    if (live.length === 0) return;
    if (live.every(({ metadata }) => metadata.deletionTimestamp === undefined)) {
      const highest = Math.max(...live.map(waveOf));
      const wave = live.filter((object) => waveOf(object) === highest);
      await Promise.all(wave.map((object) => remove(context, refIn(object), { propagation })));
    }
    await sleep(context.clock, refreshMs);
  }
}

/** `shouldBeDeleted` */
function isDeleted(object: KubernetesObject): boolean {
  if (isCrd(object)) return false;
  return (
    !optionsIn(object, 'argocd.argoproj.io/sync-options').includes('Delete=false') &&
    !optionsIn(object, 'helm.sh/resource-policy').includes('keep')
  );
}

/** `argocd.argoproj.io/sync-wave`, else the weight of a Helm hook; 0 where neither is a number. */
function waveOf({ metadata }: KubernetesObject): number {
  const { annotations = {} } = metadata;
  const wave = Number.parseInt(annotations['argocd.argoproj.io/sync-wave'] ?? annotations['helm.sh/hook-weight'] ?? '0', 10);
  return Number.isNaN(wave) ? 0 : wave;
}

/** All of a type at once; each must end well before it goes on. A failed one keeps the Application as it is. */
async function runHooks(context: UninstallContext, type: ArgoHookType): Promise<Ending | undefined> {
  const { hooks, objects, name } = context.subject;
  const ours = [...hooks, ...objects].map(({ object }) => object).filter((object) => argoHookTypes(object).includes(type));
  if (ours.length === 0 || !context.scenario.hooks) return undefined;
  for (const hook of ours) {
    const message = await makeAnew(context, hook);
    if (message !== undefined) return failed(name, type, message);
  }
  context.waitsForEver();
  const bad = await firstFailed(context, ours);
  await cleanUp(context, ours, bad ? 'hookfailed' : 'hooksucceeded');
  return bad && failed(name, type, `hook ${bad.kind} ${bad.metadata.name} failed`);
}

/** One that exists already is taken as it is. @returns the error message, or undefined. */
async function makeAnew(context: UninstallContext, hook: KubernetesObject): Promise<string | undefined> {
  if (policiesOf(hook).includes('beforehookcreation') && (await exists(context, refIn(hook))))
    await remove(context, refIn(hook), {}, 'delete-hook');
  return createHook(context, hook, (cluster) =>
    cluster.create(hook, { fieldManager: 'argocd-controller' }).catch((error: unknown) => {
      if (!isCode(error, 'already-exists')) throw error;
    }),
  );
}

/** Waits for one after the other. */
async function firstFailed(context: UninstallContext, hooks: readonly KubernetesObject[]): Promise<KubernetesObject | undefined> {
  const at = elapsed(context);
  for (const hook of hooks) {
    const isFailed = (await endOf(context, hook)) === 'failed';
    const answer = isFailed ? 'failed' : 'done';
    context.steps.push({ at, until: elapsed(context), what: 'wait-hook', id: idOf(hook), answer });
    if (isFailed) return hook;
  }
  return undefined;
}

async function endOf(context: UninstallContext, hook: KubernetesObject): Promise<'succeeded' | 'failed'> {
  const outcomeOf = hook.kind === 'Job' ? jobOutcome : hook.kind === 'Pod' ? podOutcome : () => 'succeeded' as const;
  for (;;) {
    const now = await context.cluster.get(refIn(hook)).catch(() => undefined);
    const outcome = now && outcomeOf(now);
    if (outcome !== undefined) return outcome;
    await sleep(context.clock, refreshMs);
  }
}

async function cleanUp(context: UninstallContext, hooks: readonly KubernetesObject[], policy: string): Promise<void> {
  for (const hook of hooks)
    if (policiesOf(hook).includes(policy)) await remove(context, refIn(hook), { propagation: 'Background' }, 'delete-hook');
}

/** Helm's policies are read as Argo CD's: `hook-succeeded` is HookSucceeded. */
function policiesOf(hook: KubernetesObject): string[] {
  const own = [...listIn(hook, 'argocd.argoproj.io/hook-delete-policy'), ...listIn(hook, 'helm.sh/hook-delete-policy')];
  const read = own.map((policy) => policy.replaceAll('-', ''));
  return read.length > 0 ? read : ['beforehookcreation'];
}

function failed(name: string, type: ArgoHookType, why: string): Ending {
  return { outcome: 'failed', message: `application '${name}' is not deleted: ${type} ${why}` };
}
