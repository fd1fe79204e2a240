/**
 * `helm uninstall` (`pkg/action/uninstall.go`): hooks before, all DELETE calls kind by kind without waiting for
 * anything to go, one wait for all of it where asked for, hooks after. Objects of one kind that follow each other are
 * deleted at the same time; errors are collected and the rest is sent all the same.
 */
import type { Deleted } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { inUninstallOrder } from '../knowledge/helm-order.ts';
import { describeRef } from '../objects/identity.ts';
import { helmResourcePolicyAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { runHooks, timeOut } from './helm-hooks.ts';
import { type Ending, elapsed, exists, keep, refIn, remove, type Uninstall, type UninstallContext, waitUntil } from './tool.ts';

export const helm3: Uninstall = (context) => uninstall(context, 3);
export const helm4: Uninstall = (context) => uninstall(context, 4);

async function uninstall(context: UninstallContext, version: 3 | 4): Promise<Ending> {
  const { scenario, subject } = context;
  const failedBefore = scenario.hooks ? await runHooks(context, 'pre-delete', version) : undefined;
  if (failedBefore !== undefined) return failed(failedBefore);

  const [toDelete, kept] = keptApart(inUninstallOrder(subject.objects, version).map(({ object }) => object));
  for (const object of kept) keep(context, object, `[${object.kind}] ${object.metadata.name}`);
  const unmapped = await firstUnmapped(context, toDelete);
  if (unmapped !== undefined) {
    const at = elapsed(context);
    context.steps.push({ at, until: at, what: 'note', message: unmapped });
    return failed(`failed to delete release: ${subject.name}`);
  }
  const answers = await deleteAll(context, toDelete);
  if (answers.some((answer) => answer instanceof BookendError)) return failed(`failed to delete release: ${subject.name}`);

  const errors: string[] = [];
  if (scenario.wait) errors.push(...(await waitForDelete(context, toDelete, version)));
  const failedAfter = scenario.hooks ? await runHooks(context, 'post-delete', version) : undefined;
  if (failedAfter !== undefined) errors.push(failedAfter);
  if (errors.length > 0) return failed(`uninstallation completed with ${errors.length} error(s): ${errors.join('; ')}`);
  return { outcome: 'succeeded', message: `release "${subject.name}" uninstalled` };
}

function failed(message: string): Ending {
  return { outcome: 'failed', message: `Error: ${message}` };
}

/** Of the stored manifest's annotations, not of the live object's (`filterManifestsToKeep`). */
function keptApart(objects: readonly KubernetesObject[]): [toDelete: KubernetesObject[], kept: KubernetesObject[]] {
  const isKept = ({ metadata }: KubernetesObject) =>
    String(metadata.annotations?.[helmResourcePolicyAnnotation] ?? '')
      .trim()
      .toLowerCase() === 'keep';
  return [objects.filter((object) => !isKept(object)), objects.filter(isKept)];
}

/** Every kind is looked up before the first DELETE: one that is not served any more ends it all. */
async function firstUnmapped({ cluster }: UninstallContext, objects: readonly KubernetesObject[]): Promise<string | undefined> {
  const known = new Set<string>();
  for (const { apiVersion, kind, metadata } of objects) {
    const key = `${apiVersion}/${kind}`;
    if (known.has(key)) continue;
    known.add(key);
    if (await cluster.kind(apiVersion, kind)) continue;
    return `unable to build kubernetes objects for delete: resource mapping not found for name: "${metadata.name}" namespace: "${metadata.namespace ?? ''}" from "": no matches for kind "${kind}" in version "${apiVersion}"`;
  }
  return undefined;
}

/** Kind by kind (`batchPerform`). */
async function deleteAll(context: UninstallContext, objects: readonly KubernetesObject[]): Promise<(Deleted | BookendError)[]> {
  const answers: (Deleted | BookendError)[] = [];
  for (let index = 0; index < objects.length; ) {
    const kind = objects[index]?.kind;
    let end = index;
    while (objects[end]?.kind === kind && end < objects.length) end++;
    const batch = objects.slice(index, end);
    answers.push(...(await Promise.all(batch.map((object) => remove(context, refIn(object), { propagation: 'Background' })))));
    index = end;
  }
  return answers;
}

async function waitForDelete(context: UninstallContext, objects: readonly KubernetesObject[], version: 3 | 4): Promise<string[]> {
  const at = elapsed(context);
  let left = [...objects];
  const gone = await waitUntil(
    context,
    async () => {
      const still = await Promise.all(left.map((object) => exists(context, refIn(object))));
      left = left.filter((_, index) => still[index]);
      return left.length === 0;
    },
    { everyMs: version === 3 ? 2_000 : 250, withinMs: context.scenario.timeoutMs },
  );
  const named = left.map((object) => describeRef(refIn(object))).join(', ');
  const outcome = gone ? ({ answer: 'done' } as const) : ({ answer: 'timed-out', message: `still there: ${named}` } as const);
  context.steps.push({ at, until: elapsed(context), what: 'wait-gone', ...outcome });
  if (gone) return [];
  const still = left.map(
    ({ kind, metadata }) =>
      `resource ${kind}/${metadata.namespace ?? ''}/${metadata.name} still exists. status: Terminating, message: Resource scheduled for deletion`,
  );
  return [version === 3 ? timeOut(3) : [...still, timeOut(4)].join('\n')];
}
