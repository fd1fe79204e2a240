/**
 * What a DELETE does to an object (apiserver `rest.BeforeDelete`, `registry.Store.Delete`): gone at once, or marked and
 * kept by its grace period or its finalizers. Pure; the names of the steps follow the server's.
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { Instant } from '../../clock.ts';
import type { DeleteOptions } from '../../port.ts';
import { timestamp } from '../timestamp.ts';
import type { Kind } from './kind.ts';
import type { Stored } from './store.ts';

export const foregroundDeletion = 'foregroundDeletion';
export const orphan = 'orphan';

export type Deletion = { gone: boolean; object: Stored };

/** The object as the DELETE leaves it, and whether it goes now. */
export function deletionOf(kind: Kind, object: Stored, options: DeleteOptions, now: Instant): Deletion {
  const graceful = kind.key === 'pods' ? graceOf(object, options, now) : 'none';
  // The grace period is running and this request does not shorten it: nothing changes, the finalizers neither.
  if (graceful === 'pending') return { gone: false, object };
  const finalizers = finalizersFor(kind, object, options);
  const kept = withFinalizers(graceful === 'none' ? object : graceful.object, finalizers);
  if (graceful !== 'none') return { gone: finalizers.length === 0 && graceful.seconds === 0, object: kept };
  return finalizers.length > 0 ? { gone: false, object: markedAsDeleting(kept, now) } : { gone: true, object: kept };
}

/** Whether an update has taken away the last thing that kept a terminating object. */
export function mayGo(kind: Kind, { metadata, spec }: Stored): boolean {
  if (metadata.deletionTimestamp === undefined || metadata.finalizers?.length) return false;
  if (kind.key === 'namespaces') return !(fieldAt(spec, 'finalizers') as string[] | undefined)?.length;
  return (metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

/** `markAsDeleting`: the generation counts it, so that controllers see that they have not observed it yet. */
function markedAsDeleting(object: Stored, now: Instant): Stored {
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return object;
  return {
    ...object,
    metadata: { ...metadata, ...nextGeneration(object), deletionTimestamp: timestamp(now), deletionGracePeriodSeconds: 0 },
  };
}

/**
 * Only Pods have a grace period (`podStrategy.CheckGracefulDelete`): none while unscheduled or once they have ended.
 */
function graceOf(pod: Stored, options: DeleteOptions, now: Instant): 'none' | 'pending' | { object: Stored; seconds: number } {
  const { deletionTimestamp, deletionGracePeriodSeconds: running } = pod.metadata;
  const marked = (seconds: number, from: Instant, generation: { generation?: number }) => ({
    seconds,
    object: {
      ...pod,
      metadata: {
        ...pod.metadata,
        ...generation,
        deletionTimestamp: timestamp(from + seconds * 1000),
        deletionGracePeriodSeconds: seconds,
      },
    },
  });
  if (deletionTimestamp !== undefined) {
    if (!running) return 'none';
    if (options.gracePeriodSeconds === undefined || options.gracePeriodSeconds >= running) return 'pending';
    return marked(options.gracePeriodSeconds, Date.parse(deletionTimestamp) - running * 1000, {});
  }
  const ended = ['Succeeded', 'Failed'].includes(String(fieldAt(pod.status, 'phase')));
  const scheduled = fieldAt(pod.spec, 'nodeName') !== undefined;
  const wanted = options.gracePeriodSeconds ?? (fieldAt(pod.spec, 'terminationGracePeriodSeconds') as number | undefined) ?? 0;
  return marked(ended || !scheduled ? 0 : wanted < 0 ? 1 : wanted, now, nextGeneration(pod));
}

/**
 * `deletionFinalizersForGarbageCollection`: the request's policy, else the one pending on the object, else the kind's
 * own.
 */
function finalizersFor(kind: Kind, { metadata }: Stored, { propagation }: DeleteOptions): string[] {
  const present = metadata.finalizers ?? [];
  if (kind.key === 'events') return present;
  const has = (finalizer: string) => present.includes(finalizer);
  const orphans = propagation
    ? propagation === 'Orphan'
    : has(orphan) || (!has(foregroundDeletion) && orphansByDefault.has(kind.key));
  const foreground = propagation ? propagation === 'Foreground' : has(foregroundDeletion) && !has(orphan);
  const others = present.filter((finalizer) => finalizer !== orphan && finalizer !== foregroundDeletion);
  return [...others, ...(orphans ? [orphan] : []), ...(foreground ? [foregroundDeletion] : [])];
}

/**
 * Kinds whose first versions knew no garbage collector keep that meaning when no policy is given
 * (`DefaultGarbageCollectionPolicy`).
 */
const orphansByDefault = new Set(['jobs.batch', 'replicationcontrollers']);

function withFinalizers(object: Stored, finalizers: string[]): Stored {
  const present = object.metadata.finalizers ?? [];
  if (present.length === finalizers.length && present.every((finalizer) => finalizers.includes(finalizer))) return object;
  const { finalizers: _, ...metadata } = object.metadata;
  return { ...object, metadata: finalizers.length > 0 ? { ...metadata, finalizers } : metadata };
}

function nextGeneration({ metadata }: Stored): { generation?: number } {
  return metadata.generation ? { generation: metadata.generation + 1 } : {};
}

/**
 * The first DELETE of a namespace only marks it (`pkg/registry/core/namespace/storage`); its controller does the rest.
 * The namespace is then kept by its `spec.finalizers` until it is empty.
 */
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
