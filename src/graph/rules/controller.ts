/**
 * A custom resource with a finalizer stays Terminating for ever once its controller is gone, and with it its namespace
 * and its CustomResourceDefinition. So custom resources go before their controller, and so do their children and their
 * CustomResourceDefinition, whose deletion deletes whatever custom resources are left.
 *
 * The controller is what the annotation `bookend.dev/controller` names, on the custom resource or on its
 * CustomResourceDefinition. Without one it is every workload whose account may watch or change the kind. Such edges are
 * inferred: they yield where they would close a circle, and a kept custom resource does not keep its controller.
 */
import { BookendError } from '../../errors.ts';
import { describeRef, groupOf, type ObjectId } from '../../objects/identity.ts';
import { controllerAnnotation } from '../../objects/names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { controllerOf } from '../../objects/owners.ts';
import { isBuiltInGroup, isCrd } from '../../objects/scopes.ts';
import type { Edge, EdgeRule, Evidence, World } from '../edge.ts';
import { resolveReference } from '../references.ts';
import { grantsIn, reaching } from './grants.ts';
import { ownerships } from './owner.ts';
import { resourceOf } from './resource-of.ts';

export const controller: EdgeRule = {
  name: 'controller',
  why: 'Without its controller a custom resource with a finalizer stays in Terminating.',
  find(world) {
    const served = world.objects.filter((object) => isCrd(object) || !isBuiltInGroup(groupOf(object.apiVersion)));
    if (served.length === 0) return [];
    const grants = grantsIn(world);
    const found = new Map(served.map((object) => [object, declared(object, world) ?? inferred(object, world, grants)] as const));
    return [
      ...[...found].flatMap(([object, controllers]) => edges(world.idOf(object), controllers)),
      ...ofChildren(found, world),
    ];
  },
};

export type Controller = { id: ObjectId; evidence: Evidence[]; certainty?: 'inferred' | 'broad' };

function edges(from: ObjectId, controllers: readonly Controller[], proof: Evidence[] = []): Edge[] {
  return controllers.map(({ id, evidence, certainty }) => {
    const likely = certainty ?? (proof.length > 0 ? 'inferred' : undefined);
    const all = [...proof, ...evidence];
    return { from, to: id, rule: 'controller', evidence: all, ...(likely && { certainty: likely }), orderOnly: true as const };
  });
}

/** What an annotation names, which may be elsewhere: then the custom resource has no controller among these objects. */
export function declared(object: KubernetesObject, world: World): Controller[] | undefined {
  const crd = world.crdOf(groupOf(object.apiVersion), object.kind);
  for (const bearer of [object, crd]) {
    const value = bearer?.metadata.annotations?.[controllerAnnotation];
    if (bearer === undefined || typeof value !== 'string' || controllerOf(bearer)) continue;
    const field = `metadata.annotations[${controllerAnnotation}]`;
    const resolved = resolveReference(value.trim(), bearer, world);
    if ('id' in resolved) return [{ id: resolved.id, evidence: [{ object: world.idOf(bearer), field, value }] }];
    if (resolved.problem === 'absent' || !world.refusesWrongReferences) return [];
    const path = world.fieldOf(world.idOf(bearer), field);
    const reason =
      resolved.problem === 'malformed'
        ? 'is no reference: write Kind.group/namespace/name'
        : `may mean several objects: ${resolved.candidates.join(', ')}`;
    const subject = describeRef({ kind: bearer.kind, ...bearer.metadata });
    throw new BookendError('bad-input', `${path}: "${value}" ${reason}`, { object: subject, field: path });
  }
  return undefined;
}

function inferred(object: KubernetesObject, world: World, grants: ReturnType<typeof grantsIn>): Controller[] {
  const { group, resource } = resourceOf(object, world);
  const found = grants(group, resource);
  const candidates = isCrd(object) ? [...found.everywhere, ...[...found.inNamespace.values()].flat()] : reaching(found, object);
  return candidates.map(({ workload, evidence, broad }) => ({
    id: workload.id,
    evidence,
    certainty: broad ? 'broad' : 'inferred',
  }));
}

/** What a custom resource owns is its controller's work too: it must be gone before the controller is. */
function ofChildren(found: ReadonlyMap<KubernetesObject, Controller[]>, world: World): Edge[] {
  const roots = new Map<KubernetesObject, Map<KubernetesObject, Evidence[]>>();
  const all = ownerships(world);
  const byParent = Map.groupBy(all, ({ parent }) => parent);
  const visit = (root: KubernetesObject, parent: KubernetesObject, proof: Evidence[]) => {
    for (const ownership of byParent.get(parent) ?? []) {
      const children = roots.get(root) ?? new Map<KubernetesObject, Evidence[]>();
      roots.set(root, children);
      if (ownership.child === root || children.has(ownership.child)) continue;
      const further = [ownership.proof, ...proof];
      children.set(ownership.child, further);
      visit(root, ownership.child, further);
    }
  };
  for (const [object, controllers] of found) if (controllers.length > 0 && !isCrd(object)) visit(object, object, []);
  return [...roots].flatMap(([root, children]) =>
    [...children].flatMap(([child, proof]) => edges(world.idOf(child), found.get(root) ?? [], proof)),
  );
}
