/** What is not even read, and that nothing is missed by it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mayHoldWorkload, partsOf } from './manifest-parts.ts';

describe('The parts of a text', () => {
  test('are what stands between lines of ---, each with its place', () => {
    const text = '# first\na: 1\n---\nb: 2\n--- # why\n\nc: 3\n';
    assert.deepEqual(partsOf(text), [
      { text: '# first\na: 1\n', start: 0, above: 0 },
      { text: 'b: 2\n', start: 17, above: 3 },
      { text: '\nc: 3\n', start: 32, above: 5 },
    ]);
    for (const { text: part, start } of partsOf(text)) assert.equal(text.slice(start, start + part.length), part);
  });

  test('with the line ends of Windows', () => {
    assert.deepEqual(
      partsOf('a: 1\r\n---\r\nb: 2\r\n').map(({ text, above }) => [text, above]),
      [
        ['a: 1\r\n', 0],
        ['b: 2\r\n', 2],
      ],
    );
  });

  test('a text whose documents are parted in another way stays whole', () => {
    for (const text of ['a: 1\n--- {b: 2}\n', '%YAML 1.1\n---\na: 1\n', 'a: 1\n...\nb: 2\n', '---\na: 1\n--- |\n text\n']) {
      assert.deepEqual(partsOf(text), [{ text, start: 0, above: 0 }]);
    }
  });
});

describe('Not read are', () => {
  const kind = (apiVersion: string, name: string, rest = 'spec: {}\n') =>
    `apiVersion: ${apiVersion}\nkind: ${name}\nmetadata:\n  name: x\n${rest}`;
  const pods = 'spec:\n  template:\n    spec:\n      containers:\n      - name: app\n';

  const notRead: Record<string, string> = {
    'a ConfigMap, whatever it holds': kind('v1', 'ConfigMap', 'data:\n  x: "containers: [{name: a}]"\n'),
    'a definition of containers': kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition', pods),
    'a custom resource without containers': kind('example.com/v1', 'Widget'),
    'a kind in quotes, with comments': kind('"v1"', "'Secret'   # why"),
    'lists that stand as far left as their keys': kind('rbac.authorization.k8s.io/v1', 'Role', 'rules:\n- verbs: [get]\n'),
    'documents without content': '\n# nothing\n',
    'what would not even be valid': kind('v1', 'ConfigMap', 'data: {a: [\n'),
  };
  for (const [what, text] of Object.entries(notRead)) test(what, () => assert.equal(mayHoldWorkload(text), false));
});

describe('Read are', () => {
  const kind = (apiVersion: string, name: string, rest = '') =>
    `apiVersion: ${apiVersion}\nkind: ${name}\nmetadata:\n  name: x\n${rest}`;
  const read: Record<string, string> = {
    'a Deployment, even without containers': kind('apps/v1', 'Deployment'),
    'a custom resource with containers': kind('example.com/v1', 'Widget', 'spec:\n  containers: []\n'),
    'one whose keys are written with escapes': kind('example.com/v1', 'Widget', 'spec: {"\\u0063ontainers": []}\n'),
    'a List of anything': kind('v1', 'ConfigMapList', 'items: []\n'),
    'a kind that is given twice': `kind: ConfigMap\n${kind('v1', 'Pod')}`,
    'a kind behind an anchor': kind('v1', '&k Pod'),
    'a kind in a text of several lines': 'apiVersion: v1\nkind: >-\n  Pod\nmetadata: {}\n',
    'an object in braces': '{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}\n',
    'an object in braces over several lines': '{\nkind: ConfigMap,\napiVersion: v1\n}\n',
    'keys further in': '  apiVersion: v1\n  kind: Pod\n  metadata: {}\n',
    'what has no kind': 'a: [1\n',
    'a template that nobody has rendered': kind('v1', 'ConfigMap', 'data:\n  a: {{ .Values.a }}\n'),
    'an object with a share that nobody reads': kind('v1', 'Service', 'x: {share.bookend.dev/web: "app:/a"}\n'),
  };
  for (const [what, text] of Object.entries(read)) test(what, () => assert.equal(mayHoldWorkload(text), true));
});
