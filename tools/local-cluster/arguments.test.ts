import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseArguments } from './arguments.ts';

const local = { kind: 'local', name: 'bookend' };

describe('the command line', () => {
  test('up means the default cluster, the newest Kubernetes and our images', () => {
    assert.deepEqual(parseArguments(['up']), { verb: 'up', target: local, images: true });
  });

  test('every choice of up is understood', () => {
    assert.deepEqual(parseArguments(['up', '--name', 'two', '--kubernetes=1.36', '--no-images']), {
      verb: 'up',
      target: { kind: 'local', name: 'two' },
      images: false,
      kubernetes: '1.36',
    });
  });

  test('status is text unless JSON is asked for, and nothing else', () => {
    assert.deepEqual(parseArguments(['status']), { verb: 'status', target: local, output: 'text' });
    assert.deepEqual(parseArguments(['status', '-o', 'json']), { verb: 'status', target: local, output: 'json' });
    assert.throws(() => parseArguments(['status', '-o', 'xml']), { code: 'bad-input', message: /xml/ });
  });

  test('load needs a file', () => {
    assert.deepEqual(parseArguments(['load', 'image.tar']), { verb: 'load', target: local, tar: 'image.tar' });
    assert.throws(() => parseArguments(['load']), { code: 'bad-input', message: /IMAGE\.tar/ });
  });

  test('an existing cluster is named by options or by the environment, and options win', () => {
    const environment = { BOOKEND_CONTEXT: 'kind-one', BOOKEND_KUBECONFIG: '' };
    assert.deepEqual(parseArguments(['env', '--kubeconfig', 'file'], environment).verb, 'env');
    assert.deepEqual(parseArguments(['down', '--context', 'kind-two'], environment), {
      verb: 'down',
      target: { kind: 'existing', kubeconfig: undefined, context: 'kind-two' },
    });
    assert.deepEqual(parseArguments(['down'], environment), {
      verb: 'down',
      target: { kind: 'existing', kubeconfig: undefined, context: 'kind-one' },
    });
    assert.deepEqual(parseArguments(['down', '--name', 'two'], environment), {
      verb: 'down',
      target: { kind: 'local', name: 'two' },
    });
  });

  test('a local and an existing cluster at once is refused', () => {
    assert.throws(() => parseArguments(['up', '--name', 'two', '--context', 'kind-one']), { code: 'bad-input' });
  });

  test('nothing, --help and an unknown word are answered with help', () => {
    for (const argv of [[], ['--help'], ['up', '--help']]) {
      const request = parseArguments(argv);
      assert.ok(request.verb === 'help' && request.text.includes('Usage:'));
    }
    assert.throws(() => parseArguments(['start']), { code: 'bad-input', message: /start/ });
  });
});
