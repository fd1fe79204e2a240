/** What a DELETE does to one object: finalizers, propagation policies, preconditions, grace periods. */
import { held, map, mapRef, namespaceRef, ownedBy, pod, podRef, release } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const finalizersOf = (name: string) => ({ read: mapRef(name), path: ['metadata', 'finalizers'] });

export const deleting: Scenario[] = [
  {
    name: 'A finalizer keeps an object, and the update that empties the list deletes it',
    given: [map('one', held), map('free')],
    steps: [
      { delete: mapRef('one') },
      finalizersOf('one'),
      { delete: mapRef('one') },
      { delete: mapRef('free') },
      { delete: mapRef('free') },
      release(mapRef('one')),
      { ask: mapRef('one') },
    ],
    order: [['terminating ConfigMap/one', 'gone ConfigMap/one']],
  },
  {
    name: 'No finalizer can be added once an object is terminating, and its deletionTimestamp stays',
    given: [map('one', held)],
    steps: [
      { delete: mapRef('one') },
      { merge: mapRef('one'), with: { metadata: { finalizers: [...held.finalizers, 'differential.bookend.dev/late'] } } },
      { merge: mapRef('one'), with: { metadata: { deletionTimestamp: null } } },
      { merge: mapRef('one'), with: { metadata: { labels: { still: 'writable' } } } },
      finalizersOf('one'),
      release(mapRef('one')),
    ],
  },
  {
    name: 'A later delete rewrites the propagation policy that an earlier one left',
    // A dependent that blocks its owner keeps the garbage collector from ending the foreground.
    given: [map('one', held), map('child', { ...held, ...ownedBy(mapRef('one'), { blockOwnerDeletion: true }) })],
    steps: [
      { delete: mapRef('one'), propagation: 'Foreground' },
      finalizersOf('one'),
      { until: mapRef('child'), is: 'terminating' },
      { delete: mapRef('one'), propagation: 'Background' },
      finalizersOf('one'),
      { delete: mapRef('one'), propagation: 'Foreground' },
      finalizersOf('one'),
      release(mapRef('child')),
      release(mapRef('one')),
    ],
  },
  {
    name: 'Preconditions that are not met are conflicts',
    given: [map('one')],
    steps: [
      { delete: mapRef('one'), resourceVersion: '1' },
      { delete: mapRef('one'), uid: '00000000-0000-4000-a000-000000000000' },
      { delete: mapRef('one'), uid: 'UID of ConfigMap/one' },
    ],
  },
  {
    name: 'A grace period can be shortened and not lengthened, but not for containers that are ending already',
    given: [pod('one', { stopSeconds: 600, graceSeconds: 15 }), pod('other', { stopSeconds: 600, graceSeconds: 8 })],
    steps: [
      { delete: podRef('other') },
      { delete: podRef('one') },
      { read: podRef('one'), path: ['metadata', 'deletionGracePeriodSeconds'] },
      { delete: podRef('one'), gracePeriodSeconds: 200 },
      { read: podRef('one'), path: ['metadata', 'deletionGracePeriodSeconds'] },
      { pass: 1_500 },
      { delete: podRef('one'), gracePeriodSeconds: 3 },
      { read: podRef('one'), path: ['metadata', 'deletionGracePeriodSeconds'] },
      { until: podRef('one'), is: 'gone' },
    ],
    // The containers had been told to end before: they keep the time that they were given.
    order: [['gone Pod/other', 'gone Pod/one']],
  },
  {
    name: 'Without grace a Pod is gone from the API at once',
    given: [pod('one', { stopSeconds: 2 })],
    steps: [{ delete: podRef('one'), gracePeriodSeconds: 0 }, { ask: podRef('one') }],
  },
  {
    name: 'A Pod that no node has, or that has ended, is not given any grace',
    given: [{ ...pod('ended', { runSeconds: 0 }) }],
    steps: [
      { create: { ...pod('homeless'), spec: { ...(pod('homeless').spec as object), nodeSelector: { no: 'such-node' } } } },
      { untilEnded: podRef('ended') },
      { delete: podRef('homeless') },
      { delete: podRef('ended') },
    ],
  },
  {
    name: 'Native sidecars end after the main containers, the last one first',
    given: [pod('one', { finalizers: held.finalizers, sidecars: { first: 2, second: 2 } })],
    steps: [
      { delete: podRef('one') },
      { untilEnded: podRef('one') },
      { readEnds: podRef('one') },
      release(podRef('one')),
      { until: podRef('one'), is: 'gone' },
    ],
  },
  {
    name: 'A finalizer on a Pod keeps the object and not the containers',
    given: [pod('one', { finalizers: held.finalizers })],
    steps: [
      { delete: podRef('one') },
      { untilEnded: podRef('one') },
      { read: podRef('one'), path: ['status', 'phase'] },
      release(podRef('one')),
      { until: podRef('one'), is: 'gone' },
    ],
  },
  {
    name: 'A terminating namespace takes nothing new, and lets go of what it has',
    given: [map('one', held), map('two')],
    steps: [
      { delete: namespaceRef },
      { create: map('late') },
      { merge: mapRef('one'), with: { metadata: { labels: { still: 'writable' } } } },
      { delete: mapRef('two') },
      release(mapRef('one')),
      { until: namespaceRef, is: 'gone' },
    ],
  },
  {
    name: 'The namespaces that every cluster has are never deleted',
    steps: [
      { delete: { ...namespaceRef, name: 'default' } },
      { delete: { ...namespaceRef, name: 'kube-system' } },
      { delete: { apiVersion: 'v1', kind: 'ServiceAccount', name: 'default', namespace: 'NS' } },
      { until: { apiVersion: 'v1', kind: 'ServiceAccount', name: 'default', namespace: 'NS' }, is: 'there' },
    ],
  },
];
