import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../../errors.ts';
import type { PreviewFlags } from './flags.ts';
import { failsOn, requestOf } from './request.ts';

const kindOf = (name: string) => (name === './shop' ? 'chart' : name === './other' ? 'other' : undefined);
const request = (what: string | undefined, flags: PreviewFlags = {}) => requestOf(what, flags, kindOf);
const refuses = (message: RegExp, what: string | undefined, flags: PreviewFlags = {}) =>
  assert.throws(
    () => request(what, flags),
    (error) => isCode(error, 'bad-input') && message.test(error.message),
  );

describe('what is asked of a preview', () => {
  test('is a release, unless there is such a chart, with the values as Helm takes them', () => {
    assert.deepEqual(request('shop').source, { from: 'release', name: 'shop' });
    assert.deepEqual(request('./shop', { values: ['a.yaml'], set: ['b=1'], setString: ['c=2'] }).source, {
      from: 'chart',
      chart: './shop',
      flags: ['--values', 'a.yaml', '--set', 'b=1', '--set-string', 'c=2'],
    });
    assert.deepEqual(request(undefined, { filename: ['a.yaml'] }).source, { from: 'files', files: ['a.yaml'], recursive: false });
    assert.deepEqual(request(undefined, { namespaceDelete: 'shop' }).source, { from: 'namespace', name: 'shop' });
  });

  test('is also a chart that Helm fetches', () => {
    for (const chart of ['oci://example.com/charts/shop', 'https://example.com/shop-1.0.0.tgz', 'bitnami/nginx'])
      assert.deepEqual(request(chart).source, { from: 'chart', chart, flags: [] });
  });

  test('has the defaults of Helm, and fails on errors', () => {
    const { scenario, failOn, format, live, tool } = request('./shop');
    assert.deepEqual(scenario, { wait: false, hooks: true, timeoutMs: 300_000, seed: 1 });
    assert.deepEqual([failOn, format, live, tool], ['error', 'text', false, undefined]);
    assert.equal(request('shop').live, true);
  });

  test('is one thing, not none and not two', () => {
    refuses(/no input given/, undefined);
    refuses(/more than one/, 'shop', { filename: ['a.yaml'] });
    refuses(/a release is read with its namespace/, 'shop', { namespaceDelete: 'shop' });
  });

  test('is the deletion of the namespace of a chart or of files that are not installed', () => {
    const { source, tool, namespace, live } = request('./shop', { namespaceDelete: 'shop' });
    assert.deepEqual([source.from, tool, namespace, live], ['chart', 'namespace', 'shop', false]);
    assert.equal(request(undefined, { filename: ['a.yaml'], namespaceDelete: 'shop' }).tool, 'namespace');
    assert.equal(request(undefined, { namespaceDelete: 'shop' }).source.from, 'namespace');
    refuses(/the objects are in other, and shop is deleted/, './shop', { namespaceDelete: 'shop', namespace: 'other' });
    refuses(/--with cannot be combined/, './shop', { namespaceDelete: 'shop', with: 'helm4' });
  });

  test('is refused where a flag fits nothing', () => {
    refuses(/is for charts only/, 'shop', { set: ['a=1'] });
    refuses(/helm4 does not delete namespaces/, undefined, { namespaceDelete: 'shop', with: 'helm4' });
    refuses(/--with cannot be "tiller"/, 'shop', { with: 'tiller' });
    refuses(/--seed/, 'shop', { seed: 'x' });
    refuses(/--fail-on cannot be "bad"/, 'shop', { failOn: 'bad' });
    refuses(/--timeout/, 'shop', { timeout: '5 minutes' });
    refuses(/Shop_1 does not exist/, 'Shop_1');
    refuses(/\.\/absent does not exist/, './absent');
    refuses(/\.\/other is not a chart/, './other');
  });

  test('fails on a severity and on those that are worse', () => {
    assert.deepEqual(
      (['error', 'warning', 'note', 'never'] as const).map((failOn) =>
        (['error', 'warning', 'note'] as const).filter((severity) => failsOn(severity, failOn)),
      ),
      [['error'], ['error', 'warning'], ['error', 'warning', 'note'], []],
    );
  });
});
