import assert from 'node:assert/strict';
import { readdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch } from '../test/scratch.ts';
import { cacheDirectory, payloadPath, prune, recall, remember } from './cache.ts';

const root = scratch();

const digest = (number: number) => `sha256:${String(number).padStart(64, '0').split('').reverse().join('')}`;

describe('the cache', () => {
  test('lies in the cache directory of the user', () => {
    assert.equal(cacheDirectory({ XDG_CACHE_HOME: '/caches' }), '/caches/bookend/images');
    assert.equal(cacheDirectory({}), join(homedir(), '.cache/bookend/images'));
    assert.equal(cacheDirectory({ XDG_CACHE_HOME: '' }), join(homedir(), '.cache/bookend/images'));
  });

  test('gives back what was stored, with its size', () => {
    const payload = payloadPath(join(root, 'new', 'directory'), 'thing', digest(1), '.tar');
    assert.equal(recall(payload), undefined);
    assert.deepEqual(remember(payload, Buffer.from('content'), { colour: 'red' }), { colour: 'red', bytes: 7 });
    assert.deepEqual(recall(payload), { colour: 'red', bytes: 7 });
  });

  test('does not trust a payload of another size', () => {
    const payload = payloadPath(root, 'broken', digest(1), '.tar');
    remember(payload, Buffer.from('content'), {});
    truncateSync(payload, 3);
    assert.equal(recall(payload), undefined);
  });

  test('leaves nothing behind when storing fails, and says what to do', () => {
    const directory = scratch();
    writeFileSync(join(directory, 'file'), '');
    assert.throws(() => remember(payloadPath(join(directory, 'file'), 'thing', digest(1), '.tar'), Buffer.from(''), {}), {
      code: 'unsupported',
      advice: /XDG_CACHE_HOME/,
    });
    assert.deepEqual(readdirSync(directory), ['file']);
  });

  test('keeps the three entries of a name that were used last, and every other name', () => {
    const directory = scratch();
    for (const number of [1, 2, 3, 4, 5]) {
      const payload = payloadPath(directory, 'thing', digest(number), '.tar');
      remember(payload, Buffer.from('content'), {});
      utimesSync(`${payload}.json`, number, number);
    }
    remember(payloadPath(directory, 'thing-other', digest(1), '.tar'), Buffer.from('content'), {});
    recall(payloadPath(directory, 'thing', digest(1), '.tar'));
    prune(directory, 'thing', '.tar');
    const left = [1, 4, 5]
      .map((number) => payloadPath('', 'thing', digest(number), '.tar'))
      .concat(payloadPath('', 'thing-other', digest(1), '.tar'));
    assert.deepEqual(readdirSync(directory).sort(), left.flatMap((file) => [file, `${file}.json`]).sort());
  });

  test('removes what an interrupted build left an hour ago, not what another one is writing now', () => {
    const directory = scratch();
    for (const name of ['old.tmp', 'new.tmp']) writeFileSync(join(directory, name), '');
    utimesSync(join(directory, 'old.tmp'), 1, 1);
    prune(directory, 'thing', '.tar');
    assert.deepEqual(readdirSync(directory), ['new.tmp']);
  });
});
