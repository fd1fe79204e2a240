import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ObjectId } from '../objects/identity.ts';
import { blockerOf, duration, foreignFinalizers, podBlocker } from './blockers.ts';
import type { SeenObject, SeenPod, SeenStep } from './seen.ts';

const now = 1_000_000_000;
const seconds = 1_000;

function seen(kind: string, name: string, more: Partial<SeenObject> = {}): SeenObject {
  const apiVersion = kind === 'Pod' ? 'v1' : 'apps/v1';
  return { ref: { apiVersion, kind, namespace: 'a', name, uid: `${kind}-${name}` }, finalizers: [], ...more };
}

function pod(more: Partial<SeenPod> = {}): SeenPod {
  return { ...seen('Pod', 'p'), node: 'node-3', containers: [{ name: 'agent', running: true, preStop: true }], ...more };
}

const stopping = { deletingSince: now - 252 * seconds, graceSeconds: 300 };

describe('podBlocker', () => {
  const sentences: { when: string; pod: SeenPod; says: string }[] = [
    {
      when: 'a preStop hook runs',
      pod: pod(stopping),
      says: 'Pod a/p on node-3: preStop of container agent has run 4m12s of 5m0s',
    },
    {
      when: 'containers without a hook stop',
      pod: pod({
        ...stopping,
        containers: ['x', 'y'].map((name) => ({ name, running: true, preStop: false })),
      }),
      says: 'Pod a/p on node-3: container x, y has been stopping for 4m12s of 5m0s',
    },
    {
      when: 'only another container still runs than the one with the hook',
      pod: pod({
        ...stopping,
        containers: [
          { name: 'agent', running: false, preStop: true },
          { name: 'proxy', running: true, preStop: false },
        ],
      }),
      says: 'Pod a/p on node-3: container proxy has been stopping for 4m12s of 5m0s',
    },
    {
      when: 'all containers have ended',
      pod: pod({ ...stopping, containers: [{ name: 'agent', running: false, preStop: true }] }),
      says: 'Pod a/p on node-3: its containers have ended; the kubelet is cleaning up',
    },
    {
      when: 'a finalizer of somebody keeps the object',
      pod: pod({ ...stopping, finalizers: ['example.dev/x'], containers: [] }),
      says: 'Pod a/p on node-3: its containers have ended, but finalizer example.dev/x keeps the Pod: whoever set it must remove it',
    },
    {
      when: "the Job controller's finalizer keeps the object",
      pod: pod({ ...stopping, finalizers: ['batch.kubernetes.io/job-tracking'], containers: [] }),
      says: 'Pod a/p on node-3: its containers have ended, but finalizer batch.kubernetes.io/job-tracking keeps the Pod: the Job controller must count the Pod and remove it',
    },
    {
      when: 'the grace is over',
      pod: pod({ deletingSince: now - 41 * seconds, graceSeconds: 30 }),
      says: 'Pod a/p on node-3: is 11s past its grace of 30s: does the kubelet of node node-3 still answer?',
    },
    {
      when: 'the grace was over only a moment ago',
      pod: pod({ deletingSince: now - 35 * seconds, graceSeconds: 30 }),
      says: 'Pod a/p on node-3: preStop of container agent has run 35s of 30s',
    },
    { when: 'nobody has deleted it', pod: pod(), says: 'Pod a/p on node-3 runs, and nobody has deleted it yet' },
    {
      when: 'it was never scheduled',
      pod: { ...seen('Pod', 'p'), containers: [{ name: 'agent', running: false, preStop: false }] },
      says: 'Pod a/p exists, and nobody has deleted it yet',
    },
    {
      when: 'it has ended and nobody has deleted it',
      pod: pod({ ended: true, containers: [] }),
      says: 'Pod a/p on node-3 has ended, and nobody has deleted it yet',
    },
  ];
  for (const { when, pod: subject, says } of sentences) {
    test(`when ${when}`, () => assert.equal(podBlocker(subject, now), says));
  }
});

