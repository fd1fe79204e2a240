import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph } from '../graph/build.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { describePlan } from './describe.ts';
import { makePlan } from './make-plan.ts';

const object = (kind: string, name: string, namespace?: string, annotations?: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(namespace && { namespace }), ...(annotations && { annotations }) },
});

test('a plan reads as waves, with what each object waits for and what is kept', () => {
  const kept = object('PersistentVolumeClaim', 'data', 'b', { 'bookend.dev/keep': 'true' });
  const pod: KubernetesObject = { ...object('Pod', 'user', 'a'), spec: { serviceAccountName: 'x' } };
  const settings = ['c', 'd', 'e', 'f'].map((name) => object('ConfigMap', name, 'a'));
  const objects = [
    pod,
    object('ServiceAccount', 'x', 'a'),
    object('Namespace', 'a'),
    object('Namespace', 'b'),
    kept,
    ...settings,
  ];
  const plan = makePlan(buildGraph({ objects }), { awaited: new Map([[idOf(pod), 'uses ServiceAccount a/x']]) });
  assert.deepEqual(describePlan(plan), [
    '1  Pod a/user  (not ours, waited for: uses ServiceAccount a/x)',
    '   ConfigMap a/c',
    '   ConfigMap a/d',
    '   ConfigMap a/e',
    '   ConfigMap a/f',
    '2  ServiceAccount a/x  (after Pod a/user)',
    '3  Namespace a  (after ConfigMap a/c, ConfigMap a/d, ConfigMap a/e and 2 more)',
    'kept',
    '   PersistentVolumeClaim b/data  (annotation bookend.dev/keep: "true")',
    '   Namespace b  (PersistentVolumeClaim b/data is kept (annotation bookend.dev/keep: "true") and needs it)',
  ]);
});
