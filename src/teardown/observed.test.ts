import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Observed } from './observed.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'shop', uid: '1' } };

test('the same object is looked at once, and one that has changed anew', () => {
  const observed = new Observed();
  assert.equal(observed.pod(pod), observed.pod(pod));
  const going = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  assert.notEqual(observed.pod(going).deletingSince, observed.pod(pod).deletingSince);
});

test('an object, a member and a Pod are seen in different ways', () => {
  const observed = new Observed();
  assert.equal(observed.object(pod).ownerless, undefined);
  assert.equal(observed.member(pod).ownerless, true);
  assert.deepEqual(observed.pod(pod).containers, []);
});
