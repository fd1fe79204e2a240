/** Writing: server-side apply, create, patch (guarded by tests of what was seen) and delete. */
import { BookendError } from '../../errors.ts';
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { Applied, ApplyOptions, CreateOptions, Deleted, DeleteOptions, Patch, PatchOptions, WriteOptions } from '../port.ts';
import { type Access, attemptOn, creationPath, objectIn, objectPath, onKind, type Parameters } from './access.ts';
import { type Attempt, asStatus, describeAttempt } from './errors.ts';
import type { HttpAnswer } from './http.ts';
import { acceptFor, asQueried } from './reads.ts';

/**
 * As `Cluster.apply`: the API server merges, and remembers which manager owns which field.
 * An apply whose answer was lost is sent again: it then finds its own work, and `created` is false.
 * An object that names a `metadata.uid` is applied to that very object or to none: otherwise `conflict`.
 * `metadata.managedFields`, which the server refuses in an apply, is left out.
 */
export async function applyObject(access: Access, object: KubernetesObject, options: ApplyOptions): Promise<Applied> {
  const ref = refOf(object);
  const attempt = attemptOn(access, 'patch', ref);
  const { managedFields: _, ...metadata } = object.metadata;
  // Every JSON document is a YAML document.
  const body = { type: 'application/apply-patch+yaml', text: JSON.stringify({ ...object, metadata }) };
  const parameters = { ...writeParameters(options), force: options.force ? true : undefined };
  const answer = await onKind(access, ref, (kind) =>
    access.http.send({
      attempt,
      resource: kind.resource,
      method: 'PATCH',
      path: objectPath(kind, ref, parameters),
      body,
      repeat: 'always',
      expected: [404, 422],
      ...(access.account && { account: access.account }),
    }),
  );
  if (isAnotherObject(answer)) {
    throw new BookendError(
      'conflict',
      `${describeAttempt(attempt)}: it is another object by now (its UID is not ${metadata.uid})`,
      {
        status: answer.status,
        object: attempt.target,
        field: 'metadata.uid',
      },
    );
  }
  return { object: objectIn(answer, attempt), created: answer.status === 201 };
}

/** To an apply that names the UID of an earlier object of that name the server says that the UID cannot be changed. */
function isAnotherObject({ status, body }: HttpAnswer): boolean {
  return status === 422 && (asStatus(body).details?.causes ?? []).some(({ field }) => field === 'metadata.uid');
}

/**
 * As `Cluster.create`. Repeated only where the request surely did not arrive: a second one would meet its own first.
 */
export async function createObject(
  access: Access,
  object: KubernetesObject,
  options: CreateOptions = {},
): Promise<KubernetesObject> {
  const ref = refOf(object);
  const attempt = attemptOn(access, 'create', ref);
  const answer = await onKind(access, ref, (kind) =>
    access.http.send({
      attempt,
      resource: kind.resource,
      method: 'POST',
      path: creationPath(kind, ref, {
        ...writeParameters(options),
        fieldValidation: options.strict ? 'Strict' : undefined,
      }),
      body: { type: 'application/json', text: JSON.stringify(object) },
      repeat: 'unless-arrived',
      expected: [404],
      ...(access.account && { account: access.account }),
    }),
  );
  return objectIn(answer, attempt);
}

/** The query parameters that every write understands. */
function writeParameters({ fieldManager, dryRun }: WriteOptions): Parameters {
  return { fieldManager: fieldManager ?? 'bookend', dryRun: dryRun ? 'All' : undefined };
}

/**
 * As `Cluster.patch`. Repeated when its answer was lost, if repeating is harmless: a merge patch says the same twice, a
 * JSON patch with a test notices that it has been done (and answers `conflict`); one without a test is repeated only if
 * it surely did not arrive.
 */
export async function patchObject(
  access: Access,
  ref: ObjectRef,
  patch: Patch,
  options: PatchOptions = {},
): Promise<KubernetesObject> {
  const attempt = attemptOn(access, 'patch', ref);
  const answer = await onKind(access, ref, (kind) =>
    access.http.send({
      attempt,
      resource: options.subresource ? `${kind.resource}/${options.subresource}` : kind.resource,
      method: 'PATCH',
      path: objectPath(kind, ref, writeParameters(options), options.subresource),
      accept: acceptFor(options, 'PartialObjectMetadata'),
      body:
        patch.type === 'json'
          ? { type: 'application/json-patch+json', text: JSON.stringify(patch.operations) }
          : { type: 'application/merge-patch+json', text: JSON.stringify(patch.value) },
      repeat: patch.type === 'merge' || testedPaths(patch).length > 0 ? 'always' : 'unless-arrived',
      expected: [404, 422],
      ...(access.account && { account: access.account }),
    }),
  );
  if (isFailedTest(patch, answer)) throw testFailed(patch, attempt, answer);
  const { apiVersion, kind } = ref;
  return asQueried(objectIn(answer, attempt), { ...options, apiVersion, kind });
}

/**
 * The API server answers 422 both to a failed test and to an object that would be invalid. Only the latter names
 * causes: `apiserver/pkg/endpoints/handlers/patch.go` wraps what the JSON patch library says into a generic 422 without
 * any.
 */
function isFailedTest(patch: Patch, { status, body }: HttpAnswer): boolean {
  return status === 422 && testedPaths(patch).length > 0 && (asStatus(body).details?.causes ?? []).length === 0;
}

function testFailed(patch: Patch, attempt: Attempt, { body }: HttpAnswer): BookendError {
  const tested = testedPaths(patch).join(', ');
  return new BookendError('conflict', `${describeAttempt(attempt)}: it is no longer as it was seen (tested: ${tested})`, {
    status: 422,
    ...(attempt.object && { object: attempt.object }),
    cause: asStatus(body).message,
  });
}

function testedPaths(patch: Patch): string[] {
  return patch.type === 'json' ? patch.operations.filter(({ op }) => op === 'test').map(({ path }) => path) : [];
}

/** As `Cluster.delete`; what became of the object is read from the answer. */
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
 * The API server answers with a `Status` for most kinds when the object is gone, and with the object otherwise; but
 * some kinds (Pods, ServiceAccounts, Namespaces, …) answer with the object even then, as it was last. What still has a
 * finalizer or grace to run goes on existing. A Namespace has finalizers of its own in its spec.
 */
function stillExists({ kind, metadata, spec }: Partial<KubernetesObject>): boolean {
  if (kind === 'Status' || !metadata?.deletionTimestamp) return false;
  const ownFinalizers = kind === 'Namespace' ? ((spec as { finalizers?: string[] } | undefined)?.finalizers ?? []) : [];
  return (metadata.finalizers ?? []).length + ownFinalizers.length > 0 || (metadata.deletionGracePeriodSeconds ?? 0) > 0;
}
