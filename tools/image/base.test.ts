import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { scratch } from '../test/scratch.ts';
import { debianSurroundings, nodeBase, recipeDigest, storedBaseLayer } from './base.ts';
import { cacheDirectory } from './cache.ts';
import { lockedPackages } from './debian/lock.ts';
import { digestOf } from './layer.ts';
import { nodeOfPackage } from './node.ts';

const directory = scratch();
const fetching = { cache: cacheDirectory(), progress: () => {} };
const surroundings = debianSurroundings('amd64', fetching);

describe('the base layer, with the Node that images get', () => {
  test('runs with nothing but what is in it', async () => {
    const keeping = { ...fetching, recipe: recipeDigest() };
    const { blob, digest } = await storedBaseLayer(nodeBase(nodeOfPackage, surroundings), keeping);
    assert.equal(digestOf(blob), digest);
    for (const { header, data } of await unpackTar(gunzipSync(blob))) {
      if (header.type === 'directory') mkdirSync(join(directory, header.name), { recursive: true });
      else if (header.type === 'symlink') symlinkSync(header.linkname ?? '', join(directory, header.name));
      else writeFileSync(join(directory, header.name), data ?? '', { mode: header.mode ?? 0 });
    }

    // The loader of the layer, told to look nowhere but in the layer, stands in for a container's root: that would take
    // rights to make.
    const node = join(directory, 'usr/bin/node');
    const libraries = join(directory, 'usr/lib/x86_64-linux-gnu');
    const script = `console.log(JSON.stringify({
      version: process.version,
      intl: new Intl.NumberFormat('de').format(1234.5),
      sha: require('crypto').createHash('sha256').update('').digest('hex').slice(0, 8),
      loaded: process.report.getReport().sharedObjects,
    }))`;
    const loader = join(directory, 'lib64/ld-linux-x86-64.so.2');
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

  test('describes its packages where scanners look for them, with certificates and licences', async () => {
    const files = new Map(
      (await surroundings.files()).map((file) => [file.path, 'content' in file ? String(file.content) : file.link]),
    );
    for (const { name, version } of lockedPackages('amd64')) {
      const control = files.get(`/var/lib/dpkg/status.d/${name}`) ?? assert.fail(name);
      assert.ok(control.startsWith(`Package: ${name}\n`), control);
      assert.ok(control.includes(`\nVersion: ${version}\n`), control);
      assert.ok(files.has(`/usr/share/doc/${name}`) || files.has(`/usr/share/doc/${name}/copyright`), name);
    }
    assert.match(files.get('/usr/lib/os-release') ?? '', /^ID=debian$/m);
    const certificates = files.get('/etc/ssl/certs/ca-certificates.crt') ?? '';
    const count = certificates.match(/-BEGIN CERTIFICATE-----\n[^-]+\n-----END CERTIFICATE-----\n/g)?.length ?? 0;
    assert.ok(count > 100, String(count));
    assert.equal(certificates.match(/BEGIN/g)?.length, count);
  });

  test('knows by the build id, without reading 150 MB, whether it is still the same', () => {
    const began = process.cpuUsage();
    assert.equal(nodeBase(nodeOfPackage, surroundings).inputs, nodeBase(nodeOfPackage, surroundings).inputs);
    const { user, system } = process.cpuUsage(began);
    assert.ok(user + system < 400_000);
  });
});
