/**
 * What every update keeps to, whatever the kind (apiserver `rest.BeforeUpdate`): the server's own fields, the status,
 * the generation.
 */

import { type Fields, same } from '../json.ts';
import { conflict, invalidField } from './api-errors.ts';
import type { Kind } from './kind.ts';
import type { Stored } from './store.ts';

/** The namespace as a field to spread: none for cluster-scoped objects. */
export const home = (namespace: string | undefined) => (namespace === undefined ? {} : { namespace });

/** Outside of its subresource a status stays as it is. */
export function withStatusOf(kind: Kind, old: Stored, next: Stored): Stored {
  if (!kind.hasStatus || next.status === old.status) return next;
  const { status: _, ...rest } = next;
  return (old.status === undefined ? rest : { ...rest, status: old.status }) as Stored;
}

/** What only the server may set stays; what a writer states about it must be true (`rest.BeforeUpdate`). */
export function withSystemFields(kind: Kind, old: Stored, next: Stored): Stored {
  const was = old.metadata;
  const is = next.metadata;
  if (is === was) return next.apiVersion === old.apiVersion ? next : { ...next, apiVersion: old.apiVersion };
  if (is.name !== was.name)
    throw invalidField(kind, was.name, was.namespace, 'metadata.name', 'Invalid value: field is immutable');
  if (is.uid !== undefined && is.uid !== was.uid) {
    throw conflict(
      kind,
      was.name,
      was.namespace,
      `Precondition failed: UID in precondition: ${is.uid}, UID in object meta: ${was.uid}`,
    );
  }
  if (is.resourceVersion && is.resourceVersion !== was.resourceVersion) {
    throw conflict(
      kind,
      was.name,
      was.namespace,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }
  if (is.deletionTimestamp !== undefined && is.deletionTimestamp !== was.deletionTimestamp) {
    throw invalidField(kind, was.name, was.namespace, 'metadata.deletionTimestamp', 'Invalid value: field is immutable');
  }
  const { deletionTimestamp: _d, deletionGracePeriodSeconds: _g, generation: _n, finalizers, ...rest } = is;
  return {
    ...next,
    apiVersion: old.apiVersion,
    kind: old.kind,
    metadata: {
      ...rest,
      uid: was.uid,
      resourceVersion: was.resourceVersion,
      creationTimestamp: was.creationTimestamp,
      ...home(was.namespace),
      ...(finalizers?.length && { finalizers }),
      ...(was.generation !== undefined && { generation: was.generation }),
      ...(was.deletionTimestamp !== undefined && { deletionTimestamp: was.deletionTimestamp }),
      ...(was.deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds: was.deletionGracePeriodSeconds }),
    },
  };
}

/** `metadata.generation` counts the changes of what is wanted, not of what is. */
export function withGeneration(kind: Kind, old: Stored, next: Stored): Stored {
  if (kind.generation === 'none') return next;
  const changed = kind.generation === 'spec' ? !same(old.spec, next.spec) : !same(content(kind, old), content(kind, next));
  return changed ? { ...next, metadata: { ...next.metadata, generation: (old.metadata.generation ?? 0) + 1 } } : next;
}

function content(kind: Kind, object: Stored): Fields {
  const { metadata: _, status, ...rest } = object;
  return kind.hasStatus ? rest : { ...rest, status };
}
