import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BookendError } from '../../errors.ts';
import { parseTargets, requestOf } from './request.ts';

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof BookendError && error.code === 'bad-input');
    return error.message;
  }
  throw new Error('nothing was refused');
}

describe('arguments of bookend delete', () => {
  test('names stand behind their kind, or behind a slash', () => {
    const names = requestOf(['pods', 'a', 'b'], {}).selections;
    assert.deepEqual(names, [{ kind: 'pods', names: ['a', 'b'], namespace: 'current', absent: 'error', field: 'pods' }]);
    const slashed = requestOf(['pod/a', 'job/b'], { ignoreNotFound: true }).selections;
    assert.deepEqual(
      slashed.map(({ kind, names, absent }) => [kind, names, absent]),
      [
        ['pod', ['a'], 'fine'],
        ['job', ['b'], 'fine'],
      ],
    );
  });

  test('several kinds are separated by commas and have no order among each other', () => {
    const { selections, ordered } = requestOf(['pods,jobs'], { selector: 'a=b', allNamespaces: true });
    assert.deepEqual(
      selections.map(({ kind, namespace }) => [kind, namespace]),
      [
        ['pods', 'everywhere'],
        ['jobs', 'everywhere'],
      ],
    );
    assert.equal(ordered, false);
  });

  test('what is not said or contradicts itself is refused', () => {
    const refusals: [string[], Parameters<typeof requestOf>[1], RegExp][] = [
      [[], {}, /kind is missing/],
      [['pods'], {}, /name is missing: which pods/],
      [['pods', 'a'], { all: true }, /cannot be combined with --all/],
      [['pods', 'a'], { allNamespaces: true }, /--all-namespaces cannot be combined with names/],
      [['pods'], { all: true, selector: 'a=b' }, /--all cannot be combined with --selector/],
      [['pods'], { all: true, allNamespaces: true, namespace: 'x' }, /cannot be combined with --namespace/],
      [['pods'], { selector: ' ' }, /--selector must be a non-empty string/],
      [['pods'], { release: '' }, /--release must be a non-empty string/],
      [['pods'], { all: true, releaseNamespace: 'x' }, /--release-namespace needs --release/],
      [['pod/a', 'b'], {}, /cannot be mixed/],
      [['pod/a/b'], {}, /pod\/a\/b is no kind and name/],
      [['pods'], { targets: '[]' }, /--targets cannot be combined with a kind and names/],
      [[], { targets: '[]', all: true }, /--all cannot be combined with --targets/],
    ];
    for (const [args, flags, message] of refusals)
      assert.match(
        refusal(() => requestOf(args, flags)),
        message,
      );
  });
});

describe('--targets', () => {
  test('names are looked for in the current namespace, everything else everywhere', () => {
    const text =
      '[{"kind":"widgets.example.com","names":["a"]},{"kind":"pods","selector":"x=y"},{"kind":"jobs","namespace":"ns"}]';
    assert.deepEqual(parseTargets(text), [
      { kind: 'widgets.example.com', names: ['a'], namespace: 'current', absent: 'fine', field: 'targets[0]' },
      { kind: 'pods', selector: 'x=y', namespace: 'everywhere', absent: 'fine', field: 'targets[1]' },
      { kind: 'jobs', namespace: { name: 'ns' }, absent: 'fine', field: 'targets[2]' },
    ]);
  });

  test('what is wrong is refused with its path', () => {
    const refusals: [string, RegExp][] = [
      ['{', /--targets is not JSON/],
      ['{}', /--targets must be a JSON list/],
      ['[]', /--targets is an empty list/],
      ['["pods"]', /targets\[0\] must be an object/],
      ['[{"kind":"pods"},{}]', /targets\[1\]\.kind is missing/],
      ['[{"kind":"pods","name":"a"}]', /targets\[0\]\.name is not a known key; use kind, names, selector, namespace/],
      ['[{"kind":"pods","names":[]}]', /targets\[0\]\.names must be a list of at least one name/],
      ['[{"kind":"pods","names":[1]}]', /targets\[0\]\.names\[0\] must be a non-empty string/],
      ['[{"kind":"pods","names":["a"],"selector":"x"}]', /targets\[0\] has both names and a selector/],
      ['[{"kind":"pods","namespace":""}]', /targets\[0\]\.namespace must be a non-empty string/],
    ];
    for (const [text, message] of refusals)
      assert.match(
        refusal(() => parseTargets(text)),
        message,
      );
  });
});
