import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch, writeFiles } from '../../test/scratch.ts';
import { addressOf } from './mirror.ts';

const path = 'pool/main/g/glibc/libc6_2.41-12_amd64.deb';
const update = 'pool/updates/main/g/glibc/libc6_2.41-13_amd64.deb';
/** The address on a machine whose apt has these files. */
const on = (files: Record<string, string>, wanted = path) => addressOf(wanted, {}, writeFiles(scratch(), files));

describe('the mirror of Debian', () => {
  test('is that of apt, in either style, and not the archive of others for Debian', () => {
    assert.equal(
      on({
        'sources.list':
          'deb [arch=amd64] https://other.example/linux/debian trixie stable\ndeb http://one.example/debian trixie main\n',
      }),
      `http://one.example/debian/${path}`,
    );
    const stanzas = `Types: deb
URIs: http://one.example/debian/
Suites: bookworm
Components: main

Types: deb deb-src
URIs: http://two.example/debian-security
Suites: bookworm-security
Components: main contrib
`;
    assert.equal(on({ 'sources.list.d/debian.sources': stanzas }), `http://one.example/debian/${path}`);
    assert.equal(on({ 'sources.list.d/debian.sources': stanzas }, update), `http://two.example/debian-security/${update}`);
  });

  test('may be in a list of mirrors', () => {
    const list = join(
      writeFiles(scratch(), { 'debian.list': 'https://near.example/debian\nhttps://far.example/debian\n' }),
      'debian.list',
    );
    const stanza = `Types: deb\nURIs: mirror+file:${list}\nSuites: trixie\nComponents: main\n`;
    assert.equal(on({ 'sources.list.d/debian.sources': stanza }), `https://near.example/debian/${path}`);
  });

  test('of the environment comes first', () => {
    const environment = {
      BOOKEND_DEBIAN_MIRROR: 'http://my.example/debian/',
      BOOKEND_DEBIAN_SECURITY_MIRROR: 'http://my.example/s',
    };
    const etc = writeFiles(scratch(), { 'sources.list': 'deb http://one.example/debian trixie main\n' });
    assert.equal(addressOf(path, environment, etc), `http://my.example/debian/${path}`);
    assert.equal(addressOf(update, environment, etc), `http://my.example/s/${update}`);
  });

  test('is nowhere on a machine of another kind, which learns the variable to set', () => {
    for (const files of [{}, { 'sources.list': 'deb http://archive.example/ubuntu noble main\n' }]) {
      assert.throws(() => on(files), { code: 'unsupported', advice: /Set BOOKEND_DEBIAN_MIRROR/ });
    }
  });
});
