import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { scratch } from '../test/scratch.ts';
import { type HandmadeEntry, writeHandmadeImage } from './handmade.ts';

const directory = scratch();

const name = 'registry.bookend.dev/test/handmade:1';
const entries: HandmadeEntry[] = [
  { path: '/srv/a-link', hardLink: '/srv/z' },
  {
    path: '/srv/z',
    content: 'z',
    uid: 1000,
    gid: 2000,
    mode: 0o4750,
    modified: new Date(1e12),
    attributes: { 'user.colour': 'red' },
  },
  { path: '/srv', directory: true, mode: 0o1777, uid: 7 },
  { path: '/srv/now', symlink: '../elsewhere' },
  { path: '/srv/deep/pipe', fifo: true },
];

/** The layer of an archive, as tar itself reads it, after its index. */
async function layerOf(file: string): Promise<{ layer: Buffer; config: { config: { User: string; Entrypoint: string[] } } }> {
  const archive = new Map(
    (await unpackTar(readFileSync(file))).map(({ header, data }) => [header.name, Buffer.from(data ?? [])]),
  );
  const read = (path: string) => archive.get(path) ?? assert.fail(`no ${path}`);
  const [{ Config, Layers }] = JSON.parse(read('manifest.json').toString()) as [{ Config: string; Layers: [string] }];
  return { layer: gunzipSync(read(Layers[0])), config: JSON.parse(read(Config).toString()) };
}

describe('an image made by hand', () => {
  test('has exactly the owners, modes, times, links and attributes that were asked for, and parents of root', async () => {
    const file = join(directory, 'image.tar');
    await writeHandmadeImage(file, { name, entries, user: '1000:1000', entrypoint: ['/srv/z'] });
    const { layer, config } = await layerOf(file);
    const listed = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--utc'], { input: layer, encoding: 'utf8' });
    const lines = listed
      .trim()
      .split('\n')
      .map((line) => line.replaceAll(/\s+/g, ' '));
    assert.deepEqual(lines, [
      'drwxrwxrwt 7/0 0 1970-01-01 00:00 srv/',
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 srv/deep/',
      'prw-r--r-- 0/0 0 1970-01-01 00:00 srv/deep/pipe',
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00 srv/now -> ../elsewhere',
      '-rwsr-x--- 1000/2000 1 2001-09-09 01:46 srv/z',
      'hrwsr-x--- 1000/2000 0 2001-09-09 01:46 srv/a-link link to srv/z',
    ]);
    assert.ok(layer.includes('SCHILY.xattr.user.colour=red'));
    assert.deepEqual([config.config.User, config.config.Entrypoint], ['1000:1000', ['/srv/z']]);
  });

  test('is the same for the same entries in any order', async () => {
    const one = await writeHandmadeImage(join(directory, 'one.tar'), { name, entries });
    assert.equal(await writeHandmadeImage(join(directory, 'other.tar'), { name, entries: entries.toReversed() }), one);
  });
});
