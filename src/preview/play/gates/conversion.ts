/** Conversion webhooks: a custom resource that is asked for in another version than it is stored in cannot be read, changed or deleted while nobody converts it. */
import type { ApiServer } from '../../../cluster/simulated/api-server.ts';
import { definitionsKey } from '../../../cluster/simulated/custom-resources.ts';
import { fieldAt, listOf } from '../../../objects/fields.ts';
import { idOf } from '../../../objects/identity.ts';
import type { Backends } from './backend.ts';
import type { Gate } from './gate.ts';

export function conversionGate({ store }: ApiServer, backends: Backends): Gate {
  return ({ kind }) => {
    if (kind.definition === undefined) return undefined;
    const definition = store.get(definitionsKey, undefined, kind.definition);
    if (fieldAt(definition?.spec, 'conversion', 'strategy') !== 'Webhook' || definition === undefined) return undefined;
    const stored = listOf(fieldAt(definition.spec, 'versions')).find((version) => fieldAt(version, 'storage') === true);
    if (stored === undefined || fieldAt(stored, 'name') === kind.version) return undefined;
    const service = fieldAt(definition.spec, 'conversion', 'webhook', 'clientConfig', 'service');
    const silent = backends.silent(service);
    if (silent === undefined) return undefined;
    const address = `https://${String(fieldAt(service, 'name'))}.${String(fieldAt(service, 'namespace'))}.svc:443${String(fieldAt(service, 'path') ?? '/')}?timeout=30s`;
    return {
      status: 500,
      reason: 'InternalError',
      message: `conversion webhook for ${kind.group}/${String(fieldAt(stored, 'name'))}, Kind=${kind.kind} failed: Post "${address}": ${silent}`,
      by: idOf(definition),
    };
  };
}
