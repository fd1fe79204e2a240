import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { scratch } from '../test/scratch.ts';
import { buildImages } from './build.ts';
import { type ImageRecipe, images } from './images.ts';
import { digestOf } from './layer.ts';

/** A checkout with one program, a Node that is a script, and a cache of its own. */
function workshop() {
  const root = scratch();
  writeFileSync(join(root, 'package.json'), '{"version":"1.2.3"}');
  writeFileSync(join(root, 'program'), 'the program');
  const node = join(root, 'node');
  writeFileSync(node, '#!/bin/sh\n# this is Node', { mode: 0o755 });
  const lines: string[] = [];
  const surroundings = { inputs: 'none', files: async () => [] };
  return { root, node, surroundings, cache: join(root, 'cache'), lines, progress: (line: string) => lines.push(line) };
}

const recipe: ImageRecipe = {
  repository: 'some/program',
  title: 'A program',
  base: 'node',
  entrypoint: ['/usr/bin/node', '/app/program'],
  inputs: ['program'],
  needs: 'program',
  files: async (root) => [{ path: '/app/program', content: readFileSync(join(root, 'program')) }],
};
const other: ImageRecipe = { ...recipe, repository: 'other', entrypoint: ['/usr/bin/node'] };

/** The archive, read back: its entries by name, and JSON by name. */
async function open(tar: string) {
  const entries = new Map((await unpackTar(readFileSync(tar))).map(({ header, data }) => [header.name, Buffer.from(data ?? [])]));
  const entry = (name: string) => entries.get(name) ?? assert.fail(`no ${name} in the archive`);
  const blob = (digest: string) => entry(`blobs/${digest.replace(':', '/')}`);
  return { names: [...entries.keys()], entry, blob, json: (name: string) => JSON.parse(entry(name).toString()) };
}

describe('an image archive', () => {
  test('is an OCI layout whose index leads to manifest, configuration and layers, each of the digest and size that is said', async () => {
    const [image] = await buildImages({ ...workshop(), recipes: [recipe] });
    assert.ok(image);
    const { json, blob } = await open(image.tar);
    assert.deepEqual(json('oci-layout'), { imageLayoutVersion: '1.0.0' });
    const [described] = json('index.json').manifests;
    assert.equal(described.digest, image.digest);
    assert.deepEqual(described.platform, { os: 'linux', architecture: 'amd64' });
    assert.deepEqual(described.annotations, {
      'io.containerd.image.name': 'registry.bookend.dev/some/program:1.2.3',
      'org.opencontainers.image.ref.name': '1.2.3',
    });
    const manifest = JSON.parse(blob(described.digest).toString());
    for (const { digest, size } of [described, manifest.config, ...manifest.layers]) {
      assert.deepEqual([digestOf(blob(digest)), blob(digest).length], [digest, size]);
    }
    const config = JSON.parse(blob(manifest.config.digest).toString());
    const expected = manifest.layers.map(({ digest }: { digest: string }) => digestOf(gunzipSync(blob(digest))));
    assert.deepEqual(config.rootfs.diff_ids, expected);
    assert.deepEqual(config.config, {
      User: '65532:65532',
      Env: ['PATH=/usr/bin', 'HOME=/', 'NODE_ENV=production'],
      Entrypoint: ['/usr/bin/node', '/app/program'],
      WorkingDir: '/',
      Labels: {
        'org.opencontainers.image.title': 'A program',
        'org.opencontainers.image.version': '1.2.3',
        'org.opencontainers.image.licenses': 'Apache-2.0',
      },
    });
  });

  test('is at the same time what docker load reads, pointing at the same blobs', async () => {
    const [image] = await buildImages({ ...workshop(), recipes: [recipe] });
    const { json, blob, names } = await open(image?.tar ?? '');
    const manifest = JSON.parse(blob(image?.digest ?? '').toString());
    const path = (digest: string) => `blobs/${digest.replace(':', '/')}`;
    assert.deepEqual(json('manifest.json'), [
      {
        Config: path(manifest.config.digest),
        RepoTags: ['registry.bookend.dev/some/program:1.2.3'],
        Layers: manifest.layers.map(({ digest }: { digest: string }) => path(digest)),
      },
    ]);
    assert.equal(new Set(names).size, names.length);
    assert.equal(names.length, 7);
  });

  test('holds Node, a user that is not root, and the program', async () => {
    const [image] = await buildImages({ ...workshop(), recipes: [recipe] });
    const { blob } = await open(image?.tar ?? '');
    const manifest = JSON.parse(blob(image?.digest ?? '').toString());
    const files = new Map<string, string>();
    for (const { digest } of manifest.layers) {
      for (const { header, data } of await unpackTar(gunzipSync(blob(digest))))
        files.set(header.name, Buffer.from(data ?? []).toString());
    }
    assert.match(files.get('usr/bin/node') ?? '', /this is Node/);
    assert.match(files.get('etc/passwd') ?? '', /^nonroot:x:65532:65532:/m);
    assert.equal(files.get('app/program'), 'the program');
  });
});

