import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../cluster/port.ts';
import { BookendError, type ErrorCode } from '../errors.ts';
import { exists, readCurrent, type UninstallContext } from './tool.ts';

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'web' };

function answering(get: () => Promise<unknown>): UninstallContext {
  return { cluster: { get } as unknown as Cluster } as UninstallContext;
}

const refusing = (code: ErrorCode) => answering(() => Promise.reject(new BookendError(code, code)));

test('only "not found" means gone: what cannot be read is still there', async () => {
  assert.equal(
    await exists(
      answering(async () => ({ metadata: {} })),
      ref,
    ),
    true,
  );
  assert.equal(
    await exists(
      answering(async () => undefined),
      ref,
    ),
    false,
  );
  assert.equal(await exists(refusing('not-found'), ref), false);
  for (const code of ['forbidden', 'unreachable', 'throttled', 'invalid'] as const)
    assert.equal(await exists(refusing(code), ref), true, code);
});

test('what is no answer of the API server is not swallowed', async () => {
  await assert.rejects(readCurrent(refusing('forbidden'), ref), { code: 'forbidden' });
  const broken = answering(() => Promise.reject(new TypeError('a fault of ours')));
  await assert.rejects(exists(broken, ref), TypeError);
});
