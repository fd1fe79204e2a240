/** Reading one object. */
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { type Access, attemptOn, objectIn, onKind } from './access.ts';
import { objectPath } from './paths.ts';

/** As `Cluster.get`. Current: read from etcd by quorum, since no resourceVersion is named. */
export async function getObject(access: Access, ref: ObjectRef): Promise<KubernetesObject | undefined> {
  const attempt = attemptOn(access, 'get', ref);
  const answer = await onKind(access, ref, (kind) =>
    access.http.send({
      attempt,
      resource: kind.resource,
      method: 'GET',
      path: objectPath(kind, ref),
      repeat: 'always',
      expected: [404],
      ...(access.account && { account: access.account }),
    }),
  );
  return answer.status === 404 ? undefined : objectIn(answer, attempt);
}
