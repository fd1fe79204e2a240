import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderGraph, sorted } from './order.ts';
import { graphOf, graphShape, replay } from './testing/arbitrary.ts';
import { yieldToSurer } from './yield.ts';

test('after yielding there is a circle only where the sure edges have one, and edges outside circles stay', () => {
  const certainty = fc.constantFrom(undefined, 'inferred' as const, 'broad' as const);
  fc.assert(
    fc.property(graphShape({ acyclic: false }), fc.array(certainty, { minLength: 50, maxLength: 50 }), (shape, certainties) => {
      const { objects, components, edges } = graphOf(shape);
      const ids = [...objects.keys()];
      const rated = edges.map((edge, index) => ({ ...edge, ...(certainties[index] && { certainty: certainties[index] }) }));
      const hasCircle = (some: typeof edges) =>
        sorted(orderGraph(ids, components, some)).length < orderGraph(ids, components, some).ids.length;
      const result = yieldToSurer(ids, components, rated);
      const sure = rated.filter((edge) => edge.certainty === undefined);
      assert.equal(hasCircle(result.edges), hasCircle(sure));
      assert.deepEqual(new Set([...result.edges, ...result.yielded]), new Set(rated));
      assert.ok(result.yielded.every((edge) => edge.certainty !== undefined));
      if (!hasCircle(rated)) assert.deepEqual(result.yielded, []);
      if (result.yielded.some((edge) => edge.certainty === 'inferred')) {
        assert.ok(hasCircle(rated.filter((edge) => edge.certainty !== 'broad')), 'broad edges yield first');
      }
    }),
    replay,
  );
});
