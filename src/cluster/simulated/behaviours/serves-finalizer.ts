/**
 * An operator that cleans up behind its custom resources and then removes its finalizer from them, as long as it lives
 * and has the right to.
 */

import { refOf } from '../../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../../objects/object.ts';
import type { Stored } from '../api/store.ts';
import type { Environment } from '../controllers/environment.ts';
import { type OperatorWorkload, operatorIn, operatorRetryMs, watchesKind } from './operator.ts';

export type FinalizerService = {
  apiVersion: string;
  kind: string;
  finalizer: string;
  /** The workload that must have a running Pod. */
  workload: OperatorWorkload;
  /**
   * The right by which it writes the finalizers: `verb resource[.group] [namespace]`. Default `patch` on the custom
   * resource; empty: none that could be lost.
   */
  right?: string;
  /** Rights that the clean-up takes besides, in the same form. */
  needs?: string[];
  /** How long the clean-up takes. Milliseconds; default 50. */
  takesMs?: number;
  /** Delete what the custom resource owns first, and wait until it is gone. Default false. */
  deletesChildren?: boolean;
};

export function servesFinalizer(env: Environment, service: FinalizerService): void {
  const { apiVersion, kind, finalizer, workload, needs = [], takesMs = 50, deletesChildren = false } = service;
  const operator = operatorIn(env, workload);
  const begun = new Map<string, number>();
  const add = watchesKind(env, apiVersion, kind, workload, (resource) => {
    const { uid } = resource.metadata;
    if (resource.metadata.deletionTimestamp === undefined || !resource.metadata.finalizers?.includes(finalizer)) return;
    if (operator.refusal(rights(resource)) !== undefined) {
      begun.delete(uid);
      // Without a running Pod nobody tries; the next Pod that comes up brings the resource here again.
      if (operator.account() !== undefined) add(uid, operatorRetryMs, 'retry');
      return;
    }
    if (deletesChildren && !childrenGone(resource)) return;
    const since = begun.get(uid) ?? env.clock.now();
    begun.set(uid, since);
    const left = since + takesMs - env.clock.now();
    if (left > 0) add(uid, left);
    else release(resource);
  });

  function rights({ metadata }: Stored): string[] {
    if (service.right !== undefined) return [...(service.right === '' ? [] : [service.right]), ...needs];
    const resources = env.server.kind(apiVersion, kind).key;
    return [`patch ${resources}${metadata.namespace === undefined ? '' : ` ${metadata.namespace}`}`, ...needs];
  }

  function childrenGone(resource: Stored): boolean {
    const user = operator.account();
    const children = env.server.store.dependentsOf(resource.metadata.uid);
    for (const { object } of children) {
      if (user && object.metadata.deletionTimestamp === undefined)
        env.server.delete(bare(object), { propagation: 'Foreground' }, user);
    }
    return children.length === 0;
  }

  function release(resource: Stored): void {
    const user = operator.account();
    if (user === undefined) return;
    begun.delete(resource.metadata.uid);
    const finalizers = resource.metadata.finalizers?.filter((each) => each !== finalizer) ?? [];
    const served = env.server.kind(apiVersion, kind);
    env.server.update(served, resource, { ...resource, metadata: { ...resource.metadata, finalizers } }, { user });
  }
}

function bare(object: KubernetesObject): ObjectRef {
  const { uid: _, ...ref } = refOf(object);
  return ref;
}
