import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../errors.ts';
import { readManifest } from './read-manifest.ts';
import { writeYaml } from './yaml.ts';

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
const json = (data: string) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":${data}}`;
const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

const many = 100_000;
const bombs: Record<string, [string, RegExp]> = {
  'lists in brackets': [
    `${head}data: ${'['.repeat(many)}${']'.repeat(many)}\n`,
    /^f\.yaml:4: .* nested more than 200 levels deep$/,
  ],
  'lists in brackets that never end': [`${head}data: ${'['.repeat(many)}\n`, /^f\.yaml:4: .* nested more than 200/],
  'maps in braces': [`${head}data: ${'{a: '.repeat(many)}1${'}'.repeat(many)}\n`, /^f\.yaml:4: .* nested more than 200/],
  'maps in braces on many lines': [
    `${head}data: ${'{a:\n '.repeat(many)}1${'}'.repeat(many)}\n`,
    /^f\.yaml:\d+: .* nested more than 200/,
  ],
  'lists on one line': [`${head}data:\n  ${'- '.repeat(many)}a\n`, /^f\.yaml:5: .* nested more than 200/],
  'maps by indentation': [
    `${head}data:\n${lines(3_000, (index) => `${' '.repeat(index + 1)}a:`)} 1\n`,
    /^f\.yaml:20\d: .* nested more than 200/,
  ],
  'maps as keys': [`${head}data:\n  ${'? '.repeat(many)}a\n`, /^f\.yaml:5: more than 100 maps or lists as keys$/],
  'maps as keys in braces': [
    `${head}data: ${'{'.repeat(150)}a${': 1}'.repeat(150)}\n`,
    /^f\.yaml:4: this is an unrendered template: \{+$/,
  ],
  'lists as keys in brackets': [
    `${head}data: ${'['.repeat(150)}a${']: 1'.repeat(149)}]\n`,
    /^f\.yaml:4: more than 100 maps or lists as keys$/,
  ],
  'maps as keys in many documents': [
    `${head}data: {${'{a: 1}: 1, '.repeat(10)}b: 1}\n---\n`.repeat(50),
    /^f\.yaml:4: this is an unrendered template: \{\{a: 1\}/,
  ],
  'JSON lists': [json('['.repeat(many) + ']'.repeat(many)), /^f\.yaml:1: .* nested more than 200/],
  'JSON maps': [json(`${'{"a":'.repeat(many)}1${'}'.repeat(many)}`), /^f\.yaml:1: .* nested more than 200/],
  'a billion laughs': [
    `${head}a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${lines(12, (index) => `a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(', ')}]`)}\n`,
    /Excessive alias count/,
  ],
  'an alias for what it stands in': [`${head}data: &a\n  b: [*a]\n`, /nested more than 200/],
  anchors: [
    `${head}${lines(many, (index) => `k${index}: &k${index} 1`)}\n`,
    /^f\.yaml:100\d: more than 1000 anchors, aliases and tags$/,
  ],
  tags: [`${head}data: ${'!a '.repeat(many)}\n`, /^f\.yaml:4: more than 1000 anchors, aliases and tags$/],
  'merges of merges': [
    `${head}x: &x {a: 1}\n${lines(3_000, (index) => `y${index}: &y${index}\n  <<: *${index === 0 ? 'x' : `y${index - 1}`}\n  k: 1`)}\n`,
    /more than 1000 anchors, aliases and tags$/,
  ],
};

describe('YAML that is there to exhaust its reader', () => {
  for (const [name, [text, message]] of Object.entries(bombs)) {
    test(`is refused with its file and line: ${name}`, () => {
      const started = performance.now();
      assert.throws(
        () => readManifest(text, 'f.yaml'),
        (error) => {
          assert.ok(isCode(error, 'bad-input'), String(error));
          assert.match(error.message, message);
          return true;
        },
      );
      assert.ok(performance.now() - started < 15_000);
    });
  }
});

describe('YAML that is merely large', () => {
  const good: Record<string, string> = {
    'text of many megabytes': `${head}data: {a: "${'x'.repeat(10_000_000)}"}\n`,
    'text of many escapes': `${head}data: {a: "${'\\n'.repeat(2_000_000)}"}\n`,
    'a script that is full of brackets': `${head}data:\n  a: |\n${'    case [ { - - - - [[ ? &x *y !z\n'.repeat(3_000)}`,
    'levels within the limit': `${head}data: ${'['.repeat(190)}${']'.repeat(190)}\n`,
    'levels within the limit, by indentation': `${head}data:\n${lines(150, (index) => `${' '.repeat(index + 1)}a:`)} 1\n`,
    'many lists in brackets, side by side': `${head}data: [${'[a, {b: c}], '.repeat(1_000)}]\n`,
    'anchors that are used': `${head}a: &a {b: 1}\n${lines(90, (index) => `c${index}: *a`)}\n`,
  };
  for (const [name, text] of Object.entries(good)) {
    test(`is read: ${name}`, () => {
      const [document] = readManifest(text, 'f.yaml');
      assert.equal(document?.object.metadata.name, 'a');
      assert.ok(writeYaml([document.object]).length > 0);
    });
  }
});
