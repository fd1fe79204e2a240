import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import { eventsOf, hooksOf, isDeletedOnSuccess, isHook } from './hooks.ts';

const annotated = (annotations: Record<string, string>, kind = 'Job', apiVersion = 'batch/v1'): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: 'sweep', namespace: 'shop', annotations },
});
const events = (hook: string) => eventsOf(annotated({ 'helm.sh/hook': hook }));
const policies = (policy?: string) =>
  hooksOf([
    {
      object: annotated({ 'helm.sh/hook': 'pre-delete', ...(policy !== undefined && { 'helm.sh/hook-delete-policy': policy }) }),
    },
  ])[0]?.policies;

describe('a hook of Helm', () => {
  test('has events in any case, with spaces between them', () => {
    assert.deepEqual(events('Pre-Delete, post-delete'), ['pre-delete', 'post-delete']);
    assert.deepEqual(events('test-success'), ['test-success']);
  });

  test('has none at all where Helm knows one of them not', () => {
    for (const each of ['pre-delete,pre-destroy', 'pre-delete,', '', 'crd-install', 'test-failure'])
      assert.deepEqual(events(each), [], each);
  });

  test('is one with an empty event too, which takes it out of the release', () => {
    assert.ok(isHook(annotated({ 'helm.sh/hook': '' })));
    assert.ok(!isHook(annotated({ 'helm.sh/hook-weight': '1' })));
  });

  test('is deleted before it is made again only where no policy is written', () => {
    assert.deepEqual(policies(), ['before-hook-creation']);
    assert.deepEqual(policies('Hook-Succeeded, hook-failed'), ['hook-succeeded', 'hook-failed']);
    for (const each of ['', 'hook-succeded']) assert.ok(!policies(each)?.includes('before-hook-creation'), each);
  });

  test('is not deleted where it is a definition', () => {
    const policy = { 'helm.sh/hook': 'pre-install', 'helm.sh/hook-delete-policy': 'hook-succeeded' };
    assert.ok(isDeletedOnSuccess(annotated(policy)));
    assert.ok(!isDeletedOnSuccess(annotated(policy, 'CustomResourceDefinition', 'apiextensions.k8s.io/v1')));
  });
});
