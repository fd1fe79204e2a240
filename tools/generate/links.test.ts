/**
 * The documentation names files, commands and examples of this repository; here they are held to what is really there.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { anchorsOf, withoutFences } from '../site/github-slug.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const pages = globSync('**/*.md', { cwd: root, exclude: (name) => ['node_modules', '.cache', 'dist'].includes(name) }).sort();

describe('every page of documentation', () => {
  test('there are pages to look at', () => assert.ok(pages.includes('README.md') && pages.length > 10, pages.join(' ')));

  for (const page of pages) {
    test(`${page}: its links lead somewhere`, () => {
      const broken = linksOf(read(page)).filter((link) => !resolves(page, link));
      assert.deepEqual(broken, []);
    });

    test(`${page}: the files and scripts that it names exist`, () => {
      const text = read(page);
      const missing = pathsIn(text).filter((path) => !existsSync(join(root, path)));
      assert.deepEqual(missing, []);
      const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
      assert.deepEqual(
        [...text.matchAll(/npm run (?:-s )?([a-z][-a-z]*)/g)].map(([, name = '']) => name).filter((name) => !(name in scripts)),
        [],
      );
    });
  }
});

describe('examples in the documentation', () => {
  test('the first ClusterOperator of the tutorial is the file, and has 15 lines', () => {
    const example = read('examples/first/clusteroperator.yaml').trimEnd();
    assert.equal(example.split('\n').length, 15);
    const page = 'docs/tutorial/first-clusteroperator.md';
    assert.ok(read(page).includes(`\`\`\`yaml\n${example}\n\`\`\``), `${page} shows another one`);
  });

  test('the hook of the README is what the example chart has', () => {
    const values = read('examples/own-operator/values.yaml');
    const [, hook = ''] = /```yaml\n(bookend:\n {2}delete:\n[^`]*)```/.exec(read('README.md')) ?? [];
    assert.equal(hook.trimEnd().split('\n').length, 3);
    assert.ok(values.includes(hook), 'examples/own-operator/values.yaml has another one');
  });

  test('the page on the hook has every value of the hook, and no other', () => {
    const [, known = ''] = /\(list ("delete"[^)]*)\)/.exec(read('charts/bookend-hook/templates/_validate.tpl')) ?? [];
    const [, section = ''] = /## Values of the hook\n([\s\S]*?)\n## /.exec(read('docs/how-to/add-the-hook.md')) ?? [];
    const documented = [...section.matchAll(/^\| `([a-zA-Z]+)/gm)].map(([, name]) => name);
    assert.deepEqual([...new Set(documented)].sort(), [...known.matchAll(/"([^"]+)"/g)].map(([, name]) => name).sort());
  });

  test('every dependency has its reason', () => {
    const names = ['package.json', 'tools/site/package.json'].flatMap((file) => {
      const { dependencies, devDependencies } = JSON.parse(read(file)) as Record<string, Record<string, string>>;
      return Object.keys({ ...dependencies, ...devDependencies });
    });
    const reasons = read('docs/decisions/001-dependencies.md');
    const missing = names.filter((name) => !reasons.includes(`| \`${name}\` |`));
    assert.deepEqual(missing, []);
  });

  test('every benchmark is described', () => {
    const page = read('docs/benchmarks.md');
    const names = [...read('bench/main.ts').matchAll(/^ {2}'?([a-z-]+)'?: \{ unnamed/gm)].map(([, name = '']) => name);
    assert.ok(names.length > 0);
    const absent = names.filter((name) => !page.includes(`## ${name.replaceAll('-', ' ')}`));
    assert.deepEqual(absent, []);
  });
});

function linksOf(text: string): string[] {
  const prose = withoutFences(text).replaceAll(/`[^`\n]*`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g), ...prose.matchAll(/(?:src|srcset|href)="([^"]+)"/g)];
  return links.flatMap(([, target]) => (target === undefined || /^[a-z]+:/.test(target) ? [] : [target]));
}

function resolves(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
  if (relative(root, file).startsWith('..') || !existsSync(file)) return false;
  return anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).has(anchor);
}

/** Everything that reads like a path in this repository. With a wildcard it is the directory that must exist. */
function pathsIn(text: string): string[] {
  const start = '(?:src|tools|charts|examples|docs|demo|bench|test|bin)/';
  const found = text.matchAll(new RegExp(`(?<![\\w/.:@-])${start}[\\w./*-]*`, 'g'));
  return [...new Set([...found].map(([path]) => path.replace(/\/[^/]*\*.*$/, '').replace(/[./]+$/, '')))];
}
