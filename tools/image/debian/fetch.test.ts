import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { scratch } from '../../test/scratch.ts';
import { fetchPackage } from './fetch.ts';
import { parseLock } from './lock.ts';

const content = Buffer.from('the package');
const sha256 = createHash('sha256').update(content).digest('hex');
const [libc] = parseLock(`# comment\n\nlibc6 1:2.41-12 pool/main/g/glibc amd64=${sha256} arm64=${'0'.repeat(64)}\n`, 'amd64');
const wanted = libc ?? assert.fail();

let requests: string[] = [];
let authorization: string | undefined;
let answer = 200;
const mirror = createServer((request, response) => {
  requests.push(request.url ?? '');
  authorization = request.headers.authorization;
  response.writeHead(answer).end(content);
});
before(() => new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve)));
after(() => mirror.close());

function fetching() {
  requests = [];
  const address = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}/debian`;
  return { cache: scratch(), progress: () => {}, environment: { BOOKEND_DEBIAN_MIRROR: address } };
}

describe('a locked package', () => {
  test('is fetched once, from the path that its version without the epoch gives', async () => {
    const options = fetching();
    assert.deepEqual(await fetchPackage(wanted, options), content);
    assert.deepEqual(await fetchPackage(wanted, options), content);
    assert.deepEqual(requests, ['/debian/pool/main/g/glibc/libc6_2.41-12_amd64.deb']);
  });

  test('is fetched again when the file in the cache was changed', async () => {
    const options = fetching();
    await fetchPackage(wanted, options);
    writeFileSync(join(options.cache, 'debian', basename(wanted.path)), 'damaged');
    assert.deepEqual(await fetchPackage(wanted, options), content);
    assert.equal(requests.length, 2);
  });

  test('of another content is refused', async () => {
    const other = { ...wanted, sha256: 'f'.repeat(64) };
    await assert.rejects(fetchPackage(other, fetching()), {
      code: 'bad-input',
      message: /libc6_2\.41-12_amd64\.deb is not the package/,
    });
  });

  test('that has left the mirror is named, with the command that takes the newer one', async () => {
    answer = 404;
    await assert.rejects(fetchPackage(wanted, fetching()), {
      code: 'not-found',
      message: /libc6 1:2\.41-12 is no longer on the mirror/,
      advice: /npm run image -- --update/,
    });
    answer = 200;
  });

  test('comes from a mirror that asks for a password, which no message shows', async () => {
    const options = fetching();
    const address = options.environment.BOOKEND_DEBIAN_MIRROR.replace('http://', 'http://me:se%40cret@');
    const environment = { BOOKEND_DEBIAN_MIRROR: address };
    await fetchPackage(wanted, { ...options, environment });
    assert.equal(authorization, `Basic ${Buffer.from('me:se@cret').toString('base64')}`);
    answer = 403;
    await assert.rejects(fetchPackage(wanted, { ...fetching(), environment }), (error: Error) => !/cret/.test(error.message));
    answer = 200;
  });

  test('behind a mirror that does not answer says so', async () => {
    const options = { ...fetching(), environment: { BOOKEND_DEBIAN_MIRROR: 'http://127.0.0.1:1/debian' } };
    await assert.rejects(fetchPackage(wanted, options), { code: 'unreachable', advice: /BOOKEND_DEBIAN_MIRROR/ });
  });
});

test('a line of the lock file without the architecture is an error that shows it', () => {
  assert.throws(() => parseLock(`libc6 2.41-12 pool/main/g/glibc amd64=${sha256}`, 'arm64'), {
    code: 'bad-input',
    message: /no SHA-256 of libc6 for arm64/,
  });
});

test('a package for all architectures is one for each', () => {
  const [certificates] = parseLock(`ca-certificates 1 pool/main/c/ca-certificates all=${sha256}`, 'arm64');
  assert.equal(certificates?.path, 'pool/main/c/ca-certificates/ca-certificates_1_all.deb');
});
