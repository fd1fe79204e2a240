/** The garbage collector: owners and dependents, foreground, background, orphans. */
import { apps, global, gone, held, job, jobRef, map, mapRef, object, ownedBy, ref, release, workload } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const blocking = { controller: true, blockOwnerDeletion: true };
const child = (name: string, owner: string, more = {}, metadata = {}) =>
  map(name, { ...ownedBy(mapRef(owner), more), ...metadata });

export const collecting: Scenario[] = [
  {
    name: 'In the background the owner goes first, then its dependents',
    given: [map('owner'), child('child', 'owner', blocking)],
    steps: [
      { delete: mapRef('owner'), propagation: 'Background' },
      { until: mapRef('child'), is: 'gone' },
    ],
    order: [['gone ConfigMap/owner', 'gone ConfigMap/child']],
  },
  {
    name: 'In the foreground the owner waits for the dependents that block it',
    given: [map('owner'), child('child', 'owner', blocking, held), child('other', 'owner', blocking)],
    steps: [
      { delete: mapRef('owner'), propagation: 'Foreground' },
      { until: mapRef('child'), is: 'terminating' },
      { until: mapRef('other'), is: 'gone' },
      { pass: 1_000 },
      { ask: mapRef('owner') },
      release(mapRef('child')),
      { until: mapRef('owner'), is: 'gone' },
    ],
    order: [
      ['gone ConfigMap/other', 'gone ConfigMap/owner'],
      ['gone ConfigMap/child', 'gone ConfigMap/owner'],
    ],
  },
  {
    name: 'In the foreground the owner does not wait for dependents that do not block it',
    given: [map('owner'), child('child', 'owner', {}, held)],
    steps: [...gone(mapRef('owner'), 'Foreground'), { until: mapRef('child'), is: 'terminating' }, release(mapRef('child'))],
  },
  {
    name: 'Orphans stay without their owner',
    given: [map('owner'), child('child', 'owner', blocking)],
    steps: [
      ...gone(mapRef('owner'), 'Orphan'),
      { pass: 1_000 },
      { read: mapRef('child'), path: ['metadata', 'ownerReferences'] },
    ],
  },
  {
    name: 'A dependent of two owners stays with the one that is left',
    given: [
      map('first'),
      map('second'),
      map('child', {
        ownerReferences: [...ownedBy(mapRef('first')).ownerReferences, ...ownedBy(mapRef('second')).ownerReferences],
      }),
    ],
    steps: [
      { delete: mapRef('first') },
      { pass: 2_000 },
      { read: mapRef('child'), path: ['metadata', 'ownerReferences'] },
      { delete: mapRef('second') },
      { until: mapRef('child'), is: 'gone' },
    ],
  },
  {
    name: 'A dependent whose owner is in another namespace is deleted',
    given: [global('v1', 'Namespace', 'NS-b'), { ...map('owner'), metadata: { name: 'owner', namespace: 'NS-b' } }],
    steps: [{ create: map('child', ownedBy(mapRef('owner'))) }, { until: mapRef('child'), is: 'gone' }],
  },
  {
    name: 'A cluster-scoped dependent of a namespaced owner is never collected',
    given: [
      map('owner'),
      global('rbac.authorization.k8s.io/v1', 'ClusterRole', 'NS-child', { metadata: ownedBy(mapRef('owner')), rules: [] }),
    ],
    steps: [
      { delete: mapRef('owner') },
      { pass: 3_000 },
      { ask: ref('rbac.authorization.k8s.io/v1', 'ClusterRole', 'NS-child', false) },
    ],
  },
  {
    name: 'A chain of owners goes from its end in the foreground',
    given: [map('a'), child('b', 'a', blocking), child('c', 'b', blocking)],
    steps: [...gone(mapRef('a'), 'Foreground')],
    order: [
      ['gone ConfigMap/c', 'gone ConfigMap/b'],
      ['gone ConfigMap/b', 'gone ConfigMap/a'],
    ],
  },
  {
    name: 'A second delete in the background strips a pending foreground',
    given: [map('owner'), child('child', 'owner', blocking, held)],
    steps: [
      { delete: mapRef('owner'), propagation: 'Foreground' },
      { until: mapRef('child'), is: 'terminating' },
      { delete: mapRef('owner'), propagation: 'Background' },
      { ask: mapRef('owner') },
      release(mapRef('child')),
    ],
    order: [['gone ConfigMap/owner', 'gone ConfigMap/child']],
  },
  {
    name: 'Owners that wait for each other in a circle go all the same',
    given: [map('a'), child('b', 'a', blocking)],
    steps: [
      { merge: mapRef('a'), with: { metadata: ownedBy(mapRef('b'), blocking) } },
      { pass: 1_500 },
      ...gone(mapRef('a'), 'Foreground'),
      { until: mapRef('b'), is: 'gone' },
    ],
    // The collector changes b so that it no longer blocks a, and its DELETE of b then meets a conflict. When it tries
    // again, a still waits for its dependents (b is deleted in the foreground), or is gone (b goes at once). See
    // `attemptToDeleteItem` of pkg/controller/garbagecollector.
    eitherLife: [['ConfigMap/b: gone', 'ConfigMap/b: terminating, gone']],
  },
  {
    name: 'A dependent of an owner that never was is deleted',
    steps: [
      {
        create: map('child', {
          ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: '00000000-0000-4000-a000-000000000000' }],
        }),
      },
      { until: mapRef('child'), is: 'gone' },
    ],
  },
  {
    name: 'A Job that is deleted without a policy leaves its Pods, a Deployment does not',
    given: [job('task'), workload('Deployment', 'web')],
    steps: [
      { delete: jobRef('task') },
      { delete: apps('Deployment', 'web') },
      { until: jobRef('task'), is: 'gone' },
      { untilNone: { apiVersion: 'apps/v1', kind: 'ReplicaSet' } },
      { pass: 3_000 },
    ],
  },
  {
    name: 'A Job that is deleted in the background takes its Pods along',
    given: [job('task')],
    steps: [{ delete: jobRef('task'), propagation: 'Background' }, { untilNone: { apiVersion: 'v1', kind: 'Pod' } }],
  },
  {
    name: 'A Deployment in the foreground goes last',
    given: [workload('Deployment', 'web', { stopSeconds: 1 })],
    steps: [...gone(apps('Deployment', 'web'), 'Foreground')],
    order: [
      ['gone Pod/web-*-*', 'gone ReplicaSet/web-*'],
      ['gone ReplicaSet/web-*', 'gone Deployment/web'],
    ],
  },
  {
    name: 'A Deployment in the background goes first, its Pods last',
    given: [workload('Deployment', 'web', { stopSeconds: 1 })],
    steps: [{ delete: apps('Deployment', 'web'), propagation: 'Background' }, { untilNone: { apiVersion: 'v1', kind: 'Pod' } }],
    order: [
      ['gone Deployment/web', 'gone ReplicaSet/web-*'],
      ['gone ReplicaSet/web-*', 'gone Pod/web-*-*'],
    ],
  },
  {
    name: 'A Secret that a Lease owns goes with it, whatever their kinds',
    given: [object('coordination.k8s.io/v1', 'Lease', 'lease')],
    steps: [
      { create: map('child', ownedBy(ref('coordination.k8s.io/v1', 'Lease', 'lease'))) },
      { delete: ref('coordination.k8s.io/v1', 'Lease', 'lease') },
      { until: mapRef('child'), is: 'gone' },
    ],
  },
];
