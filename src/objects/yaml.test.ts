import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../errors.ts';
import { readYaml, writeYaml } from './yaml.ts';

const config = (rest: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n${rest}`;

describe('reading manifests', () => {
  test('each document has its line, and empty ones are left out', () => {
    const text = `# a comment\n---\n---\n${config('')}---\n# only a comment\n---\nnull\n---\n\n${config('')}`;
    assert.deepEqual(
      readYaml(text, 'all.yaml').map(({ file, line, object }) => [file, line, object.metadata.name]),
      [
        ['all.yaml', 4, 'c'],
        ['all.yaml', 13, 'c'],
      ],
    );
  });

  test('a List without items may leave its metadata out, as templates that render none do', () => {
    for (const items of ['', ' null', ' []'])
      assert.equal(readYaml(`apiVersion: v1\nkind: List\nitems:${items}\n`, 'all.yaml').length, 1, items);
    assert.throws(() => readYaml('apiVersion: v1\nkind: ConfigMap\n', 'all.yaml'), /metadata: is missing/);
  });

  test('Helm’s comment of origin is found behind the separator and in front of it', () => {
    const text = `---\n# Source: x/templates/a.yaml\n${config('')}---\n# Source: x/crds/b.yaml\n---\n${config('')}---\n${config('')}---\n# Source: x/templates/c.yaml\n${config('')}---\n${config('')}`;
    assert.deepEqual(
      readYaml(text, 'all.yaml').map(({ source }) => source),
      // One line for a file of crds/, one for each document of a template.
      ['x/templates/a.yaml', 'x/crds/b.yaml', 'x/crds/b.yaml', 'x/templates/c.yaml', undefined],
    );
  });

  test('scalars mean what they mean to kubectl', () => {
    const [document] = readYaml(
      config('data: {mode: 0644, new: 0o644, on: yes, time: 12:30:45, day: 2026-11-22, text: "no", last: 1, last: 2}'),
      'x',
    );
    assert.deepEqual(document?.object.data, {
      mode: 420,
      new: 420,
      true: true,
      time: '12:30:45',
      day: '2026-11-22',
      text: 'no',
      last: 2,
    });
  });

  test('what looks like a number and has no digits is text', () => {
    const texts = ['E12', 'e2', '.', '+.', '.e5', '._'];
    const numbers = ['1e2', '.5', '1.', '1.5e3', '-.5', '1_0.5'];
    const list = `data: [${[...texts, ...numbers].join(', ')}]`;
    const lines = `data:\n${[...texts, ...numbers].map((text) => `- ${text}\n`).join('')}`;
    for (const data of [list, lines])
      assert.deepEqual(readYaml(config(data), 'x')[0]?.object.data, [...texts, 100, 0.5, 1, 1500, -0.5, 10.5]);
  });

  test('anchors and merge keys are resolved', () => {
    const [document] = readYaml(config('x: &x {a: "1"}\ndata: {<<: *x, b: "2"}'), 'x');
    assert.deepEqual(document?.object.data, { a: '1', b: '2' });
  });

  test('JSON is read too', () => {
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
    assert.deepEqual(readYaml(JSON.stringify(object, null, 2), 'x.json')[0]?.object, object);
  });

  const wrong: [string, string, RegExp][] = [
    ['no YAML', `${config('')}---\na: [1\nb: 2\n`, /^all\.yaml:(6|7): /],
    ['no map', `${config('')}---\n- 1\n`, /^all\.yaml:5: not a Kubernetes object/],
    ['no kind', 'apiVersion: v1\nmetadata: {name: x}\n', /^all\.yaml:1: kind: /],
    ['no metadata', 'apiVersion: v1\nkind: Pod\n', /^all\.yaml:1: metadata: /],
    ['an alias of nothing', config('data: *nothing\n'), /^all\.yaml:\d+: /],
    ['an alias of nothing in place of an object', '*nothing\n', /^all\.yaml:1: /],
  ];
  for (const [name, text, message] of wrong) {
    test(`${name} is an error with file and line`, () => {
      assert.throws(
        () => readYaml(text, 'all.yaml'),
        (error) => isCode(error, 'bad-input') && message.test(error.message),
      );
    });
  }
});

test('what is written is read back as it was', () => {
  const objects = ['yes', '0644', '0o644', '12:30', '2026-11-22', 'a\nb\n', ' x', '1e3', 'null', '~', '', '<<', 'n'].map(
    (text) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data: { [`key ${text}`]: text, long: `${'word '.repeat(60)}end` },
    }),
  );
  assert.deepEqual(
    readYaml(writeYaml(objects), 'x').map(({ object }) => object),
    objects,
  );
});
