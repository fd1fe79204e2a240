import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { account, clusterRole, clusterRoleBinding, configMap, pod } from './testing/samples.ts';
import { rightsOf, usesOf } from './uses.ts';

describe('what a Pod uses', () => {
  const whole: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'a' },
    spec: {
      serviceAccountName: 'me',
      imagePullSecrets: [{ name: 'pull' }],
      containers: [
        {
          name: 'c',
          env: [
            { name: 'PASSWORD', value: 'hunter2' },
            { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'env', key: 'token' } } },
          ],
        },
      ],
      volumes: [
        { name: 'v', configMap: { name: 'settings' } },
        { name: 'w', persistentVolumeClaim: { claimName: 'data' } },
      ],
    },
  };

  test('is its account, what its volumes and environment come from, and its pull Secrets, with the fields and without a value', () => {
    assert.deepEqual(usesOf(whole), [
      { object: 'ServiceAccount/a/me', field: 'spec.serviceAccountName' },
      { object: 'ConfigMap/a/settings', field: 'spec.volumes[0].configMap.name' },
      { object: 'PersistentVolumeClaim/a/data', field: 'spec.volumes[1].persistentVolumeClaim.claimName' },
      { object: 'Secret/a/env', field: 'spec.containers[0].env[1].valueFrom.secretKeyRef.name' },
      { object: 'Secret/a/pull', field: 'spec.imagePullSecrets[0].name' },
    ]);
    assert.doesNotMatch(JSON.stringify(usesOf(whole)), /hunter2/);
  });

  test('is nothing once it has ended for good', () => {
    for (const phase of ['Succeeded', 'Failed']) assert.deepEqual(usesOf({ ...whole, status: { phase } }), []);
    assert.notDeepEqual(usesOf({ ...whole, status: { phase: 'Running' } }), []);
  });

  test('names an object once, however often it does', () => {
    const twice = pod('twice', { configMaps: ['a', 'a'] });
    assert.equal(usesOf(twice).filter(({ object }) => object === 'ConfigMap/agents/a').length, 1);
  });
});

describe('the rights of an account', () => {
  test('are its bindings and their roles, as far as they are among the objects', () => {
    const [role, binding, other] = [clusterRole('agent', []), clusterRoleBinding('agent'), clusterRoleBinding('other')];
    const rights = rightsOf([account('agent'), role, binding, other, configMap('agent')]);
    assert.deepEqual(rights.get(idOf(account('agent'))), [idOf(binding), idOf(role)]);
    assert.deepEqual(rightsOf([account('agent'), binding]).get(idOf(account('agent'))), [idOf(binding)]);
    assert.equal(rightsOf([role, binding]).size, 0);
  });
});
