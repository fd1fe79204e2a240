import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldInGroups, isKeyOfGroup } from './key-domains.ts';

test('a key lies in a group by the domain before its slash, the group itself or below it', () => {
  for (const key of ['example.com/ready', 'node.example.com/ready', 'Example.com/ready'])
    assert.ok(isKeyOfGroup(key, 'example.com'), key);
  for (const key of ['ready', 'example.com', 'myexample.com/ready', 'example.com.org/ready', 'other.com/example.com'])
    assert.ok(!isKeyOfGroup(key, 'example.com'), key);
  assert.ok(!isKeyOfGroup('app.kubernetes.io/name', ''));
});

test('the first label in one of the groups is named, else the first annotation', () => {
  const groups = new Set(['example.com']);
  const annotations = { 'a.example.com/by': 'x' };
  assert.equal(fieldInGroups({ name: 'a', annotations }, groups), 'metadata.annotations[a.example.com/by]');
  assert.equal(
    fieldInGroups({ name: 'a', annotations, labels: { app: 'x', 'example.com/key': 'y' } }, groups),
    'metadata.labels[example.com/key]',
  );
  assert.equal(fieldInGroups({ name: 'a', labels: { app: 'x' } }, groups), undefined);
});
