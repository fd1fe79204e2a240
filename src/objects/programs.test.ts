import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCommonName, programsOf } from './programs.ts';

test('programs are called as their command, their container and their image are, with the fields that say so', () => {
  const containers = [
    { name: 'manager', image: 'registry.example.com:5000/shop/widget-operator:1@sha256:1', command: ['/bin/widgetd'] },
  ];
  assert.deepEqual(programsOf({ containers }, 'spec.template.spec'), [
    { field: 'spec.template.spec.containers[0].command[0]', value: 'widgetd' },
    { field: 'spec.template.spec.containers[0].name', value: 'manager' },
    { field: 'spec.template.spec.containers[0].image', value: 'widget-operator' },
  ]);
});

test('what many are called tells nobody apart', () => {
  for (const name of ['manager', 'node', 'kube-rbac-proxy']) assert.equal(isCommonName(name), true, name);
  for (const name of ['widget-operator', 'cert-manager']) assert.equal(isCommonName(name), false, name);
});
