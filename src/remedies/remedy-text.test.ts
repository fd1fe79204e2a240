import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '../objects/identity.ts';
import type { ChangeStep } from './remedy.ts';
import { stepTexts } from './remedy-text.ts';

const change = (name: string, value: unknown): ChangeStep => ({
  do: 'change',
  object: makeId('', 'ConfigMap', 'shop', name),
  set: [{ path: ['metadata', 'annotations', 'helm.sh/resource-policy'], value }],
});

test('the same change of several objects is one line, another one has its own', () => {
  assert.deepEqual(
    stepTexts([change('a', 'keep'), change('b', 'keep'), change('c', undefined)]).map(({ when, text }) => `${when}: ${text}`),
    [
      'in ConfigMap shop/a, ConfigMap shop/b: metadata.annotations["helm.sh/resource-policy"]: keep',
      'in ConfigMap shop/c: remove metadata.annotations["helm.sh/resource-policy"]',
    ],
  );
});
