/**
 * Who is taken for the operator of a kind where nobody has seen a finalizer, and whether it may put one there:
 * manifests alone show no more than rights and names.
 */
import { describesPods } from '../../knowledge/pod-schemas.ts';
import { changes, isHousekeeping, type Right } from '../../knowledge/rights.ts';
import type { Server } from '../../knowledge/serving/server.ts';
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';
import { resourceOf } from './finalizer-servers.ts';
import type { RuleInput } from './rule-input.ts';

/**
 * Only with the kind's definition at hand, or where more than a right speaks for it: a chart that makes a
 * ServiceMonitor is not its operator, but a program that is named after the kind and may write all of it is.
 */
export function supposedServers(id: ObjectId, input: RuleInput): readonly Server[] {
  const { group, kind } = parseId(id);
  const servers = input.serving.controllersOf(group, kind);
  const crd = input.world.crdOf(group, kind);
  if (crd && input.given.has(input.world.idOf(crd))) return servers;
  return servers.filter(({ confidence, isNamedAfter }) => confidence === 'certain' || (confidence === 'likely' && isNamedAfter));
}

/**
 * Whether the operator may put finalizers on the kind: whoever does so changes its objects, and names
 * `widgets/finalizers` in its role, or all of its own group. A right to everything says nothing. A right in one
 * namespace reaches no object outside of it, as no cluster-scoped one is in any; objects without a name stand for all
 * of their kind.
 * @param beyond a namespace: whether it may do so anywhere else
 */
export function mayHold(id: ObjectId, workload: ObjectId, input: RuleInput, beyond?: string): boolean {
  const { group, resource: plural, namespace, isClusterScoped } = resourceOf(id, input);
  const reaches = (right: Right) =>
    right.namespace === undefined || (!isClusterScoped && (namespace === undefined || right.namespace === namespace));
  const rights = rightsOf(workload, input).filter(
    (right) =>
      right.apiGroups.includes(group) && changes(right) && reaches(right) && (beyond === undefined || right.namespace !== beyond),
  );
  const names =
    (...resources: string[]) =>
    (right: Right) =>
      right.resources.some((each) => resources.includes(each));
  return rights.filter(writes).some(names('*', plural)) && rights.some(names('*', '*/finalizers', `${plural}/finalizers`));
}

/**
 * Whether that right speaks for finalizers. Where owner references are enforced (OwnerReferencesPermissionEnforcement)
 * whoever makes Pods of a widget needs the right to `widgets/finalizers` too, and generators of operators write it for
 * every kind: so not where the kind describes Pods, unless the operator may make nothing but its own kinds.
 */
export function likelyHolds(id: ObjectId, workload: ObjectId, input: RuleInput, beyond?: string): boolean {
  const { group, kind } = parseId(id);
  const definition = input.world.crdOf(group, kind);
  const owns = definition !== undefined && describesPods(definition) && makesOthers(workload, group, input);
  return !owns && mayHold(id, workload, input, beyond);
}

function makesOthers(workload: ObjectId, ownGroup: string, input: RuleInput): boolean {
  return rightsOf(workload, input).some(
    (right) =>
      right.verbs.some((verb) => verb === 'create' || verb === '*') &&
      right.apiGroups.some((group) => group !== ownGroup) &&
      !isHousekeeping(right),
  );
}

/** A finalizer is put on an object by changing the object itself. */
function writes({ verbs }: Right): boolean {
  return verbs.some((verb) => verb === '*' || verb === 'update' || verb === 'patch');
}

function rightsOf(workload: ObjectId, input: RuleInput): readonly Right[] {
  const object = input.world.byId(workload);
  const account = (object && podTemplateOf(object)?.serviceAccount) ?? 'default';
  return input.rightsOf(`${parseId(workload).namespace ?? ''}/${account}`);
}

/** It has been deleted, or is on its way. */
export function isGoing(workload: ObjectId, input: RuleInput): boolean {
  return input.goneAt(workload) !== undefined || input.calledAt(workload) !== undefined || input.isDeleted(workload);
}
