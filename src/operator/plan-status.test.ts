import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '../objects/identity.ts';
import type { Plan } from '../plan/plan.ts';
import { planFromStatus, planToStatus } from './plan-status.ts';

test('a plan survives being written into the status and read back', () => {
  const crd = makeId('apiextensions.k8s.io', 'CustomResourceDefinition', undefined, 'widgets.example.dev');
  const widget = makeId('example.dev', 'Widget', 'here', 'one');
  const operator = makeId('apps', 'Deployment', 'here', 'operator');
  const barrier = makeId('bookend.dev', 'Component', undefined, 'top');
  const plan: Plan = {
    steps: [
      {
        id: widget,
        ref: { apiVersion: 'example.dev/v1', kind: 'Widget', namespace: 'here', name: 'one', uid: 'u1' },
        mode: 'delete',
        after: [],
        servedBy: [operator],
      },
      {
        id: barrier,
        ref: { apiVersion: 'bookend.dev/v1alpha1', kind: 'Component', name: 'top' },
        component: 'top',
        mode: 'barrier',
        reason: 'why',
        after: [widget],
      },
      {
        id: operator,
        ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'here', name: 'operator', uid: 'u2' },
        component: 'base',
        mode: 'keep',
        reason: 'kept',
        after: [],
      },
      {
        id: crd,
        ref: { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'widgets.example.dev', uid: 'u3' },
        mode: 'delete',
        after: [widget, barrier],
        defines: { apiVersion: 'example.dev/v1', kind: 'Widget' },
      },
    ],
  };
  const inventory = [
    { component: 'base', apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'here', name: 'operator', uid: 'u2' },
  ];
  assert.deepEqual(planFromStatus(JSON.parse(JSON.stringify(planToStatus(plan, inventory))), inventory), plan);
});
