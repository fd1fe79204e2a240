import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '../objects/identity.ts';
import { readPrinted } from './play/printed.ts';
import type { ChangeStep, CommandStep } from './remedy.ts';
import { stepTexts } from './remedy-text.ts';

const change = (name: string, value: unknown): ChangeStep => ({
  do: 'change',
  object: makeId('', 'ConfigMap', 'shop', name),
  set: [{ path: ['metadata', 'annotations', 'helm.sh/resource-policy'], value }],
});

test('a word that only the reader knows stands with what to put there', () => {
  const step: CommandStep = {
    ...{ do: 'run', when: 'instead', argv: ['helm', 'uninstall', 'RELEASE', '-n', 'shop'] },
    replace: { RELEASE: 'the name of the release' },
  };
  assert.deepEqual(stepTexts([step]), [
    {
      when: 'instead of this uninstall (replace RELEASE with the name of the release)',
      text: 'helm uninstall RELEASE -n shop',
      code: true,
    },
  ]);
  assert.equal(typeof readPrinted(step), 'object');
  const { replace: _, ...unexplained } = step;
  assert.equal(readPrinted(unexplained), 'what to put for RELEASE is not said');
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
