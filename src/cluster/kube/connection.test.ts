import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { proxyFromEnvironment } from './connection.ts';

const proxy = 'http://proxy.example:3128';
const through = (server: string, noProxy = '') => proxyFromEnvironment(server, { HTTPS_PROXY: proxy, NO_PROXY: noProxy });

describe('the proxy of the environment', () => {
  test('is used for https, in capitals or not, with or without its scheme', () => {
    assert.equal(through('https://api.example:6443'), proxy);
    assert.equal(proxyFromEnvironment('https://api.example', { https_proxy: 'proxy:1' }), 'http://proxy:1');
    assert.equal(proxyFromEnvironment('http://api.example', { HTTPS_PROXY: proxy }), undefined);
    assert.equal(proxyFromEnvironment('http://api.example', { HTTP_PROXY: proxy }), proxy);
    assert.equal(proxyFromEnvironment('https://api.example', {}), undefined);
  });

  test('is never used for this machine itself', () => {
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]']) assert.equal(through(`https://${host}:6443`), undefined);
  });

  const excluded: [string, string][] = [
    ['*', 'https://api.example'],
    ['api.example', 'https://api.example:6443'],
    ['.example', 'https://api.example'],
    ['*.example', 'https://api.example'],
    ['example', 'https://api.example'],
    ['other, api.example', 'https://api.example'],
    ['10.0.0.1', 'https://10.0.0.1'],
    ['10.0.0.0/8', 'https://10.96.0.1:443'],
    ['fd00::/8', 'https://[fd00::1]:443'],
    ['api.example:6443', 'https://api.example:6443'],
  ];
  for (const [entry, server] of excluded) {
    test(`is not used for ${server} with NO_PROXY=${entry}`, () => assert.equal(through(server, entry), undefined));
  }

  const included: [string, string][] = [
    ['ample', 'https://api.example'],
    ['10.0.0.0/8', 'https://11.0.0.1'],
    ['10.0.0.0/8', 'https://api.example'],
    ['api.example:443', 'https://api.example:6443'],
    ['', 'https://api.example'],
  ];
  for (const [entry, server] of included) {
    test(`is used for ${server} with NO_PROXY=${entry}`, () => assert.equal(through(server, entry), proxy));
  }
});
