/**
 * How a copy gets its tool: from a container that puts it into a volume, or as an image volume, where those are known
 * to work and nobody asked for a copy by name.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt, listOf } from '../objects/fields.ts';
import { applyShares } from './apply.ts';
import { explainShare } from './explain.ts';
import { parseShare } from './notation.ts';
import type { ImageVolumes, ShareSettings } from './share.ts';
import { volumeNamed } from './spec.ts';

const written = 'web = app:/srv/www -> web:/html';
const byName = 'by-name = app:/srv/lib -> web:/lib:ro; mode=copy';
const settings = (imageVolumes: ImageVolumes): ShareSettings => ({ seedImage: 'seed:1', imageVolumes });
const known = settings({ known: true });
const unknown = settings({ known: false, reason: 'not tried' });
const containers = ['app', 'web'].map((name) => ({ name, image: name }));

const share = (lines: string[], using: ShareSettings, spec: Readonly<Record<string, unknown>> = { containers }) =>
  applyShares(
    { spec },
    lines.map((line) => parseShare(line)),
    using,
  ).spec;
const inits = (spec: Readonly<Record<string, unknown>>) => listOf(spec.initContainers).map((each) => fieldAt(each, 'name'));
const tools = (spec: Readonly<Record<string, unknown>>) => {
  const { name: _, ...source } = volumeNamed(spec, 'bookend-tools') ?? { name: '' };
  return source;
};
const shown = { image: { reference: 'seed:1' } };
const filled = { emptyDir: {} };

describe('The tool of a copy', () => {
  test('is an image volume where those are known to work, and one init container less', () => {
    const spec = share([written], known);
    assert.deepEqual([inits(spec), tools(spec)], [['bookend-share-web'], shown]);
    assert.deepEqual(share([written], known, spec), spec, 'twice changes nothing');
  });

  test('comes from a container where they are not, and for who asks for mode copy by name', () => {
    for (const spec of [share([written], unknown), share([`${written}; mode=copy`], known)]) {
      assert.deepEqual([inits(spec), tools(spec)], [['bookend-seed', 'bookend-share-web'], filled]);
    }
    assert.deepEqual(inits(share([written, byName], known)), ['bookend-seed', 'bookend-share-by-name', 'bookend-share-web']);
  });

  test('changes with what is known when the same shares are applied again', () => {
    assert.deepEqual(share([written], known, share([written], unknown)), share([written], known));
    assert.deepEqual(share([written], unknown, share([written], known)), share([written], unknown));
  });

  test('stays as it is for a share of another application that asked for a copy by name', () => {
    const spec = share([written], known, share([byName], known));
    assert.deepEqual([inits(spec)[0], tools(spec)], ['bookend-seed', filled]);
  });

  test('stays as it is when another application copies nothing', () => {
    const before = share([written], known);
    const after = share(['cache = app:/cache, web:/cache'], unknown, before);
    assert.deepEqual([inits(after), tools(after)], [inits(before), shown]);
  });

  test('is explained with what it costs', () => {
    const explained = (using: ShareSettings) => explainShare({ containers }, parseShare(written), using);
    assert.deepEqual(explained(known).adds, ['bookend-share-web']);
    assert.match(explained(known).startTime, /^one init container/);
    assert.deepEqual(explained(unknown).adds, ['bookend-seed', 'bookend-share-web']);
    assert.match(explained(unknown).space, /2 MB for the tool$/);
  });
});
