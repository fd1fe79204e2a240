import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { nodeBase, nodeOfPackage } from './base.ts';
import { recipeDigest, storedBaseLayer } from './base-layer.ts';
import { inFile } from './bytes.ts';
import { cacheDirectory } from './cache.ts';
import { readElf } from './elf.ts';
import { digestOf } from './layer.ts';

const directory = mkdtempSync(join(tmpdir(), 'base-'));
after(() => rmSync(directory, { recursive: true }));

describe('the base layer, with the Node that images get', () => {
  test('runs with nothing but what is in it', async () => {
    const keeping = { recipe: recipeDigest(), cache: cacheDirectory(), progress: () => {} };
    const { blob, digest } = await storedBaseLayer(nodeBase(nodeOfPackage), keeping);
    assert.equal(digestOf(blob), digest);
    for (const { header, data } of await unpackTar(gunzipSync(blob))) {
      if (header.type === 'directory') mkdirSync(join(directory, header.name), { recursive: true });
      else writeFileSync(join(directory, header.name), data ?? '', { mode: header.mode ?? 0 });
    }

    // The loader of the layer, told to look nowhere but in the layer, stands in for a container's root: that would take
    // rights to make.
    const node = join(directory, 'usr/bin/node');
    const { interpreter = '' } = inFile(node, (file) => readElf(file, node));
    const libraries = dirname(execFileSync('find', [directory, '-name', 'libc.so.6'], { encoding: 'utf8' }).trim());
    const script = `console.log(JSON.stringify({
      version: process.version,
      intl: new Intl.NumberFormat('de').format(1234.5),
      sha: require('crypto').createHash('sha256').update('').digest('hex').slice(0, 8),
      loaded: process.report.getReport().sharedObjects,
    }))`;
    const loader = join(directory, interpreter);
    const output = execFileSync(loader, ['--inhibit-cache', '--library-path', libraries, node, '-e', script], {
      encoding: 'utf8',
      env: {},
    });
    const { version } = JSON.parse(readFileSync(join(dirname(nodeOfPackage), '../package.json'), 'utf8')) as { version: string };
    const { loaded, ...rest } = JSON.parse(output) as { loaded: string[] };
    assert.deepEqual(rest, { version: `v${version}`, intl: '1.234,5', sha: 'e3b0c442' });
    const foreign = loaded.filter((path) => !path.startsWith(directory) && !/^linux-(vdso|gate)/.test(basename(path)));
    assert.deepEqual(foreign, []);
  });

  test('knows by the build id, without reading 150 MB, whether it is still the same', () => {
    const started = performance.now();
    assert.equal(nodeBase(nodeOfPackage).inputs, nodeBase(nodeOfPackage).inputs);
    assert.ok(performance.now() - started < 400);
  });
});
