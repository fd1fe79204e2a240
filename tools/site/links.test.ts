import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Repository, siteLink } from './links.ts';

const kinds: Record<string, 'file' | 'directory'> = {
  docs: 'directory',
  'docs/README.md': 'file',
  'docs/limits.md': 'file',
  'docs/order.svg': 'file',
  'docs/decisions': 'directory',
  'docs/how-to/share.md': 'file',
  'CONTRIBUTING.md': 'file',
  'examples/share': 'directory',
};
const repository: Repository = {
  address: 'https://git.example/x/bookend',
  revision: 'main',
  kindOf: (path) => (Object.hasOwn(kinds, path) ? kinds[path] : undefined),
};
const cases: [page: string, link: string, expected: string][] = [
  ['README.md', 'limits.md', './limits.md'],
  ['README.md', 'order.svg', './order.svg'],
  ['README.md', 'decisions/', './decisions/index.md'],
  ['README.md', '../CONTRIBUTING.md#style', 'https://git.example/x/bookend/blob/main/CONTRIBUTING.md#style'],
  ['how-to/share.md', '../limits.md#shares', '../limits.md#shares'],
  ['how-to/share.md', '../README.md', '../index.md'],
  ['how-to/share.md', '../../examples/share', 'https://git.example/x/bookend/tree/main/examples/share'],
  ['how-to/share.md', '#modes', '#modes'],
  ['how-to/share.md', 'https://kubernetes.io/', 'https://kubernetes.io/'],
  ['how-to/share.md', 'mailto:a@b.example', 'mailto:a@b.example'],
];

describe('a link', () => {
  for (const [page, link, expected] of cases)
    test(`${link} on ${page} becomes ${expected}`, () => assert.equal(siteLink(page, link, repository), expected));

  test('to a missing file, or out of the repository, is an error that names the page', () => {
    assert.throws(() => siteLink('how-to/share.md', 'gone.md', repository), /docs\/how-to\/share\.md: the link gone\.md/);
    assert.throws(() => siteLink('README.md', '../../elsewhere.md', repository), /leads nowhere/);
  });
});
