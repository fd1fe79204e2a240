import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from './identity.ts';
import { isNamespaceDefault } from './namespace-defaults.ts';

test('knows what controllers put into every namespace', () => {
  assert.ok(isNamespaceDefault(makeId('', 'ServiceAccount', 'shop', 'default')));
  for (const name of ['kube-root-ca.crt', 'openshift-service-ca.crt', 'istio-ca-root-cert'])
    assert.ok(isNamespaceDefault(makeId('', 'ConfigMap', 'shop', name)), name);
});

test('takes nothing for it that may be somebody’s', () => {
  const others = [
    makeId('', 'ServiceAccount', 'shop', 'builder'),
    makeId('', 'Secret', 'shop', 'default-token-x7k2p'),
    makeId('', 'Secret', 'shop', 'kube-root-ca.crt'),
    makeId('', 'ConfigMap', 'shop', 'default'),
    makeId('example.com', 'ConfigMap', 'shop', 'kube-root-ca.crt'),
  ];
  assert.deepEqual(others.filter(isNamespaceDefault), []);
});
