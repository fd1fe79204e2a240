import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readYaml, readYamlNodes } from './yaml.ts';

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';

function dataOf(text: string): unknown {
  return readYaml(head + text, 'x.yaml')[0]?.object.data;
}

describe('Quoted text that goes on without an indentation is read as Helm and kubectl read it', () => {
  // Each was read with go.yaml.in/yaml: the breaks fold, whatever the indentation is.
  const cases: [name: string, yaml: string, data: unknown][] = [
    ['in double quotes at the column of its key', 'data:\n  a: "one\n  two\n  three"\n', { a: 'one two three' }],
    ['at the beginning of the line', "data:\n  a: 'one\ntwo'\n  b: c\n", { a: 'one two', b: 'c' }],
    ['with an empty line, which is a line feed', 'data:\n  a: "one\n\n  two"\n', { a: 'one\ntwo' }],
    [
      'with quotes and backslashes in it',
      `data:\n  a: 'it''s\n  so'\n  b: "say \\"so\\" \\\n  more"\n`,
      { a: "it's so", b: 'say "so" more' },
    ],
    ['in a list of maps', `data:\n- a: 'one\n  two'\n  b: 'three\n  four'\n`, [{ a: 'one two', b: 'three four' }]],
    ['with what looks like a key or a comment', 'data:\n  a: "one\n  b: two\n  # three"\n', { a: 'one b: two # three' }],
    [
      'beside literal text that has a quote',
      `data:\n  l: |\n    say: 'so\n  a: 'one\n  two'\n`,
      { l: "say: 'so\n", a: 'one two' },
    ],
  ];
  for (const [name, yaml, data] of cases) test(name, () => assert.deepEqual(dataOf(yaml), data));

  test('with the lines of the documents behind it as they are', () => {
    const text = `${head}data:\n  a: 'one\n  two'\n---\n# Source: a/templates/b.yaml\n${head}`;
    const [first, second] = readYaml(text, 'x.yaml');
    assert.deepEqual([first?.line, second?.line, second?.source], [1, 9, 'a/templates/b.yaml']);
  });
});

describe('What Helm refuses too is refused', () => {
  test('with the line of the text as it stands', () => {
    assert.throws(() => dataOf("data:\n  a: 'one\n  two'\n  b: [\n"), /x\.yaml:\d+: /);
  });
  test('a text in quotes that does not end in its document', () => {
    assert.throws(() => dataOf("data:\n  a: 'one\n  two\n---\n"), /x\.yaml:\d+: Missing closing/);
  });
});

test('Text that cannot be changed in its place is refused', () => {
  assert.throws(() => readYamlNodes(`${head}data:\n  a: 'one\n  two'\n`), /indent the lines of the quoted text/);
});
