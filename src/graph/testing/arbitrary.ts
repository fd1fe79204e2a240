/**
 * Random graphs for property tests: ConfigMaps with edges between them, in components that depend on each other.
 * `SEED=…` replays one.
 */
import fc from 'fast-check';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Component, Edge, Graph } from '../edge.ts';

/** For `fc.assert`: the seed of the environment, when there is one. */
export const replay = process.env.SEED ? { seed: Number(process.env.SEED) } : {};

export type GraphShape = {
  count: number;
  edges: { from: number; to: number; orderOnly: boolean }[];
  /** For each object its component, if any. */
  membership: (number | undefined)[];
  /** For each component those that it depends on. */
  dependsOn: number[][];
  keep: number[];
};

/**
 * @param options.acyclic Objects need only objects of higher number and components only components of lower or equal
 * number.
 */
export function graphShape(options: { acyclic: boolean; keep?: boolean; most?: number }): fc.Arbitrary<GraphShape> {
  return fc.integer({ min: 1, max: options.most ?? 14 }).chain((count) => {
    const node = fc.nat(count - 1);
    const components = Math.min(3, count);
    return fc
      .record({
        count: fc.constant(count),
        edges: fc.array(fc.record({ from: node, to: node, orderOnly: fc.boolean() }), { maxLength: count * 3 }),
        membership: fc.array(fc.option(fc.nat(components - 1), { nil: undefined }), { minLength: count, maxLength: count }),
        dependsOn: fc.array(fc.uniqueArray(fc.nat(components - 1), { maxLength: 2 }), {
          minLength: components,
          maxLength: components,
        }),
        keep: options.keep ? fc.uniqueArray(node, { maxLength: 3 }) : fc.constant<number[]>([]),
      })
      .map((shape) => (options.acyclic ? withoutCycles(shape) : withoutLoops(shape)));
  });
}

/** The graph of a shape. Objects are named by number; edges are of rule `test`. */
export function graphOf({ count, edges, membership, dependsOn, keep }: GraphShape): Graph {
  const objects = Array.from({ length: count }, (_, index) => numbered(index, keep.includes(index)));
  const ids = objects.map(idOf);
  const idAt = (index: number) => ids[index] as ObjectId;
  const name = (component: number) => `component-${component}`;
  const components: Component[] = dependsOn.map((others, component) => ({
    name: name(component),
    dependsOn: others.map(name),
    objects: ids.filter((_, index) => membership[index] === component),
  }));
  return {
    objects: new Map(objects.map((object) => [idOf(object), object])),
    components,
    edges: edges.map(({ from, to, orderOnly }): Edge => {
      const evidence = [{ object: idAt(from), field: 'data.needs', value: String(to) }];
      return { from: idAt(from), to: idAt(to), rule: 'test', evidence, ...(orderOnly && { orderOnly: true as const }) };
    }),
  };
}

/**
 * Everything that must be gone before something else, as pairs (first, then): edges, and components in full, through
 * empty ones too.
 */
export function mustPrecede({ components, edges }: Graph): [ObjectId, ObjectId][] {
  const byName = new Map(components.map((component) => [component.name, component]));
  const leadsTo = (name: string, found = new Set<string>()): Set<string> => {
    for (const next of byName.get(name)?.dependsOn ?? []) if (!found.has(next)) leadsTo(next, found.add(next));
    return found;
  };
  const ofComponents = components.flatMap(({ name, objects }) =>
    [...leadsTo(name)].flatMap((other) =>
      objects.flatMap((from) => (byName.get(other)?.objects ?? []).map((to): [ObjectId, ObjectId] => [from, to])),
    ),
  );
  return [...edges.map(({ from, to }): [ObjectId, ObjectId] => [from, to]), ...ofComponents];
}

function numbered(index: number, keep: boolean): KubernetesObject {
  const annotations = keep ? { annotations: { 'bookend.dev/keep': 'true' } } : {};
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `object-${index}`, namespace: 'a', ...annotations } };
}

function withoutLoops(shape: GraphShape): GraphShape {
  return {
    ...shape,
    edges: shape.edges.filter(({ from, to }) => from !== to),
    dependsOn: shape.dependsOn.map((others, component) => others.filter((other) => other !== component)),
  };
}

/** Components in the order of their numbers, and objects in the order of their components: then no way leads back. */
function withoutCycles(shape: GraphShape): GraphShape {
  const { edges, dependsOn, membership } = withoutLoops(shape);
  const rank = (index: number) => (membership[index] ?? 0) * shape.count + index;
  return {
    ...shape,
    edges: edges.map((edge) => (rank(edge.from) < rank(edge.to) ? edge : { ...edge, from: edge.to, to: edge.from })),
    dependsOn: dependsOn.map((others, component) => others.filter((other) => other > component)),
  };
}
