import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId, parseId } from '../objects/identity.ts';
import type { Plan, PlanStep } from './plan.ts';
import { withoutSteps } from './without-steps.ts';

const id = (name: string) => makeId('', 'ConfigMap', 'a', name);
const step = (name: string, after: string[] = [], more: Partial<PlanStep> = {}): PlanStep => ({
  id: id(name),
  ref: { apiVersion: 'v1', ...parseId(id(name)) },
  mode: 'delete',
  after: after.map(id),
  ...more,
});

test('what waited for a step that is over waits for what that one waited for', () => {
  const plan: Plan = { steps: [step('a'), step('b', ['a']), step('c', ['b']), step('d', ['c', 'a'], { servedBy: [id('c')] })] };
  const left = withoutSteps(plan, new Set([id('b'), id('c')]));
  assert.deepEqual(left, { steps: [step('a'), step('d', ['a'])] });
  assert.deepEqual(withoutSteps(plan, new Set()), plan);
});
