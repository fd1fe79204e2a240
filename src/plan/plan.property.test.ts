/** What must hold for every graph. A failure prints its seed; `SEED=…` runs it again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isCode } from '../errors.ts';
import type { Graph } from '../graph/edge.ts';
import { graphOf, graphShape, mustPrecede, replay } from '../graph/testing/arbitrary.ts';
import type { ObjectId } from '../objects/identity.ts';
import { keepReason } from '../objects/policies.ts';
import { criticalPath } from './critical-path.ts';
import { extendPlan } from './extend-plan.ts';
import { dependenciesOf } from './install-order.ts';
import { layersOf } from './layers.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan.ts';

const acyclic = graphShape({ acyclic: true });

/** For each step all that must be gone before it, in one wait or many. */
function allBefore(plan: Plan): Map<ObjectId, Set<ObjectId>> {
  const before = new Map<ObjectId, Set<ObjectId>>();
  for (const { id, after } of plan.steps) {
    before.set(
      id,
      new Set(after.flatMap((first) => [first, ...(before.get(first) ?? assert.fail(`${id} stands before ${first}`))])),
    );
  }
  return before;
}

function reachable(graph: Graph): Set<string> {
  const pairs = new Set(mustPrecede(graph).map(([from, to]) => `${from} ${to}`));
  const ids = [...graph.objects.keys()];
  for (const via of ids)
    for (const from of ids)
      if (pairs.has(`${from} ${via}`)) for (const to of ids) if (pairs.has(`${via} ${to}`)) pairs.add(`${from} ${to}`);
  return pairs;
}

describe('for every graph without a circle', () => {
  test('each object waits for all that need it, and for nothing else', () => {
    fc.assert(
      fc.property(acyclic, (shape) => {
        const graph = graphOf(shape);
        const plan = makePlan(graph);
        const before = allBefore(plan);
        const wanted = reachable(graph);
        for (const then of graph.objects.keys()) {
          for (const first of graph.objects.keys()) {
            assert.equal(before.get(then)?.has(first), wanted.has(`${first} ${then}`), `${first} before ${then}`);
          }
        }
      }),
      replay,
    );
  });

  test('no wait follows from two others', () => {
    fc.assert(
      fc.property(acyclic, (shape) => {
        const plan = makePlan(graphOf(shape));
        const after = new Map(plan.steps.map((step) => [step.id, step.after]));
        for (const step of plan.steps) {
          for (const id of step.after) {
            assert.ok(!step.after.some((via) => after.get(via)?.includes(id)), `${step.id} waits for ${id} twice`);
          }
        }
      }),
      replay,
    );
  });

  test('the same objects in another order give the same plan', () => {
    const shuffled = acyclic.chain((shape) => {
      const graph = graphOf(shape);
      return fc.record({
        graph: fc.constant(graph),
        objects: fc.shuffledSubarray([...graph.objects], { minLength: graph.objects.size }),
        edges: fc.shuffledSubarray(graph.edges, { minLength: graph.edges.length }),
        components: fc.shuffledSubarray(graph.components, { minLength: graph.components.length }),
      });
    });
    fc.assert(
      fc.property(shuffled, ({ graph, objects, edges, components }) => {
        assert.deepEqual(makePlan({ objects: new Map(objects), edges, components }), makePlan(graph));
      }),
      replay,
    );
  });

  test('what a kept object needs is kept, everything else goes, and nothing waits for what is kept', () => {
    fc.assert(
      fc.property(graphShape({ acyclic: true, keep: true }), (shape) => {
        const graph = graphOf(shape);
        const plan = makePlan(graph);
        const kept = new Set(plan.steps.filter(({ mode }) => mode === 'keep').map(({ id }) => id));
        for (const [id, object] of graph.objects) if (keepReason(object)) assert.ok(kept.has(id));
        for (const { from, to, orderOnly } of graph.edges) if (kept.has(from) && !orderOnly) assert.ok(kept.has(to));
        const because = (id: ObjectId): boolean =>
          keepReason(graph.objects.get(id) ?? assert.fail()) !== undefined ||
          graph.edges.some(({ from, to, orderOnly }) => to === id && !orderOnly && because(from));
        for (const id of kept) assert.ok(because(id), `${id} is kept for nothing`);
        for (const { after, id } of plan.steps) {
          assert.ok(!after.some((before) => kept.has(before)));
          if (kept.has(id)) assert.deepEqual(after, []);
        }
        const before = allBefore(plan);
        for (const [first, then] of mustPrecede(graph)) {
          if (!kept.has(first) && !kept.has(then)) assert.ok(before.get(then)?.has(first), `${first} before ${then}`);
        }
      }),
      replay,
    );
  });

  test('the critical path is the longest chain, and no wave waits for itself', () => {
    fc.assert(
      fc.property(acyclic, fc.array(fc.nat(50), { minLength: 20, maxLength: 20 }), (shape, durations) => {
        const plan = makePlan(graphOf(shape));
        const takes = new Map(plan.steps.map(({ id }, index) => [id, durations[index] ?? 7]));
        const { steps, totalMs } = criticalPath(plan, ({ id }) => takes.get(id) ?? 0);
        assert.equal(
          totalMs,
          steps.reduce((sum, { id }) => sum + (takes.get(id) ?? 0), 0),
        );
        const ends = new Map<ObjectId, number>();
        for (const { id, mode, after } of plan.steps) {
          const start = Math.max(0, ...after.map((before) => ends.get(before) ?? 0));
          ends.set(id, start + (mode === 'delete' ? (takes.get(id) ?? 0) : 0));
        }
        assert.equal(totalMs, Math.max(...ends.values()));
        const before = allBefore(plan);
        steps.forEach(({ id }, at) => {
          const next = steps[at + 1];
          if (next) assert.ok(before.get(next.id)?.has(id));
        });
        for (const wave of layersOf(plan).waves) {
          for (const one of wave) for (const two of wave) assert.ok(!before.get(one.id)?.has(two.id));
        }
      }),
      replay,
    );
  });

  test('installing in the order of dependenciesOf never applies an object before what it needs', () => {
    fc.assert(
      fc.property(graphShape({ acyclic: true, keep: true }), (shape) => {
        const graph = graphOf(shape);
        const needs = dependenciesOf(makePlan(graph, { ignoreKeep: true }));
        const ready = new Map<ObjectId, Set<ObjectId>>();
        for (const [id, before] of needs) {
          ready.set(
            id,
            new Set(before.flatMap((other) => [other, ...(ready.get(other) ?? assert.fail(`${other} comes after ${id}`))])),
          );
        }
        for (const [from, to] of mustPrecede(graph)) assert.ok(ready.get(from)?.has(to), `${to} ready before ${from}`);
      }),
      replay,
    );
  });
});

