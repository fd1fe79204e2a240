/**
 * Conversion webhooks of CustomResourceDefinitions: a custom resource that is asked for in another version than it is
 * stored in must be converted to be read, changed or deleted; while nobody converts it every such request fails
 * (`apiextensions-apiserver/pkg/apiserver/conversion`).
 *
 * Simplified: all objects of a kind count as stored in the definition's storage version; what a conversion would change
 * is not changed.
 */
import { fieldAt, textOf } from '../../../../objects/fields.ts';
import { idOf, type ObjectId } from '../../../../objects/identity.ts';
import { mapsOf } from '../../json.ts';
import { definitionsKey } from '../custom-resources.ts';
import type { Kind } from '../kind.ts';
import type { Store } from '../store.ts';
import { type Backends, urlOf } from './backends.ts';

/** Why objects of a kind in that version cannot be had now, or undefined. */
export function conversionFailure(store: Store, backends: Backends, kind: Kind): { message: string; by: ObjectId } | undefined {
  if (kind.definition === undefined) return undefined;
  const definition = store.get(definitionsKey, undefined, kind.definition);
  if (definition === undefined || fieldAt(definition.spec, 'conversion', 'strategy') !== 'Webhook') return undefined;
  const stored = textOf(mapsOf(fieldAt(definition.spec, 'versions')).find(({ storage }) => storage === true)?.name);
  if (stored === undefined || stored === kind.version) return undefined;
  const service = fieldAt(definition.spec, 'conversion', 'webhook', 'clientConfig', 'service');
  const failure = backends.failure(service);
  if (failure === undefined) return undefined;
  return {
    by: idOf(definition),
    message: `conversion webhook for ${kind.group}/${stored}, Kind=${kind.kind} failed: Post "${urlOf(service, 30)}": ${failure}`,
  };
}
