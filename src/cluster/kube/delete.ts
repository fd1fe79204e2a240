/** Deleting an object, and reading from the answer what became of it. */
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { Deleted, DeleteOptions } from '../port.ts';
import { type Access, attemptOn, onKind } from './access.ts';
import { objectPath } from './paths.ts';

/** As `Cluster.delete`. */
export async function deleteObject(access: Access, ref: ObjectRef, options: DeleteOptions = {}): Promise<Deleted> {
  const attempt = attemptOn(access, 'delete', ref);
  const body = { type: 'application/json', text: JSON.stringify(deleteBody(options)) };
  const answer = await onKind(access, ref, (kind) =>
    access.http.send({
      attempt,
      resource: kind.resource,
      method: 'DELETE',
      path: objectPath(kind, ref),
      body,
      repeat: 'always',
      expected: [404],
      ...(access.account && { account: access.account }),
    }),
  );
  if (answer.status === 404) return 'absent';
  return stillExists(answer.body as Partial<KubernetesObject>) ? 'terminating' : 'deleted';
}

/** `DeleteOptions` (meta/v1). */
function deleteBody({ uid, resourceVersion, propagation, gracePeriodSeconds, dryRun }: DeleteOptions): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(propagation && { propagationPolicy: propagation }),
    ...((uid || resourceVersion) && { preconditions: { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) } }),
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(dryRun && { dryRun: ['All'] }),
  };
}

/**
 * The API server answers with a `Status` for most kinds when the object is gone, and with the object otherwise; but some kinds
 * (Pods, ServiceAccounts, Namespaces, …) answer with the object even then, as it was last. What still has a finalizer or
 * grace to run goes on existing. A Namespace has finalizers of its own in its spec.
 */
function stillExists({ kind, metadata, spec }: Partial<KubernetesObject>): boolean {
  if (kind === 'Status' || !metadata?.deletionTimestamp) return false;
  const ownFinalizers = kind === 'Namespace' ? ((spec as { finalizers?: string[] } | undefined)?.finalizers ?? []) : [];
  return (metadata.finalizers ?? []).length + ownFinalizers.length > 0 || (metadata.deletionGracePeriodSeconds ?? 0) > 0;
}
