/** Our finalizer on a ClusterOperator: there before the first child is, put back if somebody takes it off too early. */
import { isCode } from '../errors.ts';
import { teardownFinalizer } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { clusterOperatorKind } from '../resource/cluster-operator.ts';
import { removeFinalizers } from '../teardown/act.ts';
import type { SessionContext } from './session-context.ts';

export function hasFinalizer({ metadata }: KubernetesObject): boolean {
  return metadata.finalizers?.includes(teardownFinalizer) ?? false;
}

/**
 * A JSON patch that tests what was seen, so that nobody else's finalizer is lost.
 * @param wasThere it had it before: somebody removed it, which an Event says
 */
export async function ensureFinalizer(
  context: Pick<SessionContext, 'cluster' | 'recorder' | 'guard'>,
  resource: KubernetesObject,
  wasThere: boolean,
): Promise<void> {
  const { finalizers, name, resourceVersion, uid } = resource.metadata;
  if (hasFinalizer(resource)) return;
  const ref = { ...clusterOperatorKind, name };
  await context.guard?.engage();
  const operations = [
    { op: 'test' as const, path: '/metadata/uid', value: uid },
    finalizers
      ? { op: 'test' as const, path: '/metadata/finalizers', value: finalizers }
      : { op: 'test' as const, path: '/metadata/resourceVersion', value: resourceVersion },
    { op: 'add' as const, path: '/metadata/finalizers', value: [...(finalizers ?? []), teardownFinalizer] },
  ];
  try {
    await context.cluster.patch(ref, { type: 'json', operations }, { metadataOnly: true });
  } catch (error) {
    if (!isCode(error, 'conflict', 'invalid')) throw error;
    const now = await context.cluster.get(ref, { metadataOnly: true });
    if (!now || now.metadata.uid !== uid || now.metadata.deletionTimestamp !== undefined) throw error;
    if (now.metadata.resourceVersion === resourceVersion) throw error;
    await ensureFinalizer(context, now, wasThere);
    return;
  }
  if (wasThere) {
    context.recorder.warning(
      resource,
      'FinalizerRestored',
      `Finalizer ${teardownFinalizer} was removed and is back: without it the objects would stay behind without an owner. To remove them in order: kubectl delete clusteroperators.bookend.dev ${name}`,
    );
  }
}

/**
 * Takes our finalizer off: at once from the resource as the watch has it; the patch tests that, and a current read
 * follows where it was wrong.
 * @param recorded what must have happened before; the guard is relaxed meanwhile
 */
export async function releaseFinalizer(
  { cluster, guard, isLast }: SessionContext,
  latest: KubernetesObject,
  recorded: Promise<void>,
): Promise<void> {
  const { name, uid = '' } = latest.metadata;
  await Promise.all([recorded, isLast(uid) && guard?.relax()]);
  const unwanted = new Set([teardownFinalizer]);
  try {
    await removeFinalizers(cluster, latest, unwanted);
  } catch (error) {
    if (!isCode(error, 'conflict', 'invalid', 'not-found')) throw error;
    const now = await cluster.get({ ...clusterOperatorKind, name }, { metadataOnly: true });
    if (now && now.metadata.uid === uid) await removeFinalizers(cluster, now, unwanted);
  }
}
