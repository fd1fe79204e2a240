import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindWordRank } from './kind-names.ts';

const widget = { group: 'example.com', kind: 'Widget', resource: 'widgets', shortNames: ['wd'] };
const pod = { group: '', kind: 'Pod', resource: 'pods', shortNames: ['po'] };

test('a kind is meant by its plural, kind, singular and short names, with or without group and version', () => {
  for (const [word, rank] of [
    ['widgets', 3],
    ['Widgets.example.com', 3],
    ['widgets.v1.example.com', 3],
    ['widgets.v1beta1.example.com', 3],
    ['Widget', 2],
    ['widget.example.com', 2],
    ['wd', 1],
    ['wd.example.com', 1],
    ['gadgets', 0],
    ['widgets.other.com', 0],
    ['widgets.v1.other.com', 0],
    ['', 0],
  ] as const)
    assert.equal(kindWordRank(widget, word), rank, word);
  assert.equal(kindWordRank({ ...widget, singular: 'gizmo' }, 'gizmo'), 2);
});

test('the core group has no name: a version alone is behind the dot', () => {
  for (const word of ['pods', 'pod', 'po', 'pods.v1']) assert.ok(kindWordRank(pod, word) > 0, word);
  assert.equal(kindWordRank(pod, 'pods.metrics.k8s.io'), 0);
});
