/**
 * Advice that has `NAME` in it is copied with `NAME` in it. So what the product prints gives real values, or a concrete
 * example, or says what to put there: `replace RELEASE with …`. Usage lines and descriptions of flags and fields follow
 * the conventions of their kind.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { placeholders } from '../../src/remedies/placeholders.ts';

const root = join(import.meta.dirname, '..', '..');

/** Descriptions: help texts, schemas, the fields of the ClusterOperator; and the list of these words. */
const describes = [
  /^src\/remedies\/placeholders\.ts$/,
  /^src\/cli\/[\w-]+\.ts$/,
  /\/schema\.ts$/,
  /^src\/resource\//,
  /^src\/cli\/remedy-schema\.ts$/,
];
/** Headers of tables, columns that kubectl is asked for, and the grammar of a share. */
const isNoAdvice = /\['NAME', 'PHASE'|custom-columns=|^\[NAME =\]/;

const word = new RegExp(`(?<![\\w.$|\\\\-])(?:${[...placeholders].join('|')})(?![\\w(=:])`);

function isPrinted(file: string): boolean {
  return !/\.test\.ts$|\/testing\/|\/reports\//.test(file) && !describes.some((each) => each.test(file));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, '')).replaceAll(/(?<=^|\s)\/\/ .*/gm, '');
}

function unexplainedIn(text: string): string[] {
  return text.split('\n').filter((line) => word.test(line) && !isNoAdvice.test(line) && !/\breplace\b/.test(line));
}

test('nothing that Bookend prints has a placeholder without what to put there', () => {
  const sources = globSync('src/**/*.ts', { cwd: root }).filter(isPrinted);
  assert.ok(sources.length > 500, `${sources.length} files`);
  const found = sources.flatMap((file) =>
    unexplainedIn(withoutComments(readFileSync(join(root, file), 'utf8'))).map((line) => `${file}: ${line.trim()}`),
  );
  assert.deepEqual(found, []);
});

test('nor have the charts, in what they print', () => {
  const templates = globSync('charts/*/templates/*', { cwd: root });
  assert.ok(templates.length > 20);
  const found = templates.flatMap((file) =>
    unexplainedIn(readFileSync(join(root, file), 'utf8').replaceAll(/\{\{-?\s*\/\*[\s\S]*?\*\/|^\s*#.*/gm, '')).map(
      (line) => `${file}: ${line.trim()}`,
    ),
  );
  assert.deepEqual(found, []);
});

test('nor has any output in the documentation', () => {
  const pages = ['README.md', ...globSync('{docs,examples,demo}/**/*.md', { cwd: root })].filter(
    (page) => !page.startsWith('docs/reference/'),
  );
  const found = pages.flatMap((page) => {
    const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```(?:text|console)\n([\s\S]*?)^```/gm);
    return [...blocks].flatMap(([, block = '']) => unexplainedIn(block).map((line) => `${page}: ${line.trim()}`));
  });
  assert.deepEqual(found, []);
});
