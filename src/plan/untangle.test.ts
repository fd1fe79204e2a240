import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Edge, Graph } from '../graph/edge.ts';
import { graphOf, graphShape, replay } from '../graph/testing/arbitrary.ts';
import type { ObjectId } from '../objects/identity.ts';
import { makePlan } from './make-plan.ts';
import { untangled } from './untangle.ts';

const id = (name: string) => `ConfigMap/a/${name}` as ObjectId;
const edge = (from: string, to: string): Edge => ({ from: id(from), to: id(to), rule: 'test', evidence: [] });
const graph = (...edges: Edge[]): Graph => ({
  objects: new Map(
    ['a', 'b', 'c', 'd'].map((name) => [id(name), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'a' } }]),
  ),
  components: [],
  edges,
});

test('a graph without circles stays as it is', () => {
  const whole = graph(edge('a', 'b'), edge('b', 'c'));
  assert.equal(untangled(whole).graph, whole);
});

test('the objects of a circle have no order among themselves, and keep the one with all others', () => {
  const { graph: open, circles } = untangled(graph(edge('a', 'b'), edge('b', 'c'), edge('c', 'b'), edge('c', 'd')));
  assert.deepEqual(
    circles.map(({ objects, edges }) => [objects, edges.length]),
    [[[id('b'), id('c')], 2]],
  );
  const steps = makePlan(open).steps.map((step) => step.id);
  assert.deepEqual([steps[0], steps[3]], [id('a'), id('d')]);
});

test('what is left of any graph without components can be ordered', () => {
  fc.assert(
    fc.property(graphShape({ acyclic: false }), (shape) => {
      const whole = { ...graphOf(shape), components: [] };
      const { graph: open, circles } = untangled(whole);
      assert.equal(makePlan(open).steps.length, whole.objects.size);
      assert.equal(open.edges.length + circles.flatMap(({ edges }) => edges).length, whole.edges.length);
    }),
    replay,
  );
});
