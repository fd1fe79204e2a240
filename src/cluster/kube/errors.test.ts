import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixedCredentials } from './connection.ts';
import { errorOfAnswer, errorOfConnection } from './errors.ts';

const attempt = { verb: 'patch', target: 'ConfigMap a/b', object: 'ConfigMap a/b' };
const answered = (status: number, body: unknown) => errorOfAnswer(attempt, status, body);

describe('a refusal', () => {
  const codes: [number, string | undefined, string][] = [
    [400, 'BadRequest', 'invalid'],
    [401, 'Unauthorized', 'unauthorized'],
    [403, 'Forbidden', 'forbidden'],
    [404, 'NotFound', 'not-found'],
    [405, 'MethodNotAllowed', 'unsupported'],
    [409, 'AlreadyExists', 'already-exists'],
    [409, 'Conflict', 'conflict'],
    [410, 'Expired', 'gone'],
    [413, 'RequestEntityTooLarge', 'invalid'],
    [415, undefined, 'unsupported'],
    [422, 'Invalid', 'invalid'],
    [429, 'TooManyRequests', 'throttled'],
    [500, 'InternalError', 'unreachable'],
    [504, undefined, 'unreachable'],
  ];
  for (const [status, reason, code] of codes) {
    test(`${status} ${reason ?? ''} is ${code}`, () => {
      const error = answered(status, { reason, message: 'why' });
      assert.equal(error.code, code);
      assert.equal(error.details.status, status);
      assert.equal(error.details.object, 'ConfigMap a/b');
      assert.equal(error.message, 'Cannot patch ConfigMap a/b: why');
    });
  }

  test('names the field that the server names', () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'x', field: 'spec.size' }];
    assert.equal(answered(422, { details: { causes } }).details.field, 'spec.size');
    const conflict = [{ reason: 'FieldManagerConflict', message: 'conflict with "helm"', field: '.data.a' }];
    assert.equal(answered(409, { reason: 'Conflict', details: { causes: conflict } }).details.field, 'data.a');
  });

  test('of an apply with a field that the kind does not have names it, though the server takes the blame with 500', () => {
    const message =
      'failed to create typed patch object (a/b; apps/v1, Kind=Deployment): .spec.replcas: field not declared in schema';
    const error = answered(500, { reason: 'InternalError', message });
    assert.equal(error.code, 'invalid');
    assert.equal(error.details.field, 'spec.replcas');
    assert.equal(error.message, `Cannot patch ConfigMap a/b: ${message}`);
  });

  test('for want of a right says which right to grant to whom', () => {
    const message =
      'pods is forbidden: User "system:serviceaccount:x:y" cannot list resource "pods" in API group "" in the namespace "x"';
    const says = 'Grant "list" on "pods" (API group "") in namespace x to system:serviceaccount:x:y.';
    assert.equal(answered(403, { message }).advice, says);
    const everywhere = 'User "y" cannot delete resource "nodes" in API group "" at the cluster scope';
    const words = 'Grant "delete" on "nodes" (API group "") at cluster scope to y.';
    assert.equal(answered(403, { message: everywhere }).advice, words);
  });

  test('by a policy or webhook does not advise to grant rights', () => {
    const policy = `pods "x" is forbidden: ValidatingAdmissionPolicy 'guard' with binding 'guard' denied request: still in use`;
    assert.match(answered(403, { message: policy }).advice, /policy refuses/);
    const dead = 'Internal error occurred: failed calling webhook "check.example.com": connection refused';
    assert.match(answered(500, { message: dead }).advice, /check\.example\.com/);
  });

  test('because the namespace is going away can be told from the lack of a right', () => {
    const details = { causes: [{ reason: 'NamespaceTerminating', message: 'namespace x is being terminated' }] };
    const error = answered(403, { reason: 'Forbidden', message: 'forbidden: namespace x is being terminated', details });
    assert.equal(error.code, 'forbidden');
    assert.equal(error.details.reason, 'NamespaceTerminating');
  });

  test('carries how long to wait', () => {
    assert.equal(answered(429, { details: { retryAfterSeconds: 2 } }).details.retryAfterMs, 2_000);
    assert.equal(errorOfAnswer(attempt, 429, {}, 500).details.retryAfterMs, 500);
  });

  test('names the account that it was made as', () => {
    const found = errorOfAnswer({ ...attempt, account: 'someone' }, 403, 'no').message;
    assert.match(found, /^Cannot patch ConfigMap a\/b as someone: no$/);
  });

  test('of no sense is told all the same', () => {
    assert.equal(answered(502, '').message, 'Cannot patch ConfigMap a/b: the server answered 502');
    assert.equal(answered(502, null).message, 'Cannot patch ConfigMap a/b: the server answered 502');
    assert.ok(answered(502, 'x'.repeat(10_000)).message.length < 600);
  });

  test('of any shape is a refusal: fields of other types count as absent', () => {
    for (const body of [
      null,
      1,
      [],
      'text',
      { message: 1, reason: {}, details: 'x' },
      { details: { causes: [null, { field: 1 }, 'x'] } },
    ]) {
      assert.equal(answered(500, body).details.status, 500);
    }
    const error = answered(422, { message: {}, details: { causes: [{ field: ['a'] }], retryAfterSeconds: 'soon' } });
    assert.match(error.message, /the server answered 422/);
    assert.deepEqual([error.details.field, error.details.retryAfterMs], [undefined, undefined]);
  });
});

describe('a failed connection', () => {
  const server = 'https://10.0.0.1:6443';
  const direct = { name: 'a', server, tls: {}, credentials: fixedCredentials({}), namespace: 'default' };
  const proxied = { ...direct, proxyUrl: 'http://jane:secret@proxy.example:3128' };
  const failed = (code: string) => Object.assign(new Error('failed'), { code });

  for (const [what, connection, cause, says] of [
    [
      'names the server that refuses it',
      direct,
      failed('ECONNREFUSED'),
      /nothing listens at https:\/\/10\.0\.0\.1:6443: the connection is/,
    ],
    ['names a network without a way', direct, failed('EHOSTUNREACH'), /there is no route to https:\/\/10\.0\.0\.1:6443$/],
    [
      'names a dead proxy, and not the server behind it',
      proxied,
      failed('ECONNREFUSED'),
      /at the proxy http:\/\/proxy\.example:3128: the/,
    ],
    [
      'names a proxy that does not resolve',
      proxied,
      failed('ENOTFOUND'),
      /the name in the proxy http:\/\/proxy\.example:3128 does not/,
    ],
    [
      'names a proxy that refuses',
      proxied,
      new Error('Proxy response (407) !== 200 when HTTP Tunneling'),
      /the proxy http:\/\/proxy\.example:3128 does not connect to https:\/\/10\.0\.0\.1:6443: it answers 407$/,
    ],
    [
      'names the server that ends a connection through the proxy',
      proxied,
      failed('ECONNRESET'),
      /https:\/\/10\.0\.0\.1:6443 closed/,
    ],
  ] as const) {
    test(what, () => {
      const error = errorOfConnection(attempt, connection, cause);
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /secret/);
      if (error.message.includes('proxy')) assert.match(error.advice, /NO_PROXY/);
    });
  }
});
