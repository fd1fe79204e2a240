import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../../errors.ts';
import { idOf } from '../../objects/identity.ts';
import { configMap, custom, definition, workload } from '../testing/manifests.ts';
import { objectOf } from './of-argument.ts';

const objects = new Map(
  [
    workload('Deployment', 'shop', 'agent'),
    workload('Deployment', 'ops', 'agent'),
    configMap('shop', 'settings'),
    definition('Gadget'),
    custom('Gadget', 'one', 'shop'),
    { apiVersion: 'other.example/v1', kind: 'Policy', metadata: { name: 'p' } },
  ].map((object) => [idOf(object), object]),
);
const of = (text: string, namespace?: string) => objectOf(text, objects, namespace);

describe('the object of --of', () => {
  test('is named as kubectl names it, with or without its namespace', () => {
    for (const text of ['deploy/agent', 'Deployment/agent', 'deployments.apps/agent'])
      assert.equal(of(text, 'shop'), 'Deployment.apps/shop/agent');
    assert.equal(of('deploy/ops/agent'), 'Deployment.apps/ops/agent');
    assert.equal(of('Deployment.apps/ops/agent', 'shop'), 'Deployment.apps/ops/agent');
    assert.equal(of('cm/settings', 'elsewhere'), 'ConfigMap/shop/settings', 'there is only one');
  });

  test('has the plural and the short names of its definition, or a guessed plural', () => {
    for (const text of ['gadgets/one', 'ga/one', 'gadget.example.com/one']) assert.equal(of(text), 'Gadget.example.com/shop/one');
    assert.equal(of('policies/p'), 'Policy.other.example/p');
  });

  test('is refused where it is several, or nothing, with what comes near', () => {
    const refuses = (code: 'bad-input' | 'not-found', pattern: RegExp, text: string, namespace?: string) =>
      assert.throws(
        () => of(text, namespace),
        (error) => isCode(error, code) && pattern.test(`${error.message} ${error.details.advice ?? ''}`),
      );
    refuses('bad-input', /is ambiguous: Deployment shop\/agent or Deployment ops\/agent/, 'deploy/agent');
    refuses('bad-input', /is ambiguous/, 'deploy/agent', 'elsewhere');
    refuses('not-found', /Objects with this name: ConfigMap shop\/settings/, 'secret/settings');
    refuses('not-found', /the input does not contain deploy\/shop\/other/, 'deploy/shop/other');
    for (const text of ['agent', 'deploy/', 'a/b/c/d']) refuses('bad-input', /such as deployment\/web/, text);
  });
});
