import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { widgetCrd } from './examples.ts';
import { hookExample } from './hook-examples.ts';

const failing = { rule: '{apiGroups: [example.com], resources: [widgets], verbs: [get]}' };
const withDefinition = (example: string) => example.replace(/apiVersion: apiextensions[\s\S]*$/, widgetCrd());

describe('what a failing hook hides', () => {
  test('is told as what comes next, and never as an error', async () => {
    const { findings } = await preview(chart(withDefinition(hookExample({ ...failing, script: 'kubectl get nodes' }))), helm4);
    assert.deepEqual(
      findings.map(({ severity, rule }) => `${severity} ${rule}`),
      ['error hook-lacks-rights', 'warning custom-resources-wiped'],
    );
    assert.match(findings[1]?.consequence ?? '', /This happens once Job shop\/cleanup is fixed or left out/);
  });

  test('is nothing where the hook does its work', async () => {
    const { findings } = await preview(chart(hookExample({})), helm4);
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'note'),
      [],
    );
  });
});
