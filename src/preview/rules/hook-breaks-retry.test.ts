import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { deployment, documents } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';

describe('a hook that stays when it has failed', () => {
  test('stops the next uninstall before it deletes anything only where it runs before the deletion', async () => {
    const retry = async (event: string) => {
      const hook = hookOfExample({ jobPolicies: 'hook-succeeded' }).replaceAll('hook: pre-delete', `hook: ${event}`);
      const { findings } = await preview(chart(documents(deployment('web'), hook)), helm4, { beside: 'never' });
      return findings.find(({ rule: id }) => id === 'hook-breaks-retry')?.consequence ?? '';
    };
    assert.match(await retry('pre-delete'), /"already exists" before it deletes anything, because/);
    assert.match(await retry('post-delete'), /"already exists", because/);
  });
});
