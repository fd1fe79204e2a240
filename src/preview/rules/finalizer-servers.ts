/**
 * Who would have to act on what is stuck, and whether they still can when it is needed: the ground of the rules about
 * finalizers and operators.
 */
import { guessedPlural } from '../../graph/rules/controller.ts';
import type { Hook } from '../../knowledge/hooks.ts';
import { allows, type Right } from '../../knowledge/rights.ts';
import type { Server } from '../../knowledge/serving/server.ts';
import { append } from '../../objects/append.ts';
import { fieldAt, textOf, textsOf } from '../../objects/fields.ts';
import { groupOf, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { type KindNames, kindWordRank } from '../../objects/kind-names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { definedBy, isBuiltInGroup, isCrd } from '../../objects/scopes.ts';
import { hookRuns } from './hook-runs.ts';
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

/**
 * A hook before the deletion that deletes objects of this kind by its script, or may do so by the rights of its account
 * when its program is not known.
 */
export function hookDeleting(
  id: ObjectId,
  input: RuleInput,
  rights: (account: string) => readonly Right[],
): { hook: Hook; sure: boolean } | undefined {
  const runs = hookRuns(input);
  if (runs.length === 0) return undefined;
  const resource = resourceOf(id, input);
  let possible: Hook | undefined;
  for (const { hook, account, calls, targets } of runs) {
    if (targets.some(({ kind }) => kindWordRank(resource, kind) > 0)) return { hook, sure: true };
    if (calls.some((call) => call.verb === 'delete' && call.types.some((type) => kindWordRank(resource, type) > 0)))
      return { hook, sure: true };
    const isUnread = targets.length === 0 && (calls.length === 0 || calls.some(({ types }) => types.length === 0));
    if (!isUnread || possible) continue;
    const may = allows(rights(account), {
      verb: 'delete',
      group: resource.group,
      resource: resource.resource,
      ...(resource.namespace !== undefined && { namespace: resource.namespace }),
    });
    if (may) possible = hook;
  }
  return possible && { hook: possible, sure: false };
}

/** Stands for all custom resources that a definition defines. */
export function anyOf(crd: KubernetesObject): ObjectId {
  const { group, kind } = definedBy(crd);
  return makeId(group, kind, undefined, 'any');
}

/** What kubectl may call the kind of an object, and where that is. */
export type Resource = KindNames & { namespace?: string };

/** How kubectl may call an object's kind. */
export function resourceOf(id: ObjectId, { world }: Pick<RuleInput, 'world'>): Resource {
  const { group, kind, namespace } = parseId(id);
  const names = fieldAt(world.crdOf(group, kind), 'spec', 'names');
  const singular = textOf(fieldAt(names, 'singular')) ?? kind.toLowerCase();
  const resource = textOf(fieldAt(names, 'plural')) ?? guessedPlural(kind);
  const shortNames = textsOf(fieldAt(names, 'shortNames'));
  return { group, resource, kind, singular, shortNames, ...(namespace !== undefined && { namespace }) };
}
