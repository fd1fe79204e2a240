/**
 * Owner references say who is deleted with whom, and two different things about the order.
 *
 * Where the owner's controller makes the child (a Deployment its ReplicaSets, an operator the children of its custom
 * resource), the owner goes first: a child that is deleted before it is made anew at once. Rule `owner`, from the owner
 * to the child.
 *
 * A built-in owner has controllers of others too: kueue makes a Workload for a Job and makes it again while the Job
 * lives. So a custom resource whose owner says `controller: true` goes after that, unless the owner is what serves it,
 * or a kind that nobody makes anything for.
 *
 * Where the owner only carries the child along (a webhook configuration owned by a Namespace or a ClusterRole, as
 * several operators do it), the child needs its owner: whoever deletes the owner has deleted the child. Rule `owned`,
 * from the child to the owner.
 */
import { groupOf } from '../../objects/identity.ts';
import type { KubernetesObject, OwnerReference } from '../../objects/object.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import type { Edge, EdgeRule, World } from '../edge.ts';
import { grantsIn, reaching } from './grants.ts';
import { resourceOf } from './resource-of.ts';

export const owner: EdgeRule = {
  name: 'owner',
  why: "If a child is deleted before its owner, the owner's controller recreates it.",
  find: (world) => {
    const makerOf = makers(world);
    return ownerships(world).flatMap(({ child, parent, reference, proof }): Edge[] => {
      const maker = makerOf(parent, child, reference);
      if (maker === undefined) return [];
      const edge = { from: world.idOf(parent), to: world.idOf(child), rule: 'owner', evidence: [proof] };
      return [maker === 'built-in' ? edge : { ...edge, certainty: 'inferred' }];
    });
  },
};

export const owned: EdgeRule = {
  name: 'owned',
  why: 'The garbage collector deletes a child as soon as its owner is gone.',
  find: (world) => {
    const makerOf = makers(world);
    return ownerships(world).flatMap(({ child, parent, reference, proof }): Edge[] =>
      makerOf(parent, child, reference) !== undefined
        ? []
        : [{ from: world.idOf(child), to: world.idOf(parent), rule: 'owned', evidence: [proof], certainty: 'inferred' }],
    );
  },
};

export type Ownership = {
  child: KubernetesObject;
  parent: KubernetesObject;
  reference: OwnerReference;
  proof: Edge['evidence'][number];
};

/** Every owner reference whose owner is in the set: found by UID, as the garbage collector does it. */
export function ownerships(world: World): Ownership[] {
  return world.objects.flatMap((child) =>
    (child.metadata.ownerReferences ?? []).flatMap((reference, index) => {
      const parent = world.byUid(reference.uid);
      if (!parent) return [];
      const proof = { object: world.idOf(child), field: `metadata.ownerReferences[${index}].name`, value: nameOf(reference) };
      return [{ child, parent, reference, proof }];
    }),
  );
}

function nameOf({ kind, name }: OwnerReference): string {
  return `${kind} ${name}`;
}

type Maker = 'built-in' | 'operator';

/** Whose controller makes such children of such an owner, and makes them again when they are deleted; if any does. */
function makers(world: World): (parent: KubernetesObject, child: KubernetesObject, how: OwnerReference) => Maker | undefined {
  let grants: ReturnType<typeof grantsIn> | undefined;
  const serves = (parent: KubernetesObject, child: KubernetesObject) => {
    grants ??= grantsIn(world);
    const { group, resource } = resourceOf(child, world);
    return reaching(grants(group, resource), child).some(({ workload }) => workload.object === parent);
  };
  return (parent, child, { controller }) => {
    const group = groupOf(parent.apiVersion);
    if (!isBuiltInGroup(group)) return 'operator';
    if (madeBy.get(`${parent.kind}.${group}`)?.includes(child.kind)) return 'built-in';
    const mayBeMade = controller === true && !isBuiltInGroup(groupOf(child.apiVersion)) && !carriers.has(parent.kind);
    return mayBeMade && !serves(parent, child) ? 'operator' : undefined;
  };
}

/** Kinds that operators only use to have the garbage collector remove something together with them. */
const carriers = new Set([
  ...['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
  ...['CustomResourceDefinition', 'APIService', 'ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
]);

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
