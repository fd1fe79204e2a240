import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idOfRef, type ObjectId } from '../objects/identity.ts';
import type { BlockerReason } from './blocker.ts';
import { blockerOf, duration, foreignFinalizers, podBlocker, type Server } from './blockers.ts';
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
  const sentences: { when: string; pod: SeenPod; reason: BlockerReason; says: string }[] = [
    {
      when: 'a preStop hook runs',
      pod: pod(stopping),
      reason: 'PreStopHookRunning',
      says: 'Pod a/p on node-3: preStop of container agent has run 4m12s of 5m0s',
    },
    {
      when: 'containers without a hook stop',
      pod: pod({
        ...stopping,
        containers: ['x', 'y'].map((name) => ({ name, running: true, preStop: false })),
      }),
      reason: 'ContainersStopping',
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
      reason: 'ContainersStopping',
      says: 'Pod a/p on node-3: container proxy has been stopping for 4m12s of 5m0s',
    },
    {
      when: 'all containers have ended',
      pod: pod({ ...stopping, containers: [{ name: 'agent', running: false, preStop: true }] }),
      reason: 'PodCleanup',
      says: 'Pod a/p on node-3: its containers have ended; the kubelet is cleaning up',
    },
    {
      when: 'a finalizer of somebody keeps the object',
      pod: pod({ ...stopping, finalizers: ['example.dev/x'], containers: [] }),
      reason: 'FinalizerRemains',
      says: 'Pod a/p on node-3: its containers have ended, but finalizer example.dev/x keeps the Pod: the controller that set it must remove it',
    },
    {
      when: "the Job controller's finalizer keeps the object",
      pod: pod({ ...stopping, finalizers: ['batch.kubernetes.io/job-tracking'], containers: [] }),
      reason: 'FinalizerRemains',
      says: 'Pod a/p on node-3: its containers have ended, but finalizer batch.kubernetes.io/job-tracking keeps the Pod: the Job controller must count the Pod and remove it',
    },
    {
      when: 'the grace is over',
      pod: pod({ deletingSince: now - 41 * seconds, graceSeconds: 30 }),
      reason: 'GracePeriodExceeded',
      says: 'Pod a/p on node-3: is 11s past its grace of 30s: does the kubelet of node node-3 still answer?',
    },
    {
      when: 'the grace was over only a moment ago',
      pod: pod({ deletingSince: now - 35 * seconds, graceSeconds: 30 }),
      reason: 'PreStopHookRunning',
      says: 'Pod a/p on node-3: preStop of container agent has run 35s of 30s',
    },
    {
      when: 'nobody has deleted it',
      pod: pod(),
      reason: 'PodNotDeleted',
      says: 'Pod a/p on node-3 runs, and nobody has deleted it yet',
    },
    {
      when: 'it was never scheduled',
      pod: { ...seen('Pod', 'p'), containers: [{ name: 'agent', running: false, preStop: false }] },
      reason: 'PodNotDeleted',
      says: 'Pod a/p exists, and nobody has deleted it yet',
    },
    {
      when: 'it has ended and nobody has deleted it',
      pod: pod({ ended: true, containers: [] }),
      reason: 'PodNotDeleted',
      says: 'Pod a/p on node-3 has ended, and nobody has deleted it yet',
    },
  ];
  for (const { when, pod: subject, reason, says } of sentences) {
    test(`when ${when}`, () => {
      const since = subject.deletingSince;
      const object = idOfRef(subject.ref);
      assert.deepEqual(podBlocker(subject, now), { reason, object, ...(since !== undefined && { since }), text: says });
    });
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
  const id = idOfRef(widget.ref);

  test('the Pod that nobody deletes comes before those that are stopping, then the one that has been stopping the longest', () => {
    const pods = [
      pod({ ...stopping, ref: { ...pod().ref, name: 'late' }, deletingSince: now - 5 * seconds }),
      pod({ ...stopping, ref: { ...pod().ref, name: 'early' }, deletingSince: now - 9 * seconds }),
    ];
    assert.match(blockerOf(id, step({ pods }), [], now).text, /^Pod a\/early .* \(and 1 more Pod\)$/);
    assert.match(
      blockerOf(id, step({ pods: [...pods, pod()] }), [], now).text,
      /^Pod a\/p on node-3: the owner is gone, and the garbage collector .* \(and 2 more Pods\)$/,
    );
  });

  type Case = { when: string; step: SeenStep; servers?: Server[]; reason: BlockerReason; says: string };
  const cases: Case[] = [
    {
      when: "a finalizer's controller has no Pod left",
      step: step({ object: widget }),
      servers: [{ id: server, runningPods: 0 }],
      reason: 'FinalizerUnserved',
      says: 'finalizer example.dev/x on Widget w: its controller Deployment foo/manager has no running Pod',
    },
    {
      when: "a finalizer's controller runs",
      step: step({ object: widget }),
      servers: [{ id: server, runningPods: 1 }],
      reason: 'FinalizerRemains',
      says: 'finalizer example.dev/x on Widget w: its controller Deployment foo/manager runs and has not removed it yet',
    },
    {
      when: 'a finalizer keeps the object, and its Pods live on meanwhile',
      step: step({ object: widget, pods: [pod()] }),
      reason: 'FinalizerRemains',
      says: 'finalizer example.dev/x on Widget w: the controller that set it must remove it',
    },
    {
      when: 'nobody knows who serves a finalizer',
      step: step({ object: widget }),
      reason: 'FinalizerRemains',
      says: 'finalizer example.dev/x on Widget w: the controller that set it must remove it',
    },
    {
      when: 'Kubernetes itself set the finalizer',
      step: step({
        object: { ...seen('PersistentVolumeClaim', 'c'), deletingSince: now, finalizers: ['kubernetes.io/pvc-protection'] },
      }),
      servers: [{ id: server, runningPods: 1 }],
      reason: 'FinalizerRemains',
      says: 'finalizer kubernetes.io/pvc-protection on PersistentVolumeClaim a/c: it goes when no Pod uses the claim any more, ended Pods included',
    },
    {
      when: 'a child exists that nobody deletes',
      step: step({ object: { ...widget, finalizers: [] }, children: [seen('DaemonSet', 'd'), seen('DaemonSet', 'e')] }),
      reason: 'ChildRemains',
      says: 'DaemonSet a/d and 1 more (made from Widget w) still exists, and nobody has deleted it yet',
    },
    {
      when: 'a child is being deleted',
      step: step({ children: [seen('ReplicaSet', 'r', { deletingSince: now })] }),
      reason: 'ChildTerminating',
      says: 'ReplicaSet a/r is still being deleted',
    },
    {
      when: 'a child has a finalizer',
      step: step({
        object: { ...widget, finalizers: [] },
        children: [seen('Job', 'j', { deletingSince: now, finalizers: ['x/y'] })],
      }),
      reason: 'FinalizerRemains',
      says: 'finalizer x/y on Job a/j: the controller that set it must remove it (made from Widget w)',
    },
    {
      when: 'the garbage collector works',
      step: step({ object: seen('DaemonSet', 'd', { deletingSince: now, finalizers: ['foregroundDeletion'] }) }),
      reason: 'GarbageCollection',
      says: 'DaemonSet a/d: the garbage collector is deleting its dependents (foreground deletion)',
    },
    {
      when: 'the deletion was not accepted',
      step: step({ object: seen('DaemonSet', 'd') }),
      reason: 'DeletionPending',
      says: 'DaemonSet a/d: the API server has not accepted its deletion yet',
    },
    {
      when: 'a Namespace is being emptied',
      step: step({
        object: { ref: { apiVersion: 'v1', kind: 'Namespace', name: 'n', uid: 'n' }, finalizers: [], deletingSince: now },
      }),
      reason: 'NamespaceTerminating',
      says: 'Namespace n: the namespace controller is deleting its contents',
    },
    {
      when: 'it is only going',
      step: step({ object: seen('Deployment', 'd', { deletingSince: now }) }),
      reason: 'Terminating',
      says: 'Deployment a/d is being deleted',
    },
    {
      when: 'nothing is seen',
      step: step({}),
      reason: 'GoneUnconfirmed',
      says: 'a current read must confirm that nothing of it is left',
    },
  ];
  for (const { when, step: subject, servers = [], reason, says } of cases) {
    test(`when ${when}`, () => {
      const { text, ...found } = blockerOf(id, subject, servers, now);
      assert.deepEqual({ reason: found.reason, text }, { reason, text: says });
    });
  }

  test('names the object that holds it up: the Pod, the child, or the object itself', () => {
    const child = seen('DaemonSet', 'd');
    const objectOf = (more: Partial<SeenStep>) => blockerOf(id, step(more), [], now).object;
    assert.equal(objectOf({ object: widget, pods: [pod(stopping)] }), 'Pod/a/p');
    assert.equal(objectOf({ object: widget }), 'Widget.example.dev/w');
    assert.equal(objectOf({ children: [child] }), 'DaemonSet.apps/a/d');
    assert.equal(objectOf({}), id);
  });
});

test('the garbage collector removes its own finalizers, every other one is foreign', () => {
  const object = seen('DaemonSet', 'd', { finalizers: ['foregroundDeletion', 'orphan', 'a/b'] });
  assert.deepEqual(foreignFinalizers(object), ['a/b']);
});

test('durations have whole seconds and two units at the most', () => {
  const samples = [-5, 999, 3_000, 59_999, 60_000, 252_000, 3_600_000, 90_061_000];
  assert.deepEqual(samples.map(duration), ['0s', '0s', '3s', '59s', '1m0s', '4m12s', '1h0m', '25h1m']);
});
