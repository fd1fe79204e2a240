import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KindInfo } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { resourceName } from '../objects/kind-names.ts';
import { findKind } from './kind-argument.ts';

const kind = (group: string, resource: string, name: string, shortNames: string[] = []): KindInfo => ({
  ...{ apiVersion: group ? `${group}/v1` : 'v1', group, version: 'v1', kind: name, resource, namespaced: true, shortNames },
  ...{ verbs: ['list', 'watch', 'delete'], subresources: [], categories: [] },
});
const served = {
  kinds: [
    kind('metrics.k8s.io', 'pods', 'PodMetrics'),
    kind('', 'pods', 'Pod', ['po']),
    kind('apps', 'deployments', 'Deployment', ['deploy']),
    kind('events.k8s.io', 'events', 'Event', ['ev']),
    kind('', 'events', 'Event', ['ev']),
    kind('example.com', 'widgets', 'Widget', ['wd']),
    kind('one.example.com', 'gadgets', 'Gadget'),
    kind('two.example.com', 'gadgets', 'Gadget'),
    kind('example.com', 'deploys', 'Deploy'),
  ],
  missing: ['broken.example.com/v1'],
};
const found = (text: string) => {
  const info = findKind(served, text, 'KIND');
  return info && resourceName(info);
};

test('a kind is found by plural, kind in any case, short name, with and without group and version', () => {
  for (const text of ['widgets.example.com', 'Widget.example.com', 'wd.example.com', 'widgets.v1.example.com']) {
    assert.equal(found(text), 'widgets.example.com', text);
  }
  assert.equal(found('deployments.apps'), 'deployments.apps');
  assert.equal(found('deployments.v1.apps'), 'deployments.apps');
});

test('without a group, what Kubernetes itself serves goes before what was added, the core group first', () => {
  assert.equal(found('po'), 'pods');
  assert.equal(found('pods'), 'pods');
  assert.equal(found('events'), 'events');
  assert.equal(found('deploy'), 'deployments.apps');
  assert.equal(found('pods.metrics.k8s.io'), 'pods.metrics.k8s.io');
});

test('what can be several kinds is refused with their names', () => {
  assert.throws(
    () => found('gadgets'),
    (error: Error) => isCode(error, 'bad-input') && /gadgets.one.example.com or gadgets.two.example.com/.test(error.message),
  );
  assert.equal(found('gadgets.two.example.com'), 'gadgets.two.example.com');
});

test('a kind of a group that does not answer is unknown, not absent', () => {
  assert.throws(
    () => found('things.broken.example.com'),
    (error: Error) => isCode(error, 'unreachable'),
  );
  assert.throws(
    () => found('nothing'),
    (error: Error) => isCode(error, 'unreachable'),
  );
  assert.equal(found('nothing.example.com'), undefined);
  assert.equal(findKind({ ...served, missing: [] }, 'nothing', 'KIND'), undefined);
});
