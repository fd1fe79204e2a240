/** An operator that makes objects for each of its custom resources, as their controlling owner, and makes them anew when somebody deletes them. */
import type { KubernetesObject } from '../../../objects/object.ts';
import type { Environment } from '../controllers/environment.ts';
import { controllerReference, isTerminating } from '../pods.ts';
import { type OperatorWorkload, operatorIn, operatorRetryMs, watchesKind } from './operator.ts';

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
  const { apiVersion, kind, workload, children, finalizer, fieldManager = 'operator', whileTerminating = false } = maker;
  const operator = operatorIn(env, workload);
  const add = watchesKind(env, apiVersion, kind, workload, (resource) => {
    if (isTerminating(resource) && !whileTerminating) return;
    const user = operator.account();
    if (user === undefined) return;
    const served = env.server.kind(apiVersion, kind);
    const { finalizers = [], namespace } = resource.metadata;
    const retry = () => add(resource.metadata.uid, operatorRetryMs, 'retry');
    if (finalizer !== undefined && !finalizers.includes(finalizer) && !isTerminating(resource)) {
      if (operator.refusal([`patch ${served.key}${namespace === undefined ? '' : ` ${namespace}`}`]) !== undefined)
        return retry();
      env.server.update(
        served,
        resource,
        { ...resource, metadata: { ...resource.metadata, finalizers: [...finalizers, finalizer] } },
        { user },
      );
      return;
    }
    for (const child of children(resource)) {
      const childKind = env.server.kind(child.apiVersion, child.kind);
      if (env.server.store.get(childKind.key, child.metadata.namespace, child.metadata.name)) continue;
      const place = child.metadata.namespace === undefined ? '' : ` ${child.metadata.namespace}`;
      if (operator.refusal([`create ${childKind.key}${place}`]) !== undefined) return retry();
      const metadata = {
        ...child.metadata,
        ownerReferences: [...(child.metadata.ownerReferences ?? []), controllerReference(resource)],
      };
      env.server.create({ ...child, metadata }, { user, manager: fieldManager });
    }
  });
}
