import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../errors.ts';
import { buildGraph } from '../graph/build.ts';
import { binding, crd, deployment } from '../graph/testing/samples.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { additionsFor, extendPlan } from './extend-plan.ts';
import { makePlan } from './make-plan.ts';

const definition = crd('widgets', 'Widget');
const operator = deployment('operator', 'a', 'operator', { app: 'operator' });
const role: KubernetesObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'operator', namespace: 'a' },
  rules: [{ apiGroups: ['samples.example'], resources: ['widgets'], verbs: ['*'] }],
};
const bound = binding('operator', 'a', 'operator');
const namespace: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } };
const planned = [definition, operator, role, bound, namespace];
const widget: KubernetesObject = { apiVersion: 'samples.example/v1', kind: 'Widget', metadata: { name: 'late', namespace: 'a' } };
const plan = makePlan(buildGraph({ objects: planned }));
const everything = new Set(plan.steps.map(({ id }) => id));

describe('what turns up after the plan was made', () => {
  test('a custom resource goes before its definition and, through it, before its controller', () => {
    const additions = additionsFor(buildGraph({ objects: [...planned, widget], live: true }), plan);
    const longer = extendPlan(plan, additions, everything);
    const after = new Map(longer.steps.map((step) => [step.id, step.after]));
    assert.equal(longer.steps[0]?.id, idOf(widget));
    assert.deepEqual(after.get(idOf(definition)), [idOf(widget)]);
    assert.deepEqual(after.get(idOf(operator)), [idOf(definition)], 'it waits for the definition already');
  });

  test('makes nothing wait that is deleted already', () => {
    const additions = additionsFor(buildGraph({ objects: [...planned, widget], live: true }), plan);
    const left = new Set([...everything].filter((id) => id !== idOf(definition)));
    const after = new Map(extendPlan(plan, additions, left).steps.map((step) => [step.id, step.after]));
    assert.deepEqual(after.get(idOf(definition)), []);
    assert.deepEqual(after.get(idOf(operator)), [idOf(definition), idOf(widget)]);
  });

  test('is waited for when it is to be kept, because what it needs was going to be deleted', () => {
    const kept = { ...widget, metadata: { ...widget.metadata, annotations: { 'bookend.dev/keep': 'true' } } };
    const [addition] = additionsFor(buildGraph({ objects: [...planned, kept] }), plan);
    assert.equal(addition?.step.mode, 'await');
    assert.match(addition?.step.reason ?? '', /it is to be kept \(annotation bookend\.dev\/keep: "true"\)/);
  });

  test('may have an order of its own', () => {
    const ref = { apiVersion: 'v1', kind: 'Pod', name: 'x' };
    const [one, two] = ['Pod/one', 'Pod/two'] as [ObjectId, ObjectId];
    const longer = extendPlan(
      plan,
      [
        { step: { id: two, ref, mode: 'await', reason: 'uses it', after: [one] }, needs: [idOf(namespace)] },
        { step: { id: one, ref, mode: 'await', after: ['Pod/unknown' as ObjectId] }, needs: [idOf(namespace)] },
      ],
      everything,
    );
    assert.deepEqual(
      longer.steps.slice(-3).map(({ id, after }) => [id, after]),
      [
        [one, []],
        [two, [one]],
        [idOf(namespace), [...(plan.steps.at(-1)?.after ?? []), two]],
      ],
    );
  });

  test('is refused when it would have to go both before and after a step', () => {
    const ref = { apiVersion: 'v1', kind: 'Pod', name: 'x' };
    const addition = {
      step: { id: 'Pod/x' as ObjectId, ref, mode: 'delete' as const, after: [idOf(namespace)] },
      needs: [idOf(operator)],
    };
    assert.throws(
      () => extendPlan(plan, [addition], everything),
      (error) => isCode(error, 'cycle'),
    );
  });
});
