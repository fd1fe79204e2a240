import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unpackTar } from 'modern-tar';
import { imageArchive } from './archive.ts';
import { importedNames } from './containerd.ts';

describe('image archives', () => {
  test('what containerd says it imported is read whatever colours it uses', () => {
    const control = String.fromCharCode(27);
    assert.deepEqual(
      importedNames(
        `${control}[0;32mbookend.dev/a:1\tsaved\t${control}[0m\napplication/vnd.oci.image.manifest.v1+json sha256:00\nImporting\telapsed: 0.1 s\n`,
      ),
      ['bookend.dev/a:1'],
    );
  });

  test('the same input gives the same bytes, and every blob lies under its digest', async () => {
    const input = { name: 'bookend.dev/x:1', files: { '/program': Buffer.from('#!') }, entrypoint: ['/program'] };
    const archive = await imageArchive(input);
    assert.deepEqual(archive, await imageArchive(input));
    const entries = await unpackTar(archive);
    const index = JSON.parse(Buffer.from(entries.find(({ header }) => header.name === 'index.json')?.data ?? []).toString());
    assert.equal(index.manifests[0].annotations['io.containerd.image.name'], 'bookend.dev/x:1');
    assert.ok(entries.some(({ header }) => header.name === `blobs/${index.manifests[0].digest.replace(':', '/')}`));
  });
});
