import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeId } from '../objects/identity.ts';
import type { Plan } from '../plan/plan.ts';
import { blockedBy } from '../teardown/blocker.ts';
import type { Decision } from '../teardown/decide.ts';
import { installStatus, merged, refusedStatus, teardownProgress, teardownStatus } from './status.ts';

const at = Date.UTC(2026, 10, 22);
const [a, b] = [makeId('', 'ConfigMap', 'n', 'a'), makeId('', 'ConfigMap', 'n', 'b')];
const plan: Plan = {
  steps: [
    { id: a, ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name: 'a' }, mode: 'delete', after: [] },
    {
      id: b,
      ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name: 'b' },
      mode: 'keep',
      reason: 'annotation',
      after: [],
    },
  ],
};
/** As the operator notes it. */
const noted = (of: Plan, decision: Decision) => ({
  ...teardownProgress(of, decision),
  teardown: teardownStatus(of, decision, base),
});
const base = { startedAt: '2026-11-22T00:00:00Z', steps: [], objects: [] };
const conditions = (status: ReturnType<typeof merged>) =>
  Object.fromEntries((status.conditions ?? []).map(({ type, status: value }) => [type, value]));

describe('the conditions are those that kstatus reads', () => {
  test('installed: Ready, nothing else', () => {
    const status = merged({}, installStatus({ apply: [], ready: 1, states: [{ id: a, state: 'Ready' }] }, true), at);
    assert.deepEqual(conditions(status), { Ready: 'True', Reconciling: 'False', Stalled: 'False' });
    assert.equal(status.phase, 'Ready');
    assert.equal(status.progress, '1/1');
  });

  test('on the way: Reconciling, with what it waits for', () => {
    const states = [{ id: a, state: 'Settling' as const, blocker: blockedBy('NotReady', a, 'ConfigMap n/a is starting') }];
    const status = merged({}, installStatus({ apply: [], ready: 0, states }, true), at);
    assert.deepEqual(conditions(status), { Ready: 'False', Reconciling: 'True', Stalled: 'False' });
    assert.equal(status.blocker, 'ConfigMap n/a is starting');
  });

  test('a large teardown lists a bounded number of objects, what a person must look at first, each in a short sentence', () => {
    const steps = Array.from({ length: 2_000 }, (_, index) => {
      const id = makeId('', 'ConfigMap', 'n', `c-${index}`);
      return {
        id,
        ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name: `c-${index}` },
        mode: 'delete' as const,
        after: [],
      };
    });
    const states = steps.map(({ id }, index) => ({
      id,
      state: index === 1_999 ? ('Blocked' as const) : ('Deleting' as const),
      blocker: blockedBy('FinalizerRemains', id, 'x'.repeat(1_000)),
    }));
    const { teardown } = merged({}, noted({ steps }, { actions: [], done: false, states }), at);
    assert.equal(teardown?.objects.length, 100);
    assert.equal(teardown?.objects[0]?.state, 'Blocked');
    assert.ok(JSON.stringify(teardown?.objects).length < 50_000);
  });

  test('blocked in the teardown: Stalled, with the blocker', () => {
    const decision = {
      actions: [],
      done: false,
      states: [
        { id: a, state: 'Blocked' as const, blocker: blockedBy('FinalizerRemains', b, 'finalizer x') },
        { id: b, state: 'Kept' as const },
      ],
    };
    const status = merged({}, noted(plan, decision), at);
    assert.deepEqual(conditions(status), { Ready: 'False', Reconciling: 'True', Stalled: 'True' });
    assert.equal(status.phase, 'Blocked');
    assert.equal(status.blocker, 'finalizer x');
    const { blocker, reason, waitsFor } = status.teardown?.objects[0] ?? {};
    assert.deepEqual({ blocker, reason, waitsFor }, { blocker: 'finalizer x', reason: 'FinalizerRemains', waitsFor: b });
    assert.equal(status.progress, '0/1', 'what is kept is not counted');
  });

  test('refused: Stalled, nothing is being worked on', () => {
    assert.deepEqual(conditions(merged({}, refusedStatus('InvalidSpec', 'why', false), at)), {
      Ready: 'False',
      Reconciling: 'False',
      Stalled: 'True',
    });
  });

  test('a condition keeps its time until its status changes', () => {
    const first = merged({}, refusedStatus('InvalidSpec', 'one', false), at);
    const second = merged(first, refusedStatus('Cycle', 'two', false), at + 60_000);
    assert.equal(second.conditions?.[0]?.lastTransitionTime, '2026-11-22T00:00:00Z');
    assert.equal(second.conditions?.[0]?.message, 'two');
  });
});

test('a large teardown lists only what there is something to say of', () => {
  const steps = Array.from({ length: 300 }, (_, index) => {
    const name = `o${index}`;
    return {
      id: makeId('', 'ConfigMap', 'n', name),
      ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name },
      mode: 'delete' as const,
      after: [],
    };
  });
  const states = steps.map(({ id }, index) => ({
    id,
    state: index === 7 ? ('Deleting' as const) : index < 7 ? ('Gone' as const) : ('Waiting' as const),
    blocker: blockedBy(index === 7 ? 'Terminating' : 'DependentRemains', id, 'x'),
  }));
  const part = noted({ steps }, { actions: [], done: false, states });
  assert.deepEqual(
    part.teardown?.objects.map(({ object }) => object),
    ['ConfigMap/n/o7'],
  );
  assert.equal(part.teardown?.gone, '0-6');
  assert.equal(part.progress, '7/300');
});
