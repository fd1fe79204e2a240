import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { indexPage, pageOf, sectionsOf } from './pages.ts';

const page = (path: string, title = path) => ({ path, title });

describe('the navigation', () => {
  test('has the directories first, then the single pages, each in their order', () => {
    const paths = ['benchmarks.md', 'security.md', 'reference/cli.md', 'tutorial/a.md', 'limits.md', 'how-to/b.md'];
    assert.deepEqual(
      sectionsOf(paths.map((path) => page(path))).map(({ path }) => path),
      ['tutorial/index.md', 'how-to/index.md', 'reference/index.md', 'security.md', 'limits.md', 'benchmarks.md'],
    );
  });

  test('forgets neither a new directory nor a new page', () => {
    const sections = sectionsOf([page('glossary/a.md'), page('faq.md', 'Questions'), page('how-to/b.md')]);
    assert.deepEqual(
      sections.map(({ title }) => title),
      ['How-to', 'Glossary', 'Questions'],
    );
  });

  test('sorts pages by title, and decisions by number', () => {
    const [howTo, decisions] = sectionsOf([
      page('how-to/a.md', 'Verify'),
      page('how-to/b.md', 'Add'),
      page('decisions/010-a.md', '010 A'),
      page('decisions/002-b.md', '002 B'),
    ]);
    assert.deepEqual(
      howTo?.pages.map(({ title }) => title),
      ['Add', 'Verify'],
    );
    assert.deepEqual(
      decisions?.pages.map(({ path }) => path),
      ['decisions/002-b.md', 'decisions/010-a.md'],
    );
  });
});

test('the title of a page is its first heading, without code marks, after any comment', () => {
  assert.equal(pageOf('a.md', '<!-- generated -->\n\n# The `why` verb\n\n# B\n').title, 'The why verb');
  assert.throws(() => pageOf('a.md', 'text'), /docs\/a\.md has no first heading/);
});

test('the page of a directory links to all of its pages', () => {
  const [section] = sectionsOf([page('how-to/b.md', 'B'), page('how-to/a.md', 'A')]);
  assert.ok(section);
  assert.equal(indexPage(section), '# How-to\n\n- [A](a.md)\n- [B](b.md)\n');
});