test('circles are found if and only if there are any, each edge of one with its evidence', () => {
  fc.assert(
    fc.property(graphShape({ acyclic: false, most: 8 }), (shape) => {
      const graph = graphOf(shape);
      const wanted = reachable(graph);
      const hasCircle = [...graph.objects.keys()].some((id) => wanted.has(`${id} ${id}`));
      // Components without objects can be in a circle of their own, which no object shows.
      const dependsOn = new Map(graph.components.map((component) => [component.name, component.dependsOn]));
      const leadsTo = (from: string, to: string, seen = new Set<string>()): boolean =>
        (dependsOn.get(from) ?? []).some((next) => next === to || (!seen.has(next) && leadsTo(next, to, seen.add(next))));
      const componentCircle = graph.components.some(({ name }) => leadsTo(name, name));
      if (!hasCircle && !componentCircle) {
        assert.doesNotThrow(() => makePlan(graph));
        return;
      }
      assert.throws(
        () => makePlan(graph),
        (error) => {
          assert.ok(isCode(error, 'cycle'));
          const lines = error.message.split('\n').slice(1);
          assert.ok(lines.length >= 2);
          for (const line of lines)
            assert.match(
              line,
              /needs .* \((test: data\.needs|dependsOn: spec\.components\[\d\]\.dependsOn\[\d\]) = |is in component/,
            );
          return true;
        },
      );
    }),
    replay,
  );
});

test('a plan that is extended keeps its order and its waits, and waits are added only to what is not deleted yet', () => {
  const extended = acyclic.chain((shape) => {
    const plan = makePlan(graphOf(shape));
    const ids = plan.steps.map(({ id }) => id);
    const some = fc.subarray(ids);
    return fc.record({ plan: fc.constant(plan), notYetDeleted: some, additions: fc.array(some, { maxLength: 3 }) });
  });
  fc.assert(
    fc.property(extended, ({ plan, notYetDeleted, additions }) => {
      const open = new Set(notYetDeleted);
      const fresh = additions.map((needs, index) => {
        const id = `Widget.b.example/a/${index}` as ObjectId;
        const ref = { apiVersion: 'b.example/v1', kind: 'Widget', namespace: 'a', name: String(index) };
        return { step: { id, ref, mode: 'delete' as const, after: [] }, needs };
      });
      const longer = extendPlan(plan, fresh, open);
      const known = new Set(plan.steps.map(({ id }) => id));
      assert.deepEqual(
        longer.steps.filter(({ id }) => known.has(id)).map(({ id }) => id),
        plan.steps.map(({ id }) => id),
      );
      const before = allBefore(longer);
      for (const step of plan.steps) {
        const now = longer.steps.find(({ id }) => id === step.id)?.after ?? [];
        assert.deepEqual(now.slice(0, step.after.length), step.after);
        const more = now.slice(step.after.length);
        if (!open.has(step.id)) assert.deepEqual(more, []);
        assert.ok(more.every((id) => !known.has(id)));
      }
      for (const { step, needs } of fresh) for (const id of needs) if (open.has(id)) assert.ok(before.get(id)?.has(step.id));
      assert.deepEqual(extendPlan(longer, fresh, open), longer, 'adding the same again changes nothing');
    }),
    replay,
  );
});
