import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rowsOf } from './rows.ts';
import { bad, clean } from './testing/previews.ts';

describe('the rows of a timeline', () => {
  test('are what takes its time or has something to tell, in the order in which it begins', () => {
    const { rows, atOnce, untouched } = rowsOf(bad.timeline);
    assert.deepEqual(
      rows.map(({ label, from, to }) => [label, from, to]),
      [
        ['DaemonSet shop/agent', 400, 5_300],
        ['Pod shop/agent-1', 450, 5_200],
        ['Widget shop/first', 500, undefined],
      ],
    );
    assert.deepEqual(atOnce, [
      { label: 'ClusterRoleBinding agent', at: 200 },
      { label: 'ServiceAccount shop/agent', at: 300 },
    ]);
    assert.deepEqual(untouched, []);
  });

  test('say of a Pod since when it lacks a right, which one, and who took it', () => {
    const [, pod] = rowsOf(bad.timeline).rows;
    assert.equal(pod?.withoutRightsFrom, 450);
    assert.equal(pod?.hook, 'failed');
    assert.deepEqual(pod?.notes, [
      '0.2s shop/agent loses patch nodes: ClusterRoleBinding agent is deleted',
      'preStop of main fails: nodes "node-1" is forbidden',
    ]);
  });

  test('leave out what nobody touches', () => {
    const [first] = clean.timeline;
    assert.ok(first);
    const { rows, untouched } = rowsOf([{ id: first.id, object: first.object, notes: [] }]);
    assert.deepEqual([rows, untouched], [[], ['ConfigMap default/a']]);
  });
});

test('what is made meanwhile is told apart from what was there', () => {
  const [first] = clean.timeline;
  assert.ok(first);
  const { id, object } = first;
  const gone = { id, object, calledAt: 500, goneAt: 510, notes: ['made at 0.1s'] };
  const stays = { id, object, notes: ['made at 0.1s'] };
  const { rows, atOnce, untouched, made } = rowsOf([gone, stays]);
  assert.deepEqual([rows.length, atOnce.length, untouched.length, made], [0, 1, 0, ['ConfigMap default/a']]);
});
