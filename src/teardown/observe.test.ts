import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import { observe, observeMember, observePod } from './observe.ts';

const at = Date.parse('2026-11-22T10:00:00Z');
const meta = { name: 'p', namespace: 'a', uid: 'u' };
const owned = { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'd', controller: true }] };
const pod = (metadata: Record<string, unknown>, rest: Record<string, unknown> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...meta, ...owned, ...metadata },
  ...rest,
});

describe('observe', () => {
  test('tells when the deletion was asked for, and which finalizers there are', () => {
    const object = { ...pod({ deletionTimestamp: '2026-11-22T10:00:00Z', finalizers: ['x'] }), kind: 'ConfigMap' };
    assert.deepEqual(observe(object), {
      ref: { apiVersion: 'v1', kind: 'ConfigMap', name: 'p', namespace: 'a', uid: 'u' },
      finalizers: ['x'],
      deletingSince: at,
    });
  });

  test('metadata alone is enough', () => {
    assert.deepEqual(observe({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }), {
      ref: { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: '' },
      finalizers: [],
    });
  });
});

test('a member without owners is one that nobody but us deletes', () => {
  assert.equal(observeMember(pod({})).ownerless, undefined);
  assert.equal(observeMember(pod({ ownerReferences: [] })).ownerless, true);
});

describe('observePod', () => {
  test("takes the grace period off the Pod's deletionTimestamp, which lies in the future by it", () => {
    const seen = observePod(pod({ deletionTimestamp: '2026-11-22T10:00:30Z', deletionGracePeriodSeconds: 30 }));
    assert.equal(seen.deletingSince, at);
    assert.equal(seen.graceSeconds, 30);
  });

  test('after a deletion with grace 0 the time is the timestamp itself', () => {
    const seen = observePod(pod({ deletionTimestamp: '2026-11-22T10:00:00Z', deletionGracePeriodSeconds: 0 }));
    assert.equal(seen.deletingSince, at);
    assert.equal(seen.graceSeconds, 0);
  });

  test('tells containers and native sidecars, but not init containers that have run', () => {
    const running = (name: string) => ({ name, state: { running: { startedAt: 'x' } } });
    const seen = observePod(
      pod(
        {},
        {
          spec: {
            nodeName: 'n1',
            initContainers: [{ name: 'init' }, { name: 'proxy', restartPolicy: 'Always', lifecycle: { preStop: { exec: {} } } }],
            containers: [{ name: 'agent', lifecycle: { preStop: { exec: {} } } }, { name: 'done' }],
          },
          status: {
            initContainerStatuses: [running('proxy')],
            containerStatuses: [running('agent'), { name: 'done', state: { terminated: { exitCode: 0 } } }],
          },
        },
      ),
    );
    assert.equal(seen.node, 'n1');
    assert.deepEqual(seen.containers, [
      { name: 'agent', running: true, preStop: true },
      { name: 'done', running: false, preStop: false },
      { name: 'proxy', running: true, preStop: true },
    ]);
  });

  test('a Pod that Succeeded, or Failed because it was evicted, has ended', () => {
    assert.equal(observePod(pod({}, { status: { phase: 'Running' } })).ended, undefined);
    assert.equal(observePod(pod({}, { status: { phase: 'Succeeded' } })).ended, true);
    assert.equal(observePod(pod({}, { status: { phase: 'Failed', reason: 'Evicted' } })).ended, true);
  });

  test('a Pod that is pending and on no node has containers that do not run', () => {
    const seen = observePod(pod({}, { spec: { containers: [{ name: 'agent' }] }, status: { phase: 'Pending' } }));
    assert.equal(seen.node, undefined);
    assert.deepEqual(seen.containers, [{ name: 'agent', running: false, preStop: false }]);
  });
});
