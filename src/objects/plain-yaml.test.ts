/** What is read without the library, and what is left to it. That both mean the same: `plain-yaml.property.test.ts`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plainContent, spansOf } from './plain-yaml.ts';

/** Undefined when anything is not plain. */
function plainly(text: string): unknown[] | undefined {
  const lines = text.split('\n');
  const contents = spansOf(lines)?.map((span) => plainContent(lines, span, (scalar) => `meaning of ${scalar}`));
  if (contents === undefined) return undefined;
  return contents.includes(undefined) ? undefined : contents.flatMap((content) => content ?? []).map(({ value }) => value);
}

describe('plain YAML', () => {
  test('is maps and lists by indentation, with lists as deep as their keys or deeper', () => {
    assert.deepEqual(plainly('a:\n- b: 1\n  c:\n    - d\n    - - e\n      -\n        f: g\n-\nh:\n'), [
      { a: [{ b: 1, c: ['d', ['e', { f: 'g' }]] }, null], h: null },
    ]);
  });

  test('is values on one line, in quotes or not, and in brackets', () => {
    const text = `a: -x # said\nb: "q\\n#" # said\nc: 'it''s'\nd: [a, 1, "b,"]\ne: {f: {g: h}, "i": []}\nj: 0644\n"k k": http://l:1\n`;
    assert.deepEqual(plainly(text), [
      ...[
        {
          a: '-x',
          b: 'q\n#',
          c: "it's",
          d: ['a', 1, 'b,'],
          e: { f: { g: 'h' }, i: [] },
          j: 'meaning of 0644',
          'k k': 'http://l:1',
        },
      ],
    ]);
  });

  test('is literal text', () => {
    assert.deepEqual(plainly('a: |\n\n  b: c\n   # d\n\nb:\n- |-\n  e\n\n\n# f\nc: 1\n'), [
      { a: '\nb: c\n # d\n', b: ['e'], c: 1 },
    ]);
  });

  test('is text that goes on below, in quotes or not', () => {
    assert.deepEqual(
      plainly(`a: b\n  c d\n\n  e\nf:\n- g\n  'h'\n- "i\\t\n\n\n  j" # k\nl: 'it''s\n  m'\nm: "o\\\n  \\  p"\nq:\n  {}\n`),
      [{ a: 'b c d\ne', f: ["g 'h'", 'i\t\n\nj'], l: "it's m", m: 'o  p', q: {} }],
    );
  });

  test('is documents between lines of dashes', () => {
    assert.deepEqual(plainly('# nothing\n---\na: 1\n--- # next\n\nb: 2'), [{ a: 1 }, { b: 2 }]);
  });

  const others = [
    ...['a: &x b\n', 'a: *x\n', 'a: !!str 1\n', '<<: {a: b}\n', '? a\n: b\n', 'yes: 1\n', '1: 2\n', '__proto__: 1\n'],
    ...[
      'a: b\n  c: d\n',
      'a: b\n  # c\n',
      'a: b # c\n  d\n',
      'a: 1\n  2\n',
      'a: "b\\ \n  c"\n',
      'a: "b\\\n\n  c"\n',
      'a: "b\nc"\n',
      'a: >\n  b\n',
      'a: |+\n  b\n',
      'a: |2\n  b\n',
      'a:\n  b\n',
      'a: [b,\n  c]\n',
    ],
    ...['a: b: c\n', 'a: "b" c\n', 'a: "\\x41"\n', 'a: [b c]\n', 'a: @b\n', 'a: %b\n', 'a: - b\n', 'a:\tb\n', 'a: b\tc\n'],
    ...[
      'a:\n    b: 1\n  c: 2\n',
      'a: 1\n b: 2\n',
      ' a: 1\nb: 2\n',
      '- a\nb: 1\n',
      'a: |\n    b\n  c\n',
      'a: 1\r\n',
      '\uFEFFa: 1\n',
    ],
    ...['%YAML 1.1\n---\na: 1\n', '--- {a: 1}\n', 'a: 1\n...\n', 'text\n', '{a: 1}\n'],
  ];
  for (const text of others) test(`is not ${JSON.stringify(text)}`, () => assert.equal(plainly(text), undefined));
});
