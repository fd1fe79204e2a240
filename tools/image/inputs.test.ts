import assert from 'node:assert/strict';
import { chmodSync, cpSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch, writeFiles } from '../test/scratch.ts';
import { digestOfFiles, filesUnder } from './inputs.ts';

function checkout(): string {
  const files = ['lock', 'src/b.ts', 'src/deep/a.ts', 'src/b.test.ts', 'src/deep/a_test.go', 'elsewhere'];
  return writeFiles(scratch(), Object.fromEntries(files.map((file) => [file, file])));
}

const digest = (root: string) => digestOfFiles(root, ['lock', 'src', 'absent']);

describe('what an image is made of', () => {
  test('is every file below the named paths, without tests', () => {
    assert.deepEqual(filesUnder(checkout(), 'src'), ['src/b.ts', 'src/deep/a.ts']);
    assert.deepEqual(filesUnder(checkout(), 'lock'), ['lock']);
    assert.deepEqual(filesUnder(checkout(), 'absent'), []);
  });

  test('is the same in another checkout, at another time', () => {
    const root = checkout();
    const copy = join(scratch(), 'copy');
    cpSync(root, copy, { recursive: true });
    utimesSync(join(copy, 'lock'), 1, 1);
    writeFileSync(join(copy, 'elsewhere'), 'changed');
    writeFileSync(join(copy, 'src/b.test.ts'), 'changed');
    assert.equal(digest(copy), digest(root));
  });

  for (const [change, make] of Object.entries<(root: string) => void>({
    'another content': (root) => writeFileSync(join(root, 'src/deep/a.ts'), 'changed'),
    'a new file': (root) => writeFileSync(join(root, 'src/c.ts'), ''),
    'another name': (root) => renameSync(join(root, 'src/b.ts'), join(root, 'src/c.ts')),
    'a missing file': (root) => rmSync(join(root, 'lock')),
    'the right to run it': (root) => chmodSync(join(root, 'lock'), 0o755),
  })) {
    test(`changes with ${change}`, () => {
      const root = checkout();
      const before = digest(root);
      make(root);
      assert.notEqual(digest(root), before);
    });
  }
});