describe('blockerOf', () => {
  const step = (more: Partial<SeenStep>): SeenStep => ({ children: [], pods: [], confirmedGone: false, ...more });
  const widget: SeenObject = {
    ref: { apiVersion: 'example.dev/v1', kind: 'Widget', name: 'w', uid: 'w' },
    finalizers: ['example.dev/x'],
    deletingSince: now - 1,
  };
  const server = 'Deployment.apps/foo/manager' as ObjectId;

  test('the Pod that nobody deletes comes before those that are stopping, then the one that has been stopping the longest', () => {
    const pods = [
      pod({ ...stopping, ref: { ...pod().ref, name: 'late' }, deletingSince: now - 5 * seconds }),
      pod({ ...stopping, ref: { ...pod().ref, name: 'early' }, deletingSince: now - 9 * seconds }),
    ];
    assert.match(blockerOf(step({ pods }), [], now), /^Pod a\/early .* \(and 1 more Pod\)$/);
    assert.match(blockerOf(step({ pods: [...pods, pod()] }), [], now), /^Pod a\/p on node-3 runs.* \(and 2 more Pods\)$/);
  });

  const sentences: { when: string; step: SeenStep; servers?: { id: ObjectId; runningPods: number }[]; says: string }[] = [
    {
      when: "a finalizer's controller has no Pod left",
      step: step({ object: widget }),
      servers: [{ id: server, runningPods: 0 }],
      says: 'finalizer example.dev/x on Widget w: its controller Deployment foo/manager has no running Pod',
    },
    {
      when: "a finalizer's controller runs",
      step: step({ object: widget }),
      servers: [{ id: server, runningPods: 1 }],
      says: 'finalizer example.dev/x on Widget w: its controller Deployment foo/manager runs and has not removed it yet',
    },
    {
      when: 'a finalizer keeps the object, and its Pods live on meanwhile',
      step: step({ object: widget, pods: [pod()] }),
      says: 'finalizer example.dev/x on Widget w: whoever set it must remove it',
    },
    {
      when: 'nobody knows who serves a finalizer',
      step: step({ object: widget }),
      says: 'finalizer example.dev/x on Widget w: whoever set it must remove it',
    },
    {
      when: 'Kubernetes itself set the finalizer',
      step: step({
        object: { ...seen('PersistentVolumeClaim', 'c'), deletingSince: now, finalizers: ['kubernetes.io/pvc-protection'] },
      }),
      servers: [{ id: server, runningPods: 1 }],
      says: 'finalizer kubernetes.io/pvc-protection on PersistentVolumeClaim a/c: it goes when no Pod uses the claim any more, ended Pods included',
    },
    {
      when: 'a child exists that nobody deletes',
      step: step({ object: { ...widget, finalizers: [] }, children: [seen('DaemonSet', 'd'), seen('DaemonSet', 'e')] }),
      says: 'DaemonSet a/d and 1 more (made from Widget w) still exists, and nobody has deleted it yet',
    },
    {
      when: 'a child is being deleted',
      step: step({ children: [seen('ReplicaSet', 'r', { deletingSince: now })] }),
      says: 'ReplicaSet a/r is still being deleted',
    },
    {
      when: 'a child has a finalizer',
      step: step({
        object: { ...widget, finalizers: [] },
        children: [seen('Job', 'j', { deletingSince: now, finalizers: ['x/y'] })],
      }),
      says: 'finalizer x/y on Job a/j: whoever set it must remove it (made from Widget w)',
    },
    {
      when: 'the garbage collector works',
      step: step({ object: seen('DaemonSet', 'd', { deletingSince: now, finalizers: ['foregroundDeletion'] }) }),
      says: 'DaemonSet a/d: the garbage collector still deletes what it owns (foreground deletion)',
    },
    {
      when: 'the deletion was not accepted',
      step: step({ object: seen('DaemonSet', 'd') }),
      says: 'DaemonSet a/d: its deletion was not accepted yet',
    },
    {
      when: 'a Namespace is being emptied',
      step: step({
        object: { ref: { apiVersion: 'v1', kind: 'Namespace', name: 'n', uid: 'n' }, finalizers: [], deletingSince: now },
      }),
      says: 'Namespace n: the namespace controller still deletes what is in it',
    },
    {
      when: 'it is only going',
      step: step({ object: seen('Deployment', 'd', { deletingSince: now }) }),
      says: 'Deployment a/d is being deleted',
    },
    { when: 'nothing is seen', step: step({}), says: 'a current read must confirm that nothing of it is left' },
  ];
  for (const { when, step: subject, servers = [], says } of sentences) {
    test(`when ${when}`, () => assert.equal(blockerOf(subject, servers, now), says));
  }
});

test('the garbage collector removes its own finalizers, every other one is foreign', () => {
  const object = seen('DaemonSet', 'd', { finalizers: ['foregroundDeletion', 'orphan', 'a/b'] });
  assert.deepEqual(foreignFinalizers(object), ['a/b']);
});

test('durations have whole seconds and two units at the most', () => {
  const samples = [-5, 999, 3_000, 59_999, 60_000, 252_000, 3_600_000, 90_061_000];
  assert.deepEqual(samples.map(duration), ['0s', '0s', '3s', '59s', '1m0s', '4m12s', '1h0m', '25h1m']);
});
