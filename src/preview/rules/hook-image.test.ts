import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { hookExample } from './hook-examples.ts';

async function titles(image: string) {
  const { findings } = await preview(chart(hookExample({ image })), helm4, { beside: 'never' });
  return findings.filter(({ rule }) => rule === 'hook-image').map(({ severity, title }) => `${severity}: ${title}`);
}

describe('the image of a hook', () => {
  test('of the same publisher with a tag that moves may be another one on the day', async () => {
    for (const image of ['registry.example.com/clean-up', 'registry.example.com/clean-up:latest'])
      assert.deepEqual(await titles(image), [
        `warning: Hook Job shop/cleanup runs ${image}, which may be another image on the day of the uninstall`,
      ]);
  });

  test('is the same with a version or a digest, or where the release runs it', async () => {
    for (const image of [
      'registry.example.com/clean-up:1.2',
      'registry.example.com/clean-up@sha256:0123',
      'registry.example.com/widget-operator:1',
    ])
      assert.deepEqual(await titles(image), [], image);
  });

  test('of somebody else is told of once', async () =>
    assert.equal((await titles('docker.io/someone/kubectl:latest')).length, 1));
});
