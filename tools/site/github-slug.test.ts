import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { anchorsOf, githubSlug, withoutFences } from './github-slug.ts';

describe('the anchor of a heading', () => {
  test('is lower case, without punctuation, with a hyphen for each space', () => {
    assert.equal(githubSlug('Time-outs, and what `--wait` does'), 'time-outs-and-what---wait-does');
    assert.equal(githubSlug('spec.components[].name'), 'speccomponentsname');
    assert.equal(githubSlug('image_pull: café'), 'image_pull-café');
  });

  test('of a repeated heading has a number', () => {
    assert.deepEqual([...anchorsOf('# A\n\n## B\n\n## B\n\n## B 1\n\n## B\n')], ['a', 'b', 'b-1', 'b-1-1', 'b-2']);
  });

  test('comes from the text of a link, and not from its address', () => {
    assert.deepEqual([...anchorsOf('## See [the rules](rules.md)')], ['see-the-rules']);
  });

  test('is not made from a comment in a code block', () => {
    assert.deepEqual([...anchorsOf('# A\n\n```sh\n# not a heading\n```\n\n## B')], ['a', 'b']);
  });
});

test('code blocks are left out, also in lists and with longer fences', () => {
  assert.equal(withoutFences('a\n\n   ```sh\n   x\n   ```\n\nb').includes('x'), false);
  assert.equal(withoutFences('````md\n```sh\nx\n```\ny\n````\nb').trim(), 'b');
});
