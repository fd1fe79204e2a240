/**
 * The requests that would end an object, as admission sees them: its deletion and the update that removes a finalizer,
 * each with the account that sends it.
 */

import type { Attempt } from '../admission/attempt.ts';
import type { Requester } from '../admission/requester.ts';
import { groupOf, makeId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import { serviceAccountGroups, serviceAccountUser } from '../objects/service-accounts.ts';
import { bodiless } from '../reading/reader.ts';
import type { WhyContext } from './context.ts';
import { seesNotAllRoles } from './rights.ts';
import { deletingSince } from './since.ts';

export type Operation = 'UPDATE' | 'DELETE';

export function attemptOf(object: KubernetesObject, operation: Operation, context: WhyContext): Attempt {
  const as = operation === 'DELETE' ? deleterOf(object, context) : finisherOf(object, context);
  const base = { operation, object, metadataOnly: isMetadataOnly(object, context), ...(as && { as }) };
  if (operation === 'DELETE') return base;
  const { finalizers = [], ...metadata } = object.metadata;
  // The API server leaves out what is empty.
  const left = finalizers.length > 1 ? { finalizers: finalizers.slice(1) } : {};
  return { ...base, after: { ...object, metadata: { ...metadata, ...left } } };
}

/** Everything but what was asked about was read as a preview reads it. */
function isMetadataOnly(object: KubernetesObject, { object: asked }: WhyContext): boolean {
  if (object === asked) return false;
  const group = groupOf(object.apiVersion);
  return !isBuiltInGroup(group) || bodiless.has(`${group}/${object.kind}`);
}

/**
 * In a namespace that ends its controller deletes, and the garbage collector what has lost its owner; else a person,
 * nobody knows which.
 */
function deleterOf({ metadata }: KubernetesObject, { world, leaving }: WhyContext): Requester | undefined {
  if (leaving !== undefined && metadata.namespace === leaving) return controller('namespace-controller');
  const place = metadata.namespace === undefined ? undefined : world.byId(makeId('', 'Namespace', undefined, metadata.namespace));
  if (place && deletingSince(place) !== undefined) return controller('namespace-controller');
  const owners = (metadata.ownerReferences ?? []).flatMap(({ uid }) => world.byUid(uid) ?? []);
  return owners.some((owner) => deletingSince(owner) !== undefined) ? controller('generic-garbage-collector') : undefined;
}

/** On most clusters each controller of Kubernetes has an account of its own (`--use-service-account-credentials`). */
function controller(name: string): Requester {
  return { user: serviceAccountUser('kube-system', name), groups: serviceAccountGroups('kube-system'), rightsKnown: false };
}

/** The account of whoever serves the finalizer that would be removed first. */
function finisherOf(object: KubernetesObject, context: WhyContext): Requester | undefined {
  const [finalizer] = object.metadata.finalizers ?? [];
  const servers = finalizer === undefined ? [] : context.serving.serversOfFinalizer(finalizer, object);
  const [server] = servers === 'kubernetes' ? [] : servers;
  const workload = server && context.world.byId(server.workload);
  const template = workload && podTemplateOf(workload);
  const namespace = workload?.metadata.namespace;
  if (!template || namespace === undefined) return undefined;
  const user = serviceAccountUser(namespace, template.serviceAccount);
  return { user, groups: serviceAccountGroups(namespace), rightsKnown: !seesNotAllRoles(context) };
}