describe('building', () => {
  test('the same sources give the same archive, byte for byte, anywhere', async () => {
    const [one, two] = await Promise.all([
      buildImages({ ...workshop(), recipes: [recipe] }),
      buildImages({ ...workshop(), recipes: [recipe] }),
    ]);
    assert.deepEqual(readFileSync(one[0]?.tar ?? ''), readFileSync(two[0]?.tar ?? ''));
    assert.equal(one[0]?.bytes, readFileSync(one[0]?.tar ?? '').length);
  });

  test('the same sources give the same archive under another umask and in another time zone', async () => {
    const [one] = await buildImages({ ...workshop(), recipes: [recipe] });
    const [umask, zone] = [process.umask(0o077), process.env.TZ];
    process.env.TZ = 'Asia/Tokyo';
    try {
      const [two] = await buildImages({ ...workshop(), recipes: [recipe] });
      assert.equal(two?.digest, one?.digest);
    } finally {
      process.umask(umask);
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  test('nothing is built again when nothing changed', async () => {
    const shop = workshop();
    const first = await buildImages({ ...shop, recipes: [recipe] });
    const again = await buildImages({
      ...shop,
      recipes: [{ ...recipe, files: () => Promise.reject(new Error('built again')) }],
    });
    assert.deepEqual(again, first);
    assert.match(shop.lines.at(-1) ?? '', /some\/program:1\.2\.3: up to date, \d\.\d MB compressed, \d\.\d MB unpacked/);
  });

  test('a changed source gives another image on the same base layer, which is not made again', async () => {
    const shop = workshop();
    const layersOf = async () => {
      const [image] = await buildImages({ ...shop, recipes: [recipe] });
      const { blob } = await open(image?.tar ?? '');
      return JSON.parse(blob(image?.digest ?? '').toString()).layers;
    };
    const before = await layersOf();
    writeFileSync(join(shop.root, 'program'), 'another program');
    const changed = await layersOf();
    assert.deepEqual(changed[0], before[0]);
    assert.notDeepEqual(changed[1], before[1]);
    assert.equal(shop.lines.filter((line) => line.startsWith('Node:')).length, 1);
  });

  test('another Node gives another base layer', async () => {
    const shop = workshop();
    const [before] = await buildImages({ ...shop, recipes: [recipe] });
    writeFileSync(shop.node, '#!/bin/sh\n# another Node');
    const [changed] = await buildImages({ ...shop, recipes: [recipe] });
    assert.notEqual(changed?.digest, before?.digest);
  });

  test('another release of a library gives another base layer, and another architecture another image', async () => {
    const shop = workshop();
    const digest = async (changes: object) => (await buildImages({ ...shop, recipes: [recipe], ...changes }))[0]?.digest;
    const newer = { inputs: 'newer', files: async () => [{ path: '/lib/libc.so.6', content: 'newer' }] };
    const all = [await digest({}), await digest({ surroundings: newer }), await digest({ architecture: 'arm64' })];
    assert.equal(new Set(all).size, 3);
  });

  test('another compiler gives another build of the same sources', async () => {
    const shop = workshop();
    let builds = 0;
    const compiledBy = (compiler: string): ImageRecipe => ({
      ...recipe,
      compiler: async () => compiler,
      files: async () => [{ path: '/program', content: `${++builds}, by ${compiler}` }],
    });
    const digests: (string | undefined)[] = [];
    for (const compiler of ['go1', 'go1', 'go2'])
      digests.push((await buildImages({ ...shop, recipes: [compiledBy(compiler)] }))[0]?.digest);
    assert.deepEqual([digests[0] === digests[1], digests[1] === digests[2], builds], [true, false, 2]);
  });

  test('images with Node share its layer; one from scratch has nothing below its own', async () => {
    const built = await buildImages({
      ...workshop(),
      recipes: [recipe, other, { ...recipe, repository: 'static', base: 'scratch' }],
    });
    const layers = await Promise.all(
      built.map(async ({ tar, digest }) => JSON.parse((await open(tar)).blob(digest).toString()).layers as { digest: string }[]),
    );
    const sizes = layers.map((list) => list.length);
    assert.deepEqual(sizes, [2, 2, 1]);
    assert.equal(layers[0]?.[0]?.digest, layers[1]?.[0]?.digest);
    assert.equal(layers[2]?.[0]?.digest, layers[0]?.[1]?.digest);
  });

  test('several at once in one cache all come out whole', async () => {
    const shop = workshop();
    const runs = await Promise.all([1, 2, 3].map(() => buildImages({ ...shop, recipes: [recipe, other] })));
    for (const run of runs) assert.deepEqual(run, runs[0]);
    for (const { tar, digest } of runs[0] ?? []) assert.equal(digestOf((await open(tar)).blob(digest)), digest);
  });

  test('an image whose source is missing is an error that names it; an optional one is left out and said so', async () => {
    const shop = workshop();
    await assert.rejects(buildImages({ ...shop, recipes: [{ ...recipe, needs: 'absent' }] }), {
      code: 'bad-input',
      message: /some\/program:1\.2\.3.*absent/,
    });
    assert.deepEqual(await buildImages({ ...shop, recipes: [{ ...recipe, needs: 'absent', optional: true }] }), []);
    assert.match(shop.lines.at(-1) ?? '', /left out.*absent/);
  });

  test('without Node it says what to do', async () => {
    await assert.rejects(buildImages({ ...workshop(), node: join(scratch(), 'absent') }), {
      code: 'unsupported',
      advice: /npm ci/,
    });
  });
});

describe('the table of images', () => {
  test('the copy tool is alone in its image but for what its check looks for, and the image is made of its sources and by a compiler', () => {
    const tool = images.find(({ repository }) => repository === 'seed') ?? assert.fail('no copy tool');
    assert.deepEqual([tool.base, tool.entrypoint, tool.inputs], ['scratch', ['/seed'], ['tools/seed']]);
    assert.ok(tool.compiler);
  });

  test('an example takes every file of its directory to /app, and may be run where its source may', async () => {
    const example = images.find(({ repository }) => repository === 'examples/node-agent') ?? assert.fail('no example');
    const root = scratch();
    mkdirSync(join(root, example.needs, 'deep'), { recursive: true });
    writeFileSync(join(root, example.needs, 'agent.mjs'), 'agent');
    writeFileSync(join(root, example.needs, 'deep', 'run'), 'run', { mode: 0o755 });
    assert.deepEqual(await example.files(root, '1.2.3', 'amd64'), [
      { path: '/app/agent.mjs', content: Buffer.from('agent'), executable: false },
      { path: '/app/deep/run', content: Buffer.from('run'), executable: true },
    ]);
  });
});
