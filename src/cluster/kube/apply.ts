/** Server-side apply: the API server merges, and remembers which manager owns which field. */
import { BookendError } from '../../errors.ts';
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Applied, ApplyOptions } from '../port.ts';
import { type Access, attemptOn, objectIn, onKind } from './access.ts';
import { writeParameters } from './create.ts';
import type { HttpAnswer } from './http.ts';
import { objectPath } from './paths.ts';
import { asStatus, describeAttempt } from './status.ts';

/**
 * As `Cluster.apply`. An apply whose answer was lost is sent again: it then finds its own work, and `created` is false.
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
