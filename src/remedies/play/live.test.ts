import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import { operatorChart } from '../../preview/testing/charts.ts';
import { answersIn, leftIn, played } from '../../preview/testing/plays.ts';
import { chart, release } from '../../preview/testing/subjects.ts';
import type { Subject } from '../../reading/subject.ts';
import { livePod, momentOf } from './live.ts';

/** The subject with its Pods changed. */
function withPods(subject: Subject, change: (pod: KubernetesObject) => KubernetesObject): Subject {
  const objects = subject.surroundings.objects.map((object) => (object.kind === 'Pod' ? change(object) : object));
  return { ...subject, surroundings: { ...subject.surroundings, objects } };
}

const waiting = (pod: KubernetesObject): KubernetesObject => ({
  ...pod,
  status: { phase: 'Running', containerStatuses: [{ name: 'manager', state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
});

describe('a live cluster', () => {
  test('in which the operator crashes serves no finalizer, whatever the order', async () => {
    const subject = await release(chart(operatorChart));
    const well = await played(subject, { tool: 'bookend' });
    assert.equal(well.outcome, 'succeeded');
    const crashed = await played(withPods(subject, waiting), { tool: 'bookend' });
    assert.equal(crashed.outcome, 'failed');
    assert.ok(leftIn(crashed).includes('stuck Widget.example.com/shop/one'));
  });

  test('keeps what was terminating before, with its finalizer', async () => {
    const subject = await release(
      chart(operatorChart.replace('finalizers: [', 'finalizers: [example.com/other, ')),
      async ({ cluster }) => {
        await cluster.delete({ apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'one' });
      },
    );
    const result = await played({ ...subject, objects: [] }, { hooks: false });
    assert.deepEqual(leftIn(result), []);
    const whole = await played(subject);
    assert.ok(leftIn(whole).includes('stuck Widget.example.com/shop/one'));
  });

  test('does not delete what has an owner that was not read', async () => {
    const subject = await release(chart(operatorChart));
    const owned: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'owned',
        namespace: 'shop',
        uid: 'u-1',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'unread', uid: 'u-2' }],
      },
    };
    const around = { ...subject.surroundings, objects: [...subject.surroundings.objects, owned] };
    const result = await played({ ...subject, objects: [{ object: owned }], surroundings: around });
    assert.deepEqual(answersIn(result), ['deleted']);
  });
});

describe('a live Pod', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  const pod = (metadata: object, status: object): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'one', namespace: 'shop', ...metadata },
    spec: { nodeName: 'node-1', containers: [] },
    status,
  });

  test('that should have ended long ago is out of its kubelet’s reach', () => {
    const late = pod({ deletionTimestamp: '2026-11-24T11:00:00Z' }, { phase: 'Running' });
    assert.deepEqual(livePod(late, now).spec, { containers: [] });
    const inTime = pod({ deletionTimestamp: '2026-11-24T12:00:20Z' }, { phase: 'Running' });
    assert.equal(livePod(inTime, now), inTime);
  });

  test('that does not run is not started', () => {
    const crashing = pod({}, { phase: 'Running', containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] });
    assert.equal((livePod(crashing, now).status as { phase?: string }).phase, 'Pending');
    assert.ok(livePod(crashing, now).metadata.annotations?.['simulated.bookend.dev/start-ms'] !== undefined);
    const well = pod({}, { phase: 'Running', containerStatuses: [{ state: { running: {} } }] });
    assert.equal(livePod(well, now), well);
  });
});

test('the moment of a live cluster is the latest that its objects tell of', () => {
  const object = (creationTimestamp: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one', creationTimestamp } });
  assert.equal(momentOf([object('2026-01-01T00:00:00Z'), object('2026-11-24T12:00:00Z')]), Date.parse('2026-11-24T12:00:00Z'));
  assert.equal(momentOf([]), undefined);
});
