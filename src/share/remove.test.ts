/** The way back: what a template has is read from it, and taking a share out leaves what was there before. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { replacedShares } from './apply.ts';
import { parseShare, printShare } from './notation.ts';
import { listShares, removeShare } from './remove.ts';
import type { Fields } from './spec.ts';
import { mounts, names, podSpec, shared, sharedWith, withImageVolumes } from './testing/shared.ts';

const lines = [
  'a = image(x:1):/p -> app:/plugins:ro',
  'b = image(y:1):"/q $(z)" -> app:/plugins:ro; chmod=g+rwX; onConflict=last',
  'code = app:/app -> web:/html; sizeLimit=1Gi',
  'cache = app:/cache, web:/cache; medium=Memory',
  'conf = web:/etc/app.conf -> app:/etc/app.conf:ro; owners=keep; resources=cpu=1/2,memory=1Gi',
  'pic = app:/img/ -> web:/img:ro; mode=image',
];

const listed = (spec: Fields) => listShares({ spec }).map((share) => printShare(share));
const without = (spec: Fields, name: string) => removeShare({ spec }, name).spec;

describe('The shares of a template', () => {
  test('are listed as they were written, with the mode that they got', () => {
    const expected = lines.map((line) => (/scratch|cache|mode=/.test(line) ? line : line.replace(/(; |$)/, '; mode=copy$1')));
    assert.deepEqual(listed(shared(podSpec(), ...lines)).sort(), expected.map((line) => line.replace('/img/', '/img')).sort());
    assert.deepEqual(listed(podSpec({ volumes: [{ name: 'data', emptyDir: {} }] })), []);
  });

  test('can be applied again from their list, which changes nothing', () => {
    const spec = shared(podSpec(), ...lines);
    assert.deepEqual(shared(spec, ...listed(spec)), spec);
  });

  test('are taken out one after the other, and in the end nothing is left', () => {
    const before = podSpec({ volumes: [{ name: 'data', emptyDir: {} }] }, { volumeMounts: [{ name: 'data', mountPath: '/d' }] });
    for (const order of [lines, lines.toReversed(), [...lines.slice(3), ...lines.slice(0, 3)]]) {
      let spec = shared(before, ...lines);
      const left = lines.map((line) => parseShare(line).name);
      for (const line of order) {
        const { name } = parseShare(line);
        spec = without(spec, name);
        left.splice(left.indexOf(name), 1);
        const rest = lines.filter((each) => left.includes(parseShare(each).name));
        assert.deepEqual(new Set(names(spec, 'initContainers')), new Set(names(shared(before, ...rest), 'initContainers')));
        assert.deepEqual(shared(spec, ...rest), spec, 'the others are as if they had been applied alone');
      }
      assert.deepEqual(spec, before);
    }
  });

  test('that fill one directory go on without the first', () => {
    const spec = without(shared(podSpec(), ...lines.slice(0, 2)), 'a');
    assert.deepEqual(mounts(spec, 'app'), ['bookend-share-b /plugins subPath=content readOnly=true']);
    assert.deepEqual(spec, shared(podSpec(), (lines[1] ?? '').replace('; onConflict=last', '')));
  });

  test('leave no mount point behind', () => {
    const [code, data] = ['code = app:/app -> web:/code:ro', 'data = app:/data, web:/code/data'] as const;
    assert.deepEqual(without(shared(podSpec(), code, data), 'data'), shared(podSpec(), code));
  });

  test('that are not there are said not to be, with those that are', () => {
    assert.throws(() => without(shared(podSpec(), lines[0] ?? ''), 'web'), {
      code: 'not-found',
      message: /has no share web; it has a$/,
    });
    assert.throws(() => without(podSpec(), 'web'), { message: /it has none/ });
  });
});

describe('A share at the places of another', () => {
  const [old, other] = ['app:/srv -> web:/html:ro', 'app:/opt -> web:/html:ro'] as const;

  test('takes its place, whatever the two are called', () => {
    const before = shared(podSpec(), old);
    assert.deepEqual(replacedShares({ spec: before }, [parseShare(other)]), ['app-srv']);
    assert.deepEqual(shared(before, other), shared(podSpec(), other));
    assert.deepEqual(shared(shared(podSpec(), old), 'app:/x, web:/html'), shared(podSpec(), 'app:/x, web:/html'));
    assert.deepEqual(
      shared(sharedWith(withImageVolumes, podSpec(), old.replace('srv', 'srv/')), other),
      shared(podSpec(), other),
    );
  });

  test('takes the place of all that fill that directory', () => {
    const before = shared(podSpec(), ...lines.slice(0, 2));
    const one = 'c = image(z:1):/p -> app:/plugins:ro';
    assert.deepEqual(shared(before, one), shared(podSpec(), one));
  });

  test('is refused where the other is seen elsewhere too', () => {
    const before = shared(podSpec(), 'old = app:/srv -> web:/html:ro, app:/x:ro');
    assert.throws(() => shared(before, other), {
      message:
        /\/html of container web is a place of share old already; share old has places that this share has not: name them here too, or remove it first/,
    });
  });
});
