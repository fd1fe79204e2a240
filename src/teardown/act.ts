/**
 * Carrying one action out. Every write names the UID that was seen, so a repeated or late action can never hit an
 * object that took the place of the one that was meant.
 */
import type { Cluster, DeleteOptions } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Write } from './decide.ts';

/**
 * @returns `gone` when the API server answered that the object of this UID does not exist any more.
 * @throws BookendError of the port: `forbidden`, `unreachable`, …
 */
export async function act(cluster: Cluster, action: Write): Promise<'gone' | 'pending'> {
  switch (action.type) {
    case 'delete':
      return ended(await deleteExactly(cluster, action, optionsOf(action)));
    case 'force-delete':
      return ended(await deleteExactly(cluster, action, { gracePeriodSeconds: 0 }));
    case 'remove-finalizers':
      return removeExactly(cluster, action);
  }
}

function optionsOf({ propagation, resourceVersion }: Extract<Write, { type: 'delete' }>): DeleteOptions {
  return { propagation, ...(resourceVersion !== undefined && { resourceVersion }) };
}

/**
 * A conflict means that the object of this UID is gone and another stands in its place; that is for the next look to
 * judge. A kind that is not served any more has no objects.
 */
async function deleteExactly(cluster: Cluster, { target }: Write, options: DeleteOptions) {
  try {
    return await cluster.delete(target, { ...options, uid: target.uid });
  } catch (error) {
    if (isCode(error, 'not-found')) return 'absent';
    if (isCode(error, 'conflict') && !(await stillThere(cluster, target))) return 'absent';
    throw error;
  }
}

async function removeExactly(cluster: Cluster, { target, finalizers }: Extract<Write, { type: 'remove-finalizers' }>) {
  try {
    const now = await cluster.get(target);
    if (now?.metadata.uid !== target.uid) return 'gone';
    await removeFinalizers(cluster, now, new Set(finalizers));
    return 'pending';
  } catch (error) {
    // The object went between the look and the write, or its kind did.
    if (isCode(error, 'not-found')) return 'gone';
    throw error;
  }
}

async function stillThere(cluster: Cluster, target: Write['target']): Promise<boolean> {
  return (await cluster.get(target))?.metadata.uid === target.uid;
}

function ended(answer: 'deleted' | 'terminating' | 'absent'): 'gone' | 'pending' {
  return answer === 'terminating' ? 'pending' : 'gone';
}

/**
 * Takes finalizers off an object by a JSON patch that tests the list that was read, so that a finalizer which somebody
 * changed meanwhile is never lost. Sending a whole object back would.
 */
export async function removeFinalizers(cluster: Cluster, object: KubernetesObject, unwanted: ReadonlySet<string>): Promise<void> {
  const { finalizers = [], uid = '', name, namespace } = object.metadata;
  const wanted = finalizers.filter((finalizer) => !unwanted.has(finalizer));
  if (wanted.length === finalizers.length) return;
  const { apiVersion, kind } = object;
  await cluster.patch(
    { apiVersion, kind, name, ...(namespace && { namespace }) },
    {
      type: 'json',
      operations: [
        { op: 'test', path: '/metadata/uid', value: uid },
        { op: 'test', path: '/metadata/finalizers', value: finalizers },
        { op: 'replace', path: '/metadata/finalizers', value: wanted },
      ],
    },
    { metadataOnly: true },
  );
}
