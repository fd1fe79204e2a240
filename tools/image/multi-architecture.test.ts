import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unpackTar } from 'modern-tar';
import { scratch } from '../test/scratch.ts';
import { packArchive } from './archive.ts';
import { digestOf, packLayer } from './layer.ts';
import { joinArchitectures } from './multi-architecture.ts';

/** The image of an architecture, whose layer for data is the same on all. */
async function imageFor(architecture: 'amd64' | 'arm64', directory: string) {
  const layers = [
    { ...(await packLayer([{ path: '/data', content: 'data' }])), title: 'data' },
    { ...(await packLayer([{ path: '/program', content: architecture }])), title: 'program' },
  ];
  const config = {
    name: 'registry.bookend.dev/x:1',
    entrypoint: ['/program'],
    environment: {},
    user: '1:1',
    labels: {},
    architecture,
  };
  const { digest, content } = await packArchive(config, layers);
  const tar = join(directory, `${architecture}.tar`);
  writeFileSync(tar, content);
  return { architecture, tar, digest };
}

test('an image for two architectures leads each to the image that it has alone; what they share is there once', async () => {
  const directory = scratch();
  const images = [await imageFor('amd64', directory), await imageFor('arm64', directory)];
  const joined = await joinArchitectures(images, '1', { 'org.opencontainers.image.revision': 'abc' });
  const index = JSON.parse(joined.blobs.at(-1)?.content.toString() ?? '');
  assert.deepEqual(
    index.manifests.map(({ digest, platform }: { digest: string; platform: object }) => ({ digest, platform })),
    images.map(({ digest, architecture }) => ({ digest, platform: { architecture, os: 'linux' } })),
  );
  assert.deepEqual(index.annotations, { 'org.opencontainers.image.revision': 'abc' });
  for (const { digest, content } of joined.blobs) assert.equal(digestOf(content), digest);
  assert.equal(joined.blobs.length, 3 + 2 + 2 + 1);

  const names = (await unpackTar(joined.archive)).map(({ header }) => header.name);
  assert.equal(new Set(names).size, joined.blobs.length + 2);
  assert.deepEqual(
    (await joinArchitectures(images, '1', { 'org.opencontainers.image.revision': 'abc' })).archive,
    joined.archive,
  );
});
