import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOfAnswer } from './errors.ts';

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
    assert.equal(
      answered(403, { message }).advice,
      'Grant "list" on "pods" (API group "") in namespace x to system:serviceaccount:x:y.',
    );
    const everywhere = 'User "y" cannot delete resource "nodes" in API group "" at the cluster scope';
    assert.equal(
      answered(403, { message: everywhere }).advice,
      'Grant "delete" on "nodes" (API group "") at cluster scope to y.',
    );
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
    assert.match(
      errorOfAnswer({ ...attempt, account: 'someone' }, 403, 'no').message,
      /^Cannot patch ConfigMap a\/b as someone: no$/,
    );
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
