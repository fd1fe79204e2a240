/**
 * auto never chooses what might not start: an image volume is for directories only, and nothing but its author, or a
 * probe, knows what a path is.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt } from '../objects/fields.ts';
import { directoryKey } from './choose.ts';
import { explainShare } from './explain.ts';
import { parseShare } from './notation.ts';
import type { ShareSettings } from './share.ts';
import { volumeNamed } from './spec.ts';
import { podSpec, sharedWith, withImageVolumes } from './testing/shared.ts';

const explained = (line: string, using: ShareSettings = withImageVolumes, spec = podSpec()) =>
  explainShare(spec, parseShare(line), using);

describe('auto', () => {
  test('copies where the path may be a file, and says how to say that it is none', () => {
    for (const path of ['/usr/local/bin/ksops', '/srv/www', '/etc/app.conf', '/opt/x.d']) {
      const { mode, why } = explained(`image(tools:1):${path} -> web:${path}:ro`);
      assert.equal(mode, 'copy', path);
      assert.match(why, /is not known to be a directory, .*type=Directory, or a "\/" at the end/);
    }
  });

  test('shows an image where the path is known to be a directory', () => {
    for (const line of [
      'app:/srv/www/ -> web:/html:ro',
      'app:/srv/v1.x -> web:/html:ro; type=Directory',
      'app:/ -> web:/html:ro',
    ]) {
      assert.equal(explained(line).mode, 'image', line);
    }
    const spec = sharedWith(withImageVolumes, podSpec(), 'www = app:/srv/www/ -> web:/html:ro');
    assert.deepEqual(volumeNamed(spec, 'bookend-share-www'), { name: 'bookend-share-www', image: { reference: 'app:1' } });
  });

  test('shows an image where a probe has proved that it is a directory of this very image', () => {
    const directories = new Set([directoryKey('app:1', '/srv/www')]);
    const probed: ShareSettings = { ...withImageVolumes, directories };
    assert.match(explained('app:/srv/www -> web:/html:ro', probed).why, /a test Pod has found that the source is a directory/);
    assert.equal(explained('image(app:2):/srv/www -> web:/html:ro', probed).mode, 'copy');
  });

  test('copies what only a copy can have, and says what', () => {
    for (const option of [
      'owners=keep',
      'chown=5',
      'chmod=0755',
      'resources=none',
      'sizeLimit=1Gi',
      'medium=Memory',
      'onConflict=last',
    ]) {
      const { mode, why } = explained(`app:/srv/ -> web:/html:ro; ${option}`);
      assert.equal(mode, 'copy');
      assert.ok(why.startsWith(option.split('=')[0] ?? ''), why);
    }
  });

  test('copies where something is mounted below that needs a mount point', () => {
    const keys = { volumeMounts: [{ name: 'keys', mountPath: '/html/keys' }] };
    const spec = podSpec({ volumes: [{ name: 'keys', secret: { secretName: 'keys' } }] }, {}, keys);
    assert.match(explained('app:/srv/ -> web:/html:ro', withImageVolumes, spec).why, /^\/html\/keys is mounted below it/);
  });

  test('goes by the word of who asks for an image, and says what that risks', () => {
    const { mode, notes } = explained('app:/srv/www -> web:/html:ro; mode=image');
    assert.equal(mode, 'image');
    assert.match(notes.join(), /cannot start if \/srv\/www is a file/);
    assert.equal(
      fieldAt(volumeNamed(sharedWith(withImageVolumes, podSpec(), 'x = app:/a/ -> web:/b:ro'), 'bookend-share-x'), 'emptyDir'),
      undefined,
    );
  });
});
