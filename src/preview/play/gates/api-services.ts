/**
 * Aggregated APIs: while one does not answer, discovery is incomplete, and the namespace controller, which cannot know what else is in the namespace, never ends a
 * namespace's deletion (`NamespaceDeletionDiscoveryFailure`).
 */
import type { ApiServer } from '../../../cluster/simulated/api-server.ts';
import { fieldAt, textsOf } from '../../../objects/fields.ts';
import { idOf } from '../../../objects/identity.ts';
import type { Backends } from './backend.ts';
import type { Gate } from './gate.ts';

export function apiServiceGate({ store }: ApiServer, backends: Backends): Gate {
  return ({ operation, kind, object, oldObject }) => {
    if (operation !== 'UPDATE' || kind.key !== 'namespaces') return undefined;
    const isEnd = textsOf(fieldAt(object?.spec, 'finalizers')).length < textsOf(fieldAt(oldObject?.spec, 'finalizers')).length;
    if (!isEnd) return undefined;
    for (const service of store.all('apiservices.apiregistration.k8s.io')) {
      const silent = backends.silent(fieldAt(service.spec, 'service'));
      if (silent === undefined) continue;
      const version = `${String(fieldAt(service.spec, 'group'))}/${String(fieldAt(service.spec, 'version'))}`;
      return {
        status: 503,
        reason: 'ServiceUnavailable',
        message: `Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: ${version}: stale GroupVersion discovery: ${version} (${silent})`,
        by: idOf(service),
      };
    }
    return undefined;
  };
}
