/**
 * Aggregated APIs (`kube-aggregator`): the kinds of a group and version that an APIService hands to a Service exist
 * only while that Service answers. Until then discovery is incomplete, no namespace ends, and every request for such a
 * kind gets 503.
 */
import { fieldAt, textOf } from '../../../../objects/fields.ts';
import { idOf, type ObjectId } from '../../../../objects/identity.ts';
import type { Store } from '../store.ts';
import type { Backends } from './backends.ts';

const apiServicesKey = 'apiservices.apiregistration.k8s.io';

export type SilentApi = { apiVersion: string; by: ObjectId; why: string };

/** The aggregated groups and versions that do not answer now. */
export function silentApis(store: Store, backends: Backends): SilentApi[] {
  return store.all(apiServicesKey).flatMap((service) => {
    const why = backends.failure(fieldAt(service.spec, 'service'));
    const version = textOf(fieldAt(service.spec, 'version'));
    if (why === undefined || version === undefined) return [];
    return [{ apiVersion: `${textOf(fieldAt(service.spec, 'group'))}/${version}`, by: idOf(service), why }];
  });
}

/** The one that serves this version and does not answer, or undefined. */
export function silentApi(store: Store, backends: Backends, apiVersion: string): SilentApi | undefined {
  if (store.all(apiServicesKey).length === 0) return undefined;
  return silentApis(store, backends).find((api) => api.apiVersion === apiVersion);
}

/** What discovery says of them (`ErrGroupDiscoveryFailed`). */
export function discoveryFailure(silent: readonly SilentApi[]): string | undefined {
  if (silent.length === 0) return undefined;
  const list = silent.map(({ apiVersion }) => `${apiVersion}: stale GroupVersion discovery: ${apiVersion}`).join(', ');
  return `unable to retrieve the complete list of server APIs: ${list}`;
}
