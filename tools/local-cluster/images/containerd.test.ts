import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
});
