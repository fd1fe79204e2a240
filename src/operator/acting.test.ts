import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../errors.ts';
import { refuseOwnAccount } from './acting.ts';

const account = { namespace: 'tools', name: 'deployer' };
const place = 'spec.components[0].objects[0]';
const refuses = (object: object) =>
  assert.throws(
    () => refuseOwnAccount([{ object: object as never, place }], account),
    (error) => isCode(error, 'bad-input') && error.details.field === place,
  );

describe('the acting account may not be part of what is torn down', () => {
  test('not itself', () => refuses({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account }));
  test('not its namespace', () => refuses({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tools' } }));
  test('not a binding that gives it rights, by account or by user name', () => {
    const binding = (subject: object) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'x', namespace: 'tools' },
      subjects: [subject],
    });
    refuses(binding({ kind: 'ServiceAccount', name: 'deployer' }));
    refuses(binding({ kind: 'User', name: 'system:serviceaccount:tools:deployer' }));
  });
  test('others of the same kinds may', () => {
    refuseOwnAccount(
      [{ object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'deployer', namespace: 'other' } }, place }],
      account,
    );
  });
});
