/** Writes that reach one part of an object only. */
import { fieldAt } from '../../../objects/fields.ts';
import type { Fields } from '../json.ts';
import { apiError, invalidField } from './api-errors.ts';
import type { Kind } from './kind.ts';
import type { Stored } from './store.ts';

/**
 * The object with what the subresource may change taken from `result`: `status` changes the status and nothing else,
 * `scale` the number of replicas (patched as part of the object itself here, not through a Scale object).
 * @throws BookendError not-found when the kind has no such subresource.
 */
export function subresourceChanged(kind: Kind, old: Stored, result: Stored, subresource: string): Stored {
  const { name, namespace } = old.metadata;
  if (!kind.subresources.includes(subresource)) {
    throw apiError('not-found', `${kind.key} has no subresource ${subresource}`, { status: 404, reason: 'NotFound' });
  }
  if (result.metadata.resourceVersion && result.metadata.resourceVersion !== old.metadata.resourceVersion) {
    throw apiError('conflict', `Operation cannot be fulfilled on ${kind.key} "${name}": the object has been modified`, {
      status: 409,
      reason: 'Conflict',
    });
  }
  if (subresource === 'status') {
    if (result.status !== undefined) return { ...old, status: result.status };
    const { status: _, ...rest } = old;
    return rest as Stored;
  }
  const replicas = fieldAt(result.spec, 'replicas');
  if (typeof replicas !== 'number' || replicas < 0)
    throw invalidField(kind, name, namespace, 'spec.replicas', 'Invalid value: must be greater than or equal to 0');
  return { ...old, spec: { ...(old.spec as Fields), replicas } };
}
