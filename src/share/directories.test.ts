/** Several sources into one directory: one volume, filled in the order in which the shares are written. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explainShare } from './explain.ts';
import { parseShare } from './notation.ts';
import {
  container,
  flags,
  mounts,
  names,
  podSpec,
  refused,
  shared,
  sharedWith,
  sorted,
  withImageVolumes,
} from './testing/shared.ts';

const plugin = (name: string, rest = '') => `${name} = image(${name}:1):/plugins -> app:/plugins:ro${rest}`;

describe('Shares that are seen at one place', () => {
  test('fill one volume, that of the first, in the order in which they are written', () => {
    const spec = shared(podSpec(), plugin('zlib'), plugin('aws', '; onConflict=last'));
    assert.deepEqual(names(spec, 'volumes'), ['bookend-share-zlib', 'bookend-tools']);
    assert.deepEqual(names(spec, 'initContainers'), ['bookend-seed', 'bookend-share-zlib', 'bookend-share-aws']);
    assert.deepEqual(mounts(spec, 'app'), ['bookend-share-zlib /plugins subPath=content readOnly=true']);
    assert.deepEqual(flags(spec, 'bookend-share-zlib'), ['--layers=zlib,aws', '--layer=zlib']);
    assert.deepEqual(flags(spec, 'bookend-share-aws'), ['--layers=zlib,aws', '--layer=aws', '--on-conflict=last']);
    assert.deepEqual(mounts(spec, 'bookend-share-aws')[1], 'bookend-share-zlib /.bookend/share');
    assert.deepEqual(shared(spec, plugin('zlib'), plugin('aws', '; onConflict=last')), spec, 'twice changes nothing');
  });

  test('are copies even where image volumes are known to work', () => {
    const line = (name: string) => plugin(name).replace('/plugins ->', '/plugins/ ->');
    const spec = sharedWith(withImageVolumes, podSpec(), line('a'), line('b'));
    assert.deepEqual(names(spec, 'initContainers'), ['bookend-share-a', 'bookend-share-b']);
    const shares = [line('a'), line('b')].map((each) => parseShare(each));
    const explained = explainShare(podSpec(), shares[0] ?? parseShare(''), withImageVolumes, shares);
    assert.match(explained.why, /share b has the same directory/);
    assert.deepEqual(explained.together, ['a', 'b']);
  });

  test('change their order, and their number, when they are applied again', () => {
    const [a, b, c] = [plugin('a'), plugin('b'), plugin('c')] as const;
    const before = shared(podSpec(), a, b);
    assert.deepEqual(sorted(shared(before, b, a)), sorted(shared(podSpec(), b, a)));
    assert.deepEqual(sorted(shared(before, a, b, c)), sorted(shared(podSpec(), a, b, c)));
  });

  test('stay together when one of them is applied again alone', () => {
    const before = shared(podSpec(), plugin('a'), plugin('b'));
    assert.deepEqual(shared(before, plugin('a')), before);
    const changed = shared(before, plugin('b').replace('b:1', 'b:2'));
    assert.equal(container(changed, 'bookend-share-b').image, 'b:2');
    assert.deepEqual(flags(changed, 'bookend-share-b'), ['--layers=a,b', '--layer=b']);
  });

  test('may begin with what the container has there itself', () => {
    const spec = shared(podSpec(), 'own = app:/plugins -> app:/plugins', 'more = image(m:1):/p -> app:/plugins');
    assert.deepEqual(mounts(spec, 'app'), ['bookend-share-own /plugins subPath=content']);
  });

  test('may meet at the place where the first is copied from', () => {
    const spec = shared(podSpec(), 'code = app:/code -> web:/html', 'theme = image(t:1):/theme -> app:/code');
    assert.deepEqual(mounts(spec, 'app'), ['bookend-share-code /code subPath=content']);
    assert.deepEqual(mounts(spec, 'web'), ['bookend-share-code /html subPath=content']);
  });

  test('are seen everywhere where one of them is', () => {
    const spec = shared(podSpec(), plugin('a'), 'b = image(b:1):/plugins -> app:/plugins:ro, web:/p:ro');
    assert.deepEqual(mounts(spec, 'web'), ['bookend-share-a /p subPath=content readOnly=true']);
  });

  test('are refused where they cannot be one directory', () => {
    const why = (...lines: string[]) => refused(podSpec(), ...lines).join('; ');
    assert.match(
      why(plugin('a'), plugin('b', '; mode=image')),
      /share\[1\]\.to\[0\]\.path: .* is a place of share a already; several shares can fill one directory only as copies/,
    );
    assert.match(why(plugin('a'), 'b = app:/plugins, web:/p'), /is a place of share a already: name all containers in one share/);
    assert.match(why(plugin('a'), plugin('b', '; type=File')), /share\[1\]\.from\.type: .*such as \/plugins\/plugins/);
    assert.match(
      why(plugin('a'), plugin('b').replace(':ro', '')),
      /share\[1\]\.to\[0\]\.readOnly: container app reads \/plugins in share a and writes to it in share b/,
    );
    assert.match(why(plugin('a'), plugin('a').replace('a =', 'b =')), /share a copies the same files/);
    assert.match(why(plugin('a'), plugin('b', '; sizeLimit=1Gi')), /share\[1\]\.sizeLimit: share a defines the volume/);
    assert.match(
      why('a = app:/x -> web:/x', 'b = app:/x -> web:/y'),
      /is not what its image has: share a is mounted at \/x.*name these containers in share a too/,
    );
    assert.match(why('a = app:/x, app:/x/'), /is named twice in this share/);
  });

  test('do not mind the order of unrelated ones', () => {
    const [a, b] = ['a = app:/a -> web:/a', 'b = app:/b -> web:/b'] as const;
    assert.deepEqual(shared(podSpec(), a, b), shared(podSpec(), b, a));
  });
});
