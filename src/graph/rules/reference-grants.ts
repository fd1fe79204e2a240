/**
 * A ReferenceGrant of the Gateway API allows objects of one namespace to name objects of its own. A route, a Gateway or
 * a claim loses what it names in another namespace as soon as the grant is gone.
 */
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { groupOf, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { World } from '../edge.ts';

/** The grants that allow an object to name another. */
export function grantsIn(world: World): (object: KubernetesObject, to: ObjectId) => ObjectId[] {
  const grants = world.ofKind('gateway.networking.k8s.io', 'ReferenceGrant');
  return ({ apiVersion, kind, metadata: { namespace } }, to) => {
    if (grants.length === 0) return [];
    const target = parseId(to);
    if (namespace === undefined || target.namespace === undefined || target.namespace === namespace) return [];
    const allows = (grant: KubernetesObject) =>
      grant.metadata.namespace === target.namespace &&
      listOf(fieldAt(grant, 'spec', 'from')).some(
        (from) => isOf(from, groupOf(apiVersion), kind) && fieldAt(from, 'namespace') === namespace,
      ) &&
      listOf(fieldAt(grant, 'spec', 'to')).some((each) => {
        return isOf(each, target.group, target.kind) && (textOf(fieldAt(each, 'name')) ?? target.name) === target.name;
      });
    return grants.filter(allows).map((grant) => world.idOf(grant));
  };
}

function isOf(entry: unknown, group: string, kind: string): boolean {
  return (textOf(fieldAt(entry, 'group')) ?? '') === group && fieldAt(entry, 'kind') === kind;
}
