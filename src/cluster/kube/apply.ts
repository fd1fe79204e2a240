/** Server-side apply: the API server merges, and remembers which manager owns which field. */
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Applied, ApplyOptions } from '../port.ts';
import { type Access, attemptOn, objectIn, onKind } from './access.ts';
import { writeParameters } from './create.ts';
import { objectPath } from './paths.ts';

/**
 * As `Cluster.apply`. An apply whose answer was lost is sent again: it then finds its own work, and `created` is false.
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
      expected: [404],
      ...(access.account && { account: access.account }),
    }),
  );
  return { object: objectIn(answer, attempt), created: answer.status === 201 };
}
