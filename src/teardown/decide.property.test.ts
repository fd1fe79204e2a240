/**
 * The promises of the order, against every graph, every interleaving of events and every lag of the watches that
 * fast-check can think of. `SEED=… ` with the seed that a failure prints repeats it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { buildGraph } from '../graph/build.ts';
import type { Component, Edge } from '../graph/edge.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import { keepAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { type Decision, decide } from './decide.ts';
import { defaultPolicy } from './policy.ts';
import type { Seen } from './seen.ts';
import { AbstractCluster, type Makeup } from './testing/abstract-cluster.ts';

const seed = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };

const kinds = [
  ['v1', 'ConfigMap'],
  ['v1', 'Pod'],
  ['apps/v1', 'DaemonSet'],
  ['apps/v1', 'Deployment'],
  ['example.dev/v1', 'Widget'],
] as const;

type Sample = {
  objects: { kind: number; keep: boolean; awaited: boolean; component: number; makeup: Makeup }[];
  /** Pairs of numbers: the smaller object needs the larger, so that there is never a circle. */
  edges: [number, number][];
  componentEdges: boolean;
  /** What happens next, one number each. */
  events: number[];
};

const samples: fc.Arbitrary<Sample> = fc.record({
  objects: fc.array(
    fc.record({
      kind: fc.nat(kinds.length - 1),
      keep: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
      awaited: fc.integer({ min: 0, max: 7 }).map((value) => value === 0),
      component: fc.nat(2),
      makeup: fc.record({ pods: fc.nat(3), children: fc.nat(2), loose: fc.boolean(), orphan: fc.boolean() }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  edges: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 24 }),
  componentEdges: fc.boolean(),
  events: fc.array(fc.nat(1_000_000), { maxLength: 150 }),
});

/**
 * The plan of a sample, with every pair of steps of which the second must outlive the first, taken from the sample and
 * not from the plan.
 */
function build({ objects, edges, componentEdges }: Sample): {
  plan: Plan;
  makeup: Map<ObjectId, Makeup>;
  pairs: [ObjectId, ObjectId][];
} {
  const made = objects.map(({ kind, keep }, index): KubernetesObject => {
    const [apiVersion, name] = kinds[kind] ?? kinds[0];
    const annotations = keep ? { annotations: { [keepAnnotation]: 'true' } } : {};
    return { apiVersion, kind: name, metadata: { name: `o${index}`, namespace: 'a', uid: `u${index}`, ...annotations } };
  });
  const ids = made.map(idOf);
  const pairs = edges.flatMap(([one, other]): [ObjectId, ObjectId][] => {
    const [from, to] = [ids[Math.min(one, other)], ids[Math.max(one, other)]];
    return from && to && from !== to ? [[from, to]] : [];
  });
  const found: Edge[] = pairs.map(([from, to]) => ({ from, to, rule: 'sample', evidence: [] }));
  // Components in the order of the objects: `dependsOn` goes the way of the edges.
  const third = Math.ceil(made.length / 3);
  const components: Component[] = [0, 1, 2].map((index) => ({
    name: `c${index}`,
    dependsOn: componentEdges && index < 2 ? [`c${index + 1}`] : [],
    objects: ids.slice(index * third, (index + 1) * third),
  }));
  const rule = { name: 'sample', why: 'it says so', find: () => found };
  const awaited = new Map(ids.flatMap((id, index) => (objects[index]?.awaited ? [[id, 'is used elsewhere'] as const] : [])));
  const plan = makePlan(buildGraph({ objects: made, components, rules: [rule] }), { awaited });
  if (componentEdges) {
    for (const [index, component] of components.entries()) {
      for (const from of component.objects) for (const to of components[index + 1]?.objects ?? []) pairs.push([from, to]);
    }
  }
  const kept = new Set(plan.steps.filter((step) => step.mode === 'keep').map((step) => step.id));
  return {
    plan,
    makeup: new Map(
      ids.map((id, index) => [id, objects[index]?.makeup ?? { pods: 0, children: 0, loose: false, orphan: false }]),
    ),
    pairs: pairs.filter(([from]) => !kept.has(from)),
  };
}

/** Runs a sample to its end, checking each decision. */
function run(sample: Sample, check: (decision: Decision, plan: Plan, seen: Seen) => void): void {
  const { plan, makeup, pairs } = build(sample);
  const dependents = Map.groupBy(pairs, ([, to]) => to);
  const cluster: AbstractCluster = new AbstractCluster(plan, makeup, (id) => {
    for (const [from] of dependents.get(id) ?? []) assert.ok(cluster.isGone(from), `${id} is deleted while ${from} lives`);
  });
  const look = () => {
    const { seen } = cluster;
    const decision = decide(plan, seen, { ...defaultPolicy, timeoutMs: Number.POSITIVE_INFINITY }, 0, 1_000);
    check(decision, plan, seen);
    return decision;
  };
  for (const number of sample.events) {
    const choice = Math.floor(number / 4);
    if (number % 4 > 0) {
      cluster.happen(choice);
      continue;
    }
    // One of the actions of a decision gets through; the others are still under way when the next decision is made.
    const { actions } = look();
    const action = actions[choice % Math.max(1, actions.length)];
    if (action) cluster.act(action, (['done', 'done', 'lost', 'refused'] as const)[choice % 4] ?? 'done');
  }
  let decision = look();
  for (let round = 0; !decision.done; round++) {
    assert.ok(round < 500, `no end in sight: ${JSON.stringify(decision.states.filter((each) => each.blocker))}`);
    for (const action of decision.actions) cluster.act(action, 'done');
    for (let count = 0; count < 20; count++) cluster.happen(round + count);
    cluster.catchUp();
    decision = look();
  }
  for (const step of plan.steps) {
    if (step.mode === 'keep') assert.ok(!cluster.isGone(step.id), `${step.id} was to be kept`);
    else assert.ok(cluster.isGone(step.id), `${step.id} is left`);
  }
}

describe('for every graph, every order of events and every lag of the watches', () => {
  test('nothing is deleted before its dependents are gone, and everything is gone in the end', () => {
    fc.assert(
      fc.property(samples, (sample) => run(sample, () => {})),
      { numRuns: 600, ...seed },
    );
  });

  test('the same input gives the same decision, and nothing that was handed in is changed', () => {
    const same = (decision: Decision, plan: Plan, seen: Seen) => {
      const [planCopy, seenCopy] = structuredClone([plan, seen] as const);
      const again = decide(planCopy, seenCopy, { ...defaultPolicy, timeoutMs: Number.POSITIVE_INFINITY }, 0, 1_000);
      assert.deepEqual(again, decision);
      assert.deepEqual(planCopy, plan);
      assert.deepEqual(seenCopy, seen);
    };
    fc.assert(
      fc.property(samples, (sample) => run(sample, same)),
      { numRuns: 60, ...seed },
    );
  });

  test('every state that is not final says what it waits for, and what is done is not undone', () => {
    const settled = new WeakMap<Plan, Set<ObjectId>>();
    const worded = ({ states, done }: Decision, plan: Plan) => {
      const before = settled.get(plan) ?? new Set();
      settled.set(plan, before);
      for (const { id, state, blocker } of states) {
        if (state === 'Gone' || state === 'Kept') before.add(id);
        else assert.ok(!before.has(id), `${id} came back`);
        if (state !== 'Gone') assert.ok(blocker, `${id} is ${state} and says nothing`);
      }
      assert.equal(
        done,
        states.every(({ state }) => state === 'Gone' || state === 'Kept'),
      );
    };
    fc.assert(
      fc.property(samples, (sample) => run(sample, worded)),
      { numRuns: 200, ...seed },
    );
  });

  test('a plan that was written down and read back decides the same', () => {
    const readBack = (decision: Decision, plan: Plan, seen: Seen) => {
      const again = decide(
        JSON.parse(JSON.stringify(plan)),
        seen,
        { ...defaultPolicy, timeoutMs: Number.POSITIVE_INFINITY },
        0,
        1_000,
      );
      assert.deepEqual(again, decision);
    };
    fc.assert(
      fc.property(samples, (sample) => run(sample, readBack)),
      { numRuns: 60, ...seed },
    );
  });
});
