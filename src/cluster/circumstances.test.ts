import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BookendError } from '../errors.ts';
import { wordsOf } from './circumstances.ts';
import { errorOfAnswer } from './kube/errors.ts';

const attempt = { verb: 'create', target: 'ConfigMap shop/settings', object: 'ConfigMap shop/settings' };

describe('a refusal of the API server, in the words of a real one', () => {
  test('because the namespace is missing says so, and what to do', () => {
    const message = 'namespaces "shop" not found';
    const body = { reason: 'NotFound', message, details: { name: 'shop', kind: 'namespaces' }, code: 404 };
    const error = errorOfAnswer(attempt, 404, body);
    assert.equal(error.details.reason, 'NamespaceNotFound');
    assert.equal(
      wordsOf(error),
      'Cannot create ConfigMap shop/settings: namespaces "shop" not found: namespace shop does not exist: create it, or make it an object of the same ClusterOperator',
    );
  });

  test('about a Namespace that is missing itself is no such circumstance', () => {
    const body = { reason: 'NotFound', message: 'namespaces "shop" not found', details: { name: 'shop', kind: 'namespaces' } };
    const error = errorOfAnswer({ verb: 'patch', target: 'Namespace shop', object: 'Namespace shop' }, 404, body);
    assert.equal(error.details.reason, 'NotFound');
    assert.equal(wordsOf(error), error.message);
  });

  test('because a quota is used up names the quota, and how to look at it', () => {
    const message =
      'configmaps "settings" is forbidden: exceeded quota: objects, requested: count/configmaps=1, used: count/configmaps=5, limited: count/configmaps=5';
    const error = errorOfAnswer(attempt, 403, {
      reason: 'Forbidden',
      message,
      details: { name: 'settings', kind: 'configmaps' },
    });
    assert.equal(error.details.reason, 'QuotaExceeded');
    assert.match(wordsOf(error), /leaves no room: .* \(kubectl describe resourcequota objects -n shop\)$/);
  });

  test('because a quota wants values that the object does not have is the same circumstance', () => {
    const message = 'pods "x" is forbidden: failed quota: compute: must specify limits.cpu for: c';
    assert.equal(errorOfAnswer(attempt, 403, { reason: 'Forbidden', message }).details.reason, 'QuotaExceeded');
  });

  test('because etcd cannot store so much is no failure of the API server, and says what to do', () => {
    for (const message of [
      'etcdserver: request is too large',
      'rpc error: code = ResourceExhausted desc = trying to send message larger than max (2250000 vs. 2097152)',
    ]) {
      const error = errorOfAnswer(attempt, 500, { message });
      assert.deepEqual([error.code, error.details.reason], ['invalid', 'TooLarge']);
      assert.match(wordsOf(error), /larger than etcd stores \(1\.5 MiB\): split it/);
    }
  });

  test('by a policy that only speaks of quotas is none', () => {
    const message = `configmaps "x" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: exceeded quota: mine`;
    assert.equal(errorOfAnswer(attempt, 403, { reason: 'Forbidden', message }).details.reason, 'Forbidden');
  });

  test('for want of the kind says that it is not served yet', () => {
    const error = new BookendError('not-found', 'The cluster serves no kind Widget in example.dev/v1', {
      reason: 'KindNotServed',
    });
    assert.match(wordsOf(error), /: its kind is not served yet: install its CustomResourceDefinition/);
  });

  test('of any other kind, and any other error, is its message', () => {
    assert.equal(wordsOf(errorOfAnswer(attempt, 409, { message: 'no' })), 'Cannot create ConfigMap shop/settings: no');
    assert.equal(wordsOf(new Error('broken')), 'broken');
    assert.equal(wordsOf('odd'), 'odd');
  });
});
