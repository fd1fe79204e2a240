/**
 * Owner references say who is deleted with whom, and two different things about the order.
 *
 * Where the owner's controller makes the child (a Deployment its ReplicaSets, an operator the children of its custom
 * resource), the owner goes first: a child that is deleted before it is made anew at once. Rule `owner`, from the owner
 * to the child.
 *
 * Where the owner only carries the child along (a webhook configuration owned by a Namespace or a ClusterRole, as
 * several operators do it), the child needs its owner: whoever deletes the owner has deleted the child. Rule `owned`,
 * from the child to the owner.
 */
import { groupOf } from '../../objects/identity.ts';
import type { KubernetesObject, OwnerReference } from '../../objects/object.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import type { Edge, EdgeRule, World } from '../edge.ts';

export const owner: EdgeRule = {
  name: 'owner',
  why: "If a child is deleted before its owner, the owner's controller recreates it.",
  find: (world) => {
    return ownerships(world).flatMap(({ child, parent, proof }): Edge[] => {
      if (!makesChildren(parent, child)) return [];
      const edge = { from: world.idOf(parent), to: world.idOf(child), rule: 'owner', evidence: [proof] };
      return [isBuiltInGroup(groupOf(parent.apiVersion)) ? edge : { ...edge, certainty: 'inferred' }];
    });
  },
};

export const owned: EdgeRule = {
  name: 'owned',
  why: 'The garbage collector deletes a child as soon as its owner is gone.',
  find: (world) =>
    ownerships(world).flatMap(({ child, parent, proof }): Edge[] =>
      makesChildren(parent, child)
        ? []
        : [{ from: world.idOf(child), to: world.idOf(parent), rule: 'owned', evidence: [proof], certainty: 'inferred' }],
    ),
};

export type Ownership = { child: KubernetesObject; parent: KubernetesObject; proof: Edge['evidence'][number] };

/** Every owner reference whose owner is in the set: found by UID, as the garbage collector does it. */
export function ownerships(world: World): Ownership[] {
  return world.objects.flatMap((child) =>
    (child.metadata.ownerReferences ?? []).flatMap((reference, index) => {
      const parent = world.byUid(reference.uid);
      if (!parent) return [];
      const proof = { object: world.idOf(child), field: `metadata.ownerReferences[${index}].name`, value: nameOf(reference) };
      return [{ child, parent, proof }];
    }),
  );
}

function nameOf({ kind, name }: OwnerReference): string {
  return `${kind} ${name}`;
}

/** True when the owner's controller makes such children, and makes them again when they are deleted. */
function makesChildren(parent: KubernetesObject, child: KubernetesObject): boolean {
  const group = groupOf(parent.apiVersion);
  if (!isBuiltInGroup(group)) return true;
  return madeBy.get(`${parent.kind}.${group}`)?.includes(child.kind) ?? false;
}

const madeBy = new Map<string, string[]>([
  ['Deployment.apps', ['ReplicaSet']],
  ['ReplicaSet.apps', ['Pod']],
  ['StatefulSet.apps', ['Pod', 'ControllerRevision', 'PersistentVolumeClaim']],
  ['DaemonSet.apps', ['Pod', 'ControllerRevision']],
  ['ReplicationController.', ['Pod']],
  ['Job.batch', ['Pod']],
  ['CronJob.batch', ['Job']],
  ['Pod.', ['PersistentVolumeClaim', 'ResourceClaim']],
  ['Service.', ['EndpointSlice', 'Endpoints']],
]);
