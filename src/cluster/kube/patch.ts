/** Changing parts of an object, guarded by tests of what was seen. */
import { BookendError } from '../../errors.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { Patch, WriteOptions } from '../port.ts';
import { type Access, attemptOn, objectIn, onKind } from './access.ts';
import { writeParameters } from './create.ts';
import type { HttpAnswer } from './http.ts';
import { objectPath } from './paths.ts';
import { type Attempt, asStatus, describeAttempt } from './status.ts';

/**
 * As `Cluster.patch`. Repeated when its answer was lost, if repeating is harmless: a merge patch says the same twice, a JSON patch
 * with a test notices that it has been done (and answers `conflict`); one without a test is repeated only if it surely did not arrive.
 */
export async function patchObject(
  access: Access,
  ref: ObjectRef,
  patch: Patch,
  options: WriteOptions & { subresource?: string } = {},
): Promise<KubernetesObject> {
  const attempt = attemptOn(access, 'patch', ref);
  const answer = await onKind(access, ref, (kind) =>
    access.http.send({
      attempt,
      resource: options.subresource ? `${kind.resource}/${options.subresource}` : kind.resource,
      method: 'PATCH',
      path: objectPath(kind, ref, writeParameters(options), options.subresource),
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
  return objectIn(answer, attempt);
}

/**
 * The API server answers 422 both to a failed test and to an object that would be invalid. Only the latter names causes:
 * `apiserver/pkg/endpoints/handlers/patch.go` wraps what the JSON patch library says into a generic 422 without any.
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
