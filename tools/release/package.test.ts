import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { nameSource } from './package.ts';
import { tarball } from './tarball.ts';

test('an npm package names its repository, for npm publish --provenance, and keeps everything else', async () => {
  const manifest = { name: 'x', version: '1.0.0', bin: { x: 'x.js' } };
  const packed = await tarball([
    { name: 'package/package.json', content: JSON.stringify(manifest) },
    { name: 'package/x.js', content: '#!/usr/bin/env node\n', executable: true },
  ]);
  const contents = async (archive: Buffer) =>
    (await unpackTar(gunzipSync(archive))).map(({ header, data }) => [
      header.name,
      header.mode,
      Buffer.from(data ?? []).toString(),
    ]);
  const [named, program] = await contents(await nameSource(packed, 'https://git.example/x/bookend'));
  const repository = { type: 'git', url: 'git+https://git.example/x/bookend.git' };
  assert.deepEqual(JSON.parse(String(named?.[2])), { ...manifest, repository });
  assert.deepEqual([named?.[0], program], ['package/package.json', (await contents(packed))[1]]);
});
