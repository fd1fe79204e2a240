/**
 * Weighs guesses about controllers. An account that may write a custom resource may belong to its controller; in a live
 * cluster, every account with wildcard permissions may write it. There, field managers, names and images tell more.
 * Guesses without such evidence are dropped, or every operator would need every other.
 */
import type { Edge, EdgeRule, World } from '../../graph/edge.ts';
import { ownerships } from '../../graph/rules/owner.ts';
import type { Serving } from '../../knowledge/serving/server.ts';
import { servingOf } from '../../knowledge/serving/serving.ts';
import { groupOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { definedBy, isBuiltInGroup, isCrd } from '../../objects/scopes.ts';

/** The same rules, of which `controller` finds only what is likely. */
export function weighed(rules: readonly EdgeRule[], objects: readonly KubernetesObject[]): EdgeRule[] {
  const serving = servingOf(objects);
  return rules.map((rule) => {
    if (rule.name !== 'controller') return rule;
    return { ...rule, find: (world) => likely(rule.find(world), world, serving) };
  });
}

function likely(edges: readonly Edge[], world: World, serving: Serving): Edge[] {
  const maker = new Map(ownerships(world).map(({ child, parent }) => [world.idOf(child), world.idOf(parent)]));
  const topmost = (id: ObjectId): ObjectId => {
    let top = id;
    for (let up = maker.get(top), steps = 0; up !== undefined && steps < 8; up = maker.get(top), steps += 1) top = up;
    return top;
  };
  const servers = new Map<string, ReadonlySet<ObjectId>>();
  const serversOf = (group: string, kind: string): ReadonlySet<ObjectId> => {
    const key = `${group}/${kind}`;
    const found =
      servers.get(key) ??
      new Set(
        serving
          .controllersOf(group, kind)
          .flatMap(({ workload, confidence }) => (confidence === 'possible' ? [] : [topmost(workload)])),
      );
    servers.set(key, found);
    return found;
  };
  return edges.filter(({ from, to, certainty }) => {
    if (certainty === undefined) return true;
    const object = servedObject(from, world, maker);
    if (object === undefined) return false;
    const { group, kind } = isCrd(object) ? definedBy(object) : { group: groupOf(object.apiVersion), kind: object.kind };
    return serversOf(group, kind).has(topmost(to));
  });
}

/** The custom resource or definition that the edge is about: the object itself, or the one that it was made out of. */
function servedObject(id: ObjectId, world: World, maker: ReadonlyMap<ObjectId, ObjectId>): KubernetesObject | undefined {
  for (let at: ObjectId | undefined = id, steps = 0; at !== undefined && steps < 8; at = maker.get(at), steps += 1) {
    const object = world.byId(at);
    if (object && (isCrd(object) || !isBuiltInGroup(groupOf(object.apiVersion)))) return object;
  }
  return undefined;
}
