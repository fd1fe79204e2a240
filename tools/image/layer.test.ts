import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { digestOf, type LayerFile, packLayer } from './layer.ts';

const files: LayerFile[] = [
  { path: '/usr/bin/program', content: 'program', executable: true },
  { path: '/etc/passwd', content: Buffer.from('root:x:0:0') },
  { path: '/usr/a', content: '' },
];

describe('packing a layer', () => {
  test('gives every directory and file once, sorted, parents first, owned by root and dated 1970', async () => {
    const entries = await unpackTar(gunzipSync((await packLayer(files)).blob));
    assert.deepEqual(
      entries.map(({ header, data }) => [header.name, header.type, header.mode, Buffer.from(data ?? []).toString()]),
      [
        ['etc/', 'directory', 0o755, ''],
        ['etc/passwd', 'file', 0o644, 'root:x:0:0'],
        ['usr/', 'directory', 0o755, ''],
        ['usr/a', 'file', 0o644, ''],
        ['usr/bin/', 'directory', 0o755, ''],
        ['usr/bin/program', 'file', 0o755, 'program'],
      ],
    );
    for (const { header } of entries) assert.deepEqual([header.uid, header.gid, header.mtime?.getTime()], [0, 0, 0]);
  });

  test('gives the same bytes for the same files in any order, and others for other files', async () => {
    const layer = await packLayer(files);
    assert.deepEqual(await packLayer(files.toReversed()), layer);
    assert.notEqual((await packLayer([...files, { path: '/b', content: '' }])).digest, layer.digest);
    assert.notEqual((await packLayer(files.map((file) => ({ ...file, executable: true })))).digest, layer.digest);
  });

  test('describes the compressed layer and the tar within', async () => {
    const { blob, digest, size, diffId, unpackedSize } = await packLayer(files);
    const tar = gunzipSync(blob);
    assert.deepEqual([digest, size, diffId, unpackedSize], [digestOf(blob), blob.length, digestOf(tar), tar.length]);
  });
});
