/**
 * An operator that makes objects for each of its custom resources, as their controlling owner, and makes them anew when
 * somebody deletes them.
 */
import type { KubernetesObject } from '../../../objects/object.ts';
import type { By } from '../api/api-server.ts';
import type { Kind } from '../api/kind.ts';
import type { Stored } from '../api/store.ts';
import type { Environment } from '../controllers/environment.ts';
import { controllerReference, isTerminating } from '../pods.ts';
import { type Operator, type OperatorWorkload, operatorIn, operatorRetryMs, watchesKind } from './operator.ts';

export type ChildMaker = {
  apiVersion: string;
  kind: string;
  /** The workload that must have a running Pod. */
  workload: OperatorWorkload;
  /** What a custom resource shall have; the owner reference is added. */
  children: (resource: KubernetesObject) => KubernetesObject[];
  /** Finalizer that it puts on the custom resource before it makes anything. */
  finalizer?: string;
  /** Its name in `metadata.managedFields`. Default `operator`. */
  fieldManager?: string;
  /** Also make them anew while the custom resource is terminating, as careless operators do. Default false. */
  whileTerminating?: boolean;
};

export function makesChildren(env: Environment, maker: ChildMaker): void {
  const { apiVersion, kind, workload, finalizer, whileTerminating = false } = maker;
  const operator = operatorIn(env, workload);
  const add = watchesKind(env, apiVersion, kind, workload, (resource) => {
    if (isTerminating(resource) && !whileTerminating) return;
    const user = operator.account();
    if (user === undefined) return;
    const served = env.server.kind(apiVersion, kind);
    const by = { user, manager: maker.fieldManager ?? 'operator' };
    const lacksFinalizer = finalizer !== undefined && !resource.metadata.finalizers?.includes(finalizer);
    const done =
      lacksFinalizer && !isTerminating(resource)
        ? addFinalizer(env, operator, served, resource, finalizer, by)
        : maker.children(resource).every((child) => makeChild(env, operator, resource, child, by));
    if (!done) add(resource.metadata.uid, operatorRetryMs, 'retry');
  });
}

/** @returns false when the operator may not */
function addFinalizer(
  env: Environment,
  operator: Operator,
  served: Kind,
  resource: Stored,
  finalizer: string,
  { user }: By,
): boolean {
  const { metadata } = resource;
  if (operator.refusal([`patch ${served.key}${placeOf(resource)}`]) !== undefined) return false;
  const finalizers = [...(metadata.finalizers ?? []), finalizer];
  env.server.update(served, resource, { ...resource, metadata: { ...metadata, finalizers } }, { user });
  return true;
}

/** @returns false when the operator may not */
function makeChild(env: Environment, operator: Operator, resource: Stored, child: KubernetesObject, by: By): boolean {
  const kind = env.server.kind(child.apiVersion, child.kind);
  if (env.server.store.get(kind.key, child.metadata.namespace, child.metadata.name)) return true;
  if (operator.refusal([`create ${kind.key}${placeOf(child)}`]) !== undefined) return false;
  const ownerReferences = [...(child.metadata.ownerReferences ?? []), controllerReference(resource)];
  env.server.create({ ...child, metadata: { ...child.metadata, ownerReferences } }, by);
  return true;
}

function placeOf({ metadata: { namespace } }: KubernetesObject): string {
  return namespace === undefined ? '' : ` ${namespace}`;
}
