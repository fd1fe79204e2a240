/** The first DELETE of a namespace only marks it (`pkg/registry/core/namespace/storage`); its controller does the rest. */
import type { Instant } from '../../clock.ts';
import type { DeleteOptions } from '../../port.ts';
import { timestamp } from '../timestamp.ts';
import { type Deletion, finalizersFor } from './deletion.ts';
import type { Kind } from './kind.ts';
import type { Stored } from './store.ts';

/** The namespace terminating: kept by its `spec.finalizers` until it is empty. */
export function beginNamespaceTermination(kind: Kind, namespace: Stored, options: DeleteOptions, now: Instant): Deletion {
  const { finalizers: _, ...metadata } = namespace.metadata;
  const finalizers = finalizersFor(kind, namespace, options);
  return {
    gone: false,
    object: {
      ...namespace,
      metadata: { ...metadata, ...(finalizers.length > 0 && { finalizers }), deletionTimestamp: timestamp(now) },
      status: { ...(namespace.status as object | undefined), phase: 'Terminating' },
    },
  };
}
