/**
 * Whatever Pods of others use: no object goes under one that still has its time, none of them is ever touched, and
 * every wait names one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { idOfRef } from '../objects/identity.ts';
import type { Plan } from '../plan/plan.ts';
import { decide } from './decide.ts';
import type { OnTimeout } from './policy.ts';
import type { Seen, SeenUser } from './seen.ts';

const seed = Number(process.env.SEED ?? 1);
const timeoutMs = 10_000;
const now = 1_000_000;

const refs = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'n',
  name,
  uid: `uid-${name}`,
}));
const ids = refs.map(idOfRef);

type Drawn = {
  needs: number[];
  users: { pod: number; heldMs?: number | undefined }[];
  usedMs?: number | undefined;
  there: boolean;
};

const ago = fc.option(fc.integer({ min: 0, max: 2 * timeoutMs }), { nil: undefined });
const drawn: fc.Arbitrary<Drawn[]> = fc.tuple(
  ...refs.map((_, index) =>
    fc.record({
      needs: fc.subarray(Array.from({ length: index }, (_unused, before) => before)),
      users: fc.array(fc.record({ pod: fc.integer({ min: 0, max: 3 }), heldMs: ago }), { maxLength: 3 }),
      usedMs: ago,
      there: fc.boolean(),
    }),
  ),
);

test('Pods of others keep what they use for as long as they have time, and are never touched', () => {
  fc.assert(
    fc.property(drawn, fc.constantFrom<OnTimeout>('Stop', 'Continue', 'Force'), (steps, onTimeout) => {
      const { plan, seen, usersOf } = worldOf(steps);
      const { actions, states, done } = decide(plan, seen, { timeoutMs, onTimeout }, now - 60_000, now);
      for (const action of actions) {
        const at = ids.indexOf(action.step);
        const users = usersOf(at);
        if ('target' in action) assert.equal(action.target.uid, refs[at]?.uid, 'only our own objects are written');
        if (action.type !== 'delete') continue;
        assert.ok(onTimeout !== 'Stop' || users.length === 0, 'with Stop nothing goes under a user');
        const isOver = (steps[at]?.usedMs ?? 0) >= timeoutMs;
        for (const { since } of users) assert.ok(isOver || now - (since ?? now) >= timeoutMs, 'a user had time left');
      }
      for (const { isUsed, blocker, state } of states) {
        if (isUsed) assert.match(blocker?.text ?? '', /^Pod n\/p\d uses ConfigMap n\/\w /);
        if (isUsed) assert.ok(state === 'Waiting' || (state === 'Blocked' && onTimeout === 'Stop'));
      }
      if (done) assert.ok(steps.every(({ there }) => !there));
    }),
    { seed, numRuns: 2_000 },
  );
});

function worldOf(steps: readonly Drawn[]): { plan: Plan; seen: Seen; usersOf(at: number): SeenUser[] } {
  const usersOf = (at: number): SeenUser[] => {
    const names = ids[at] ?? idOfRef({ apiVersion: 'v1', kind: 'ConfigMap', name: '' });
    return (steps[at]?.users ?? []).map(({ pod, heldMs }) => ({
      pod: { namespace: 'n', name: `p${pod}`, uid: `pod-${pod}` },
      names,
      field: 'spec.volumes[0].configMap.name',
      ...(heldMs !== undefined && { since: now - heldMs }),
    }));
  };
  const plan: Plan = {
    steps: refs.map((ref, at) => ({
      id: idOfRef(ref),
      ref,
      mode: 'delete',
      after: (steps[at]?.needs ?? []).flatMap((before) => ids[before] ?? []),
    })),
  };
  const seenSteps = refs.map((ref, at) => {
    const users = usersOf(at);
    const usedMs = steps[at]?.usedMs;
    const step = {
      ...(steps[at]?.there && { object: { ref, finalizers: [] } }),
      ...{ children: [], pods: [], confirmedGone: false },
      ...(users.length > 0 && { users }),
      ...(usedMs !== undefined && { usedSince: now - usedMs }),
    };
    return [idOfRef(ref), step] as const;
  });
  return { plan, seen: { synced: true, steps: new Map(seenSteps) }, usersOf };
}
