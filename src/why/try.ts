/**
 * Asks the API server, on request only: sends the deletion, or the removal of a finalizer, as a dry run (`dryRun=All`).
 * It passes authorization and admission and stores nothing. Webhooks receive `dryRun: true`; the API server does not
 * call webhooks with side effects and rejects the request, so the answer stays unknown.
 */
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { deletingSince } from './since.ts';

export type Tried = {
  /** As a noun: `the removal of finalizer x`. */
  what: string;
  /**
   * allowed, refused: what the API server answered to who asked, and it may answer others otherwise. unknown: it could
   * not be asked.
   */
  answer: 'allowed' | 'refused' | 'unknown';
  /** The words of the API server, where it did not allow it. */
  message?: string;
};

/** @returns undefined when there is nothing to try: it is being deleted, and no finalizer is left to remove */
export async function tryEnd(cluster: Cluster, object: KubernetesObject): Promise<Tried | undefined> {
  const ref = refOf(object);
  const { uid, finalizers = [] } = object.metadata;
  const isPresent = deletingSince(object) === undefined;
  const [finalizer] = finalizers;
  if (!isPresent && finalizer === undefined) return undefined;
  const what = isPresent ? `the deletion of ${describeRef(ref)}` : `the removal of finalizer ${finalizer}`;
  const path = '/metadata/finalizers/0';
  try {
    if (isPresent) await cluster.delete(ref, { dryRun: true, ...(uid !== undefined && { uid }) });
    else {
      const operations = [
        { op: 'test' as const, path, value: finalizer },
        { op: 'remove' as const, path },
      ];
      await cluster.patch(ref, { type: 'json', operations }, { dryRun: true });
    }
    return { what, answer: 'allowed' };
  } catch (error) {
    if (!(error instanceof BookendError)) throw error;
    return { what, answer: isAnswer(error) ? 'refused' : 'unknown', message: error.message };
  }
}

/** That who asks may not, or that the object has changed meanwhile, says nothing of others. */
function isAnswer({ message }: BookendError): boolean {
  if (/does not support dry run/.test(message)) return false;
  return (
    /failed calling webhook|admission webhook "|denied request|is forbidden: /.test(message) &&
    !/ cannot (patch|delete) resource /.test(message)
  );
}
