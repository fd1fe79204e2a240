/**
 * Who would have to act on what is stuck, and whether they still can when it is needed: the ground of the rules about
 * finalizers and operators.
 */
import { guessedPlural } from '../../graph/rules/resource-of.ts';
import type { Server } from '../../knowledge/serving/server.ts';
import { append } from '../../objects/append.ts';
import { fieldAt, textOf, textsOf } from '../../objects/fields.ts';
import { groupOf, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KindNames } from '../../objects/kind-names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { definedBy, isBuiltInGroup, isCrd } from '../../objects/scopes.ts';
import { builtInNamed } from './built-in-resources.ts';
import type { RuleInput } from './rule-input.ts';

export type FinalizerServers = {
  /** Finalizers that Kubernetes does not serve itself. */
  finalizers: readonly string[];
  servers: readonly Server[];
};

/** The foreign finalizers of an object and who serves them. */
export function finalizerServersOf(object: KubernetesObject, input: RuleInput): FinalizerServers {
  const served = textsOf(object.metadata.finalizers).map(
    (finalizer) => [finalizer, input.serving.serversOfFinalizer(finalizer, object)] as const,
  );
  const foreign = served.filter(([, servers]) => servers !== 'kubernetes');
  const servers = new Map<ObjectId, Server>();
  for (const [, list] of foreign) if (list !== 'kubernetes') for (const server of list) servers.set(server.workload, server);
  return { finalizers: foreign.map(([finalizer]) => finalizer), servers: [...servers.values()] };
}

/** Custom resources that the world has, by the identity of the CustomResourceDefinition that serves them. */
export function resourcesByCrd({ world }: RuleInput): Map<ObjectId, KubernetesObject[]> {
  const found = new Map<ObjectId, KubernetesObject[]>();
  for (const object of world.objects) {
    const group = groupOf(object.apiVersion);
    if (isBuiltInGroup(group) || isCrd(object)) continue;
    const crd = world.crdOf(group, object.kind);
    if (crd === undefined) continue;
    append(found, world.idOf(crd), object);
  }
  return found;
}

/** The same for all objects of a kind. */
export function kindOf(id: ObjectId): string {
  const { group, kind } = parseId(id);
  return `${group}/${kind}`;
}

/** Stands for all custom resources that a definition defines. */
export function anyOf(crd: KubernetesObject): ObjectId {
  const { group, kind } = definedBy(crd);
  return makeId(group, kind, undefined, 'any');
}

/** What kubectl may call the kind of an object, and where that is. */
export type Resource = KindNames & { namespace?: string; isClusterScoped: boolean };

/** How kubectl may call an object's kind. */
export function resourceOf(id: ObjectId, { world }: Pick<RuleInput, 'world'>): Resource {
  const { group, kind, namespace } = parseId(id);
  const crd = world.crdOf(group, kind);
  const names = fieldAt(crd, 'spec', 'names');
  const builtIn = crd || !isBuiltInGroup(group) ? undefined : builtInNamed(kind);
  return {
    group,
    resource: textOf(fieldAt(names, 'plural')) ?? builtIn?.resource ?? guessedPlural(kind),
    kind,
    singular: textOf(fieldAt(names, 'singular')) ?? kind.toLowerCase(),
    shortNames: builtIn?.shortNames ?? textsOf(fieldAt(names, 'shortNames')),
    categories: textsOf(fieldAt(names, 'categories')),
    isClusterScoped: builtIn?.isClusterScoped ?? fieldAt(crd, 'spec', 'scope') === 'Cluster',
    ...(namespace !== undefined && { namespace }),
  };
}
