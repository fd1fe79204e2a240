/** Reading one object. */
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { GetOptions } from '../port.ts';
import { type Access, attemptOn, objectIn, onKind } from './access.ts';
import { acceptFor, asQueried } from './list.ts';
import { objectPath } from './paths.ts';

/** As `Cluster.get`. Current: read from etcd by quorum, since no resourceVersion is named. */
export async function getObject(access: Access, ref: ObjectRef, options: GetOptions = {}): Promise<KubernetesObject | undefined> {
  const attempt = attemptOn(access, 'get', ref);
  const answer = await onKind(access, ref, (kind) =>
    access.http.send({
      attempt,
      resource: kind.resource,
      method: 'GET',
      path: objectPath(kind, ref),
      accept: acceptFor(options, 'PartialObjectMetadata'),
      repeat: 'always',
      expected: [404],
      ...(access.account && { account: access.account }),
    }),
  );
  if (answer.status === 404) return undefined;
  const { apiVersion, kind } = ref;
  return asQueried(objectIn(answer, attempt), { ...options, apiVersion, kind });
}
