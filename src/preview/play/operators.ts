/**
 * Operators as the play has them: a workload that is taken for the controller of a kind serves its finalizers and makes
 * its children anew, as long as one of its Pods runs and its rights last. Who it is comes from `Serving`; what could
 * not be told is said in `supposed`.
 */

import type { Kind } from '../../cluster/simulated/api/kind.ts';
import type { Stored } from '../../cluster/simulated/api/store.ts';
import { workQueue } from '../../cluster/simulated/controllers/environment.ts';
import { makesChildren, type SimulatedCluster, servesFinalizer, serviceAccount } from '../../cluster/simulated/index.ts';
import type { Serving } from '../../knowledge/serving/server.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeId, describeRef, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';

export type Operators = {
  /** Takes what is in the cluster now into account: finalizers and children that were not there before. */
  look(): void;
  /** What was supposed, in words. */
  supposed: string[];
};

/** @param childrenOf what a custom resource is to have although nobody has seen it: see `supposeChildren`. */
export function operatorsOf(
  simulated: SimulatedCluster,
  serving: Serving,
  childrenOf: (resource: KubernetesObject) => KubernetesObject[] = () => [],
): Operators {
  const { server, environment } = simulated;
  const supposed: string[] = [];
  const served = new Set<string>();
  const makers = new Set<string>();
  /** As they were first seen, by the UID of the custom resource. */
  const children = new Map<string, KubernetesObject[]>();

  return { look, supposed };

  function look(): void {
    for (const { key } of server.kinds.listable()) if (!quickKinds.has(key)) server.store.all(key).forEach(lookAt);
  }

  function lookAt(object: Stored): void {
    const kind = server.kinds.find(object.apiVersion, object.kind);
    if (kind === undefined) return;
    for (const finalizer of object.metadata.finalizers ?? []) serve(kind, object, finalizer);
    if (!isBuiltInGroup(kind.group)) make(kind, object);
  }

  function serve(kind: Kind, object: Stored, finalizer: string): void {
    const servers = serving.serversOfFinalizer(finalizer, object);
    if (servers === 'kubernetes') {
      if (!simulatedFinalizers.has(finalizer)) serveAsKubernetes(kind, finalizer);
      return;
    }
    const [server1] = servers;
    const once = `${kind.apiVersion}/${kind.kind}/${finalizer}/${server1?.workload ?? ''}`;
    if (served.has(once)) return;
    served.add(once);
    if (server1 === undefined) {
      supposed.push(
        `nobody removes finalizer ${finalizer} of ${describeRef({ kind: kind.kind, ...object.metadata })}: no workload was found that would`,
      );
      return;
    }
    supposed.push(`${describeId(server1.workload)} removes finalizer ${finalizer} of ${kind.kind} (${server1.confidence})`);
    servesFinalizer(environment, {
      apiVersion: object.apiVersion,
      kind: object.kind,
      finalizer,
      workload: workloadOf(server1.workload),
      right: rightToWrite(kind, object, server1.workload),
    });
  }

  /** What the API server's own controllers and cloud providers remove, as soon as the object is to go. */
  function serveAsKubernetes(kind: Kind, finalizer: string): void {
    const once = `${kind.apiVersion}/${kind.kind}/${finalizer}`;
    if (served.has(once)) return;
    served.add(once);
    const add = workQueue(environment, (uid) => {
      const now = server.store.byUid(uid)?.object;
      if (now?.metadata.deletionTimestamp === undefined || !now.metadata.finalizers?.includes(finalizer)) return;
      const finalizers = now.metadata.finalizers.filter((each) => each !== finalizer);
      server.update(kind, now, { ...now, metadata: { ...now.metadata, finalizers } });
    });
    environment.on(kind.key, ({ type, object }) => {
      if (type !== 'deleted' && object.metadata.deletionTimestamp !== undefined) add(object.metadata.uid, kubernetesMs);
    });
  }

  function make(kind: Kind, resource: Stored): void {
    const [controller] = serving.controllersOf(kind.group, kind.kind);
    if (controller === undefined) return;
    const own = server.store
      .dependentsOf(resource.metadata.uid)
      .filter(({ object }) =>
        object.metadata.ownerReferences?.some((owner) => owner.uid === resource.metadata.uid && owner.controller === true),
      );
    const made = own.length > 0 ? own.map(({ object }) => anew(object, resource.metadata.uid)) : childrenOf(resource);
    if (made.length === 0 || children.has(resource.metadata.uid)) return;
    children.set(resource.metadata.uid, made);
    const once = `${kind.apiVersion}/${kind.kind}/${controller.workload}`;
    if (makers.has(once)) return;
    makers.add(once);
    supposed.push(
      `${describeId(controller.workload)} makes what ${kind.kind} objects own, and creates it again (${controller.confidence})`,
    );
    makesChildren(environment, {
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      workload: workloadOf(controller.workload),
      children: ({ metadata }) => children.get(metadata.uid ?? '') ?? [],
    });
    // The kind's objects were there before anybody watched them.
    for (const each of server.store.all(kind.key)) server.store.put(kind, each);
  }

  /**
   * The right by which the workload writes finalizers: whichever it has now. Where none is to be seen it is taken to
   * write by a right that is not known here, and only its Pod counts.
   */
  function rightToWrite(kind: Kind, { metadata }: Stored, workload: ObjectId): string {
    const account = serviceAccount(parseId(workload).namespace ?? '', accountOf(simulated, workload));
    const place = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
    const wanted = ['patch', 'update'].flatMap((verb) =>
      [kind.resource, `${kind.resource}/finalizers`].map((resource) => ({ verb, resource })),
    );
    const given = wanted.find((each) =>
      server.authorizer.allows(account, { ...each, group: kind.group, ...place, name: metadata.name }),
    );
    if (given === undefined) return '';
    const group = kind.group === '' ? '' : `.${kind.group}`;
    return `${given.verb} ${given.resource}${group}${metadata.namespace === undefined ? '' : ` ${metadata.namespace}`}`;
  }
}

