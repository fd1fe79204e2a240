/**
 * A request that nobody sends, and an API server that judges it: it holds what admission looks at, and runs nothing.
 */

import { adopt } from '../cluster/simulated/adopt.ts';
import type { AdmissionRequest } from '../cluster/simulated/api/admission.ts';
import { ApiServer } from '../cluster/simulated/api/api-server.ts';
import { keyOf } from '../cluster/simulated/api/kind.ts';
import type { Stored } from '../cluster/simulated/api/store.ts';
import { VirtualClock } from '../cluster/simulated/clock.ts';
import { makeRandom } from '../cluster/simulated/random.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Attempt, TrialParts } from './attempt.ts';

const groups = ['admissionregistration.k8s.io', 'rbac.authorization.k8s.io'];

/** With all that was read of policies, roles and namespaces, and the parameters. */
export function serverOf({ objects, params, kinds, now }: TrialParts): ApiServer {
  const random = makeRandom(1);
  const server = new ApiServer(new VirtualClock(now), random);
  for (const kind of kinds) {
    if (server.kinds.find(kind.apiVersion, kind.kind)) continue;
    const { group, resource, subresources } = kind;
    server.kinds.add({ ...kind, key: keyOf(resource, group), hasStatus: subresources.includes('status'), generation: 'content' });
  }
  const isLookedAt = ({ apiVersion, kind }: KubernetesObject) =>
    groups.includes(groupOf(apiVersion)) || (apiVersion === 'v1' && kind === 'Namespace');
  adopt(server, random, [...objects.filter(isLookedAt), ...params]);
  return server;
}

/** The request as admission is handed it. */
export function requestOf(server: ApiServer, { operation, object, after, as }: Attempt): AdmissionRequest {
  const { namespace, name } = object.metadata;
  const random = makeRandom(1);
  if (namespace !== undefined && !server.store.get('namespaces', undefined, namespace)) {
    const labels = { 'kubernetes.io/metadata.name': namespace };
    adopt(server, random, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }]);
  }
  const known = server.kinds.find(object.apiVersion, object.kind);
  if (!known) adopt(server, random, [object]);
  return {
    operation,
    kind: known ?? server.kind(object.apiVersion, object.kind),
    ...(namespace !== undefined && { namespace }),
    name,
    oldObject: object as Stored,
    ...(after && { object: after as Stored }),
    user: { name: as?.user ?? '', groups: as?.groups ?? ['system:authenticated'] },
    dryRun: false,
  };
}