/** Many, and nobody else's finalizer is ever on them. */
const quickKinds = new Set([
  'events',
  'leases.coordination.k8s.io',
  'endpointslices.discovery.k8s.io',
  'controllerrevisions.apps',
  'nodes',
]);

/** Those that the simulated cluster's own controllers remove. */
const simulatedFinalizers = new Set([
  'kubernetes.io/pvc-protection',
  'batch.kubernetes.io/job-tracking',
  'customresourcecleanup.apiextensions.k8s.io',
  'foregroundDeletion',
  'orphan',
  'kubernetes',
]);
const kubernetesMs = 200;

function workloadOf(id: ObjectId): { kind: string; namespace: string; name: string } {
  const { kind, namespace = '', name } = parseId(id);
  return { kind, namespace, name };
}

/** Of the workload's Pod template. */
function accountOf({ server }: SimulatedCluster, id: ObjectId): string {
  const { group, kind, namespace, name } = parseId(id);
  const served = server.kinds.inGroup(group, kind);
  const object = served && server.store.get(served.key, namespace, name);
  const podSpec = kind === 'Pod' ? object?.spec : fieldAt(object?.spec, 'template', 'spec');
  return textOf(fieldAt(podSpec, 'serviceAccountName')) ?? textOf(fieldAt(podSpec, 'serviceAccount')) ?? 'default';
}

/** A child as its operator would make it again. */
function anew(object: Stored, ownerUid: string): KubernetesObject {
  const {
    uid: _u,
    resourceVersion: _r,
    creationTimestamp: _c,
    deletionTimestamp: _d,
    generation: _g,
    managedFields: _m,
    ownerReferences,
    ...metadata
  } = object.metadata;
  const others = ownerReferences?.filter(({ uid }) => uid !== ownerUid) ?? [];
  const { status: _s, ...rest } = object;
  return { ...rest, metadata: { ...metadata, ...(others.length > 0 && { ownerReferences: others }) } };
}
