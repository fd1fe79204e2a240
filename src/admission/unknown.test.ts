import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unknownOf } from './unknown.ts';

const reads = (expression: string) => ({ validations: [{ expression, message: 'the object of authorizer' }] });
const runner = { user: 'system:serviceaccount:ops:runner', groups: [], rightsKnown: true };

describe('what an expression reads and nobody knows', () => {
  test('is nothing where all of it was read', () => {
    assert.equal(unknownOf(reads('oldObject.spec.tier == "gold"'), { metadataOnly: false }), undefined);
    assert.equal(unknownOf(reads('oldObject.metadata.name == "a"'), { metadataOnly: true }), undefined);
    assert.equal(unknownOf(reads('object.?metadata.?labels.orValue({}).size() == 0'), { metadataOnly: true }), undefined);
    assert.equal(unknownOf(reads('request.userInfo.username != ""'), { metadataOnly: false, as: runner }), undefined);
  });

  test('is the object beyond its metadata, who asks, and what they may do', () => {
    assert.equal(unknownOf(reads('oldObject.spec.tier == "gold"'), { metadataOnly: true }), 'object');
    assert.equal(unknownOf(reads('has(object) && true'), { metadataOnly: true }), 'object');
    assert.equal(unknownOf(reads('request.userInfo.username != ""'), { metadataOnly: false }), 'it asks who makes the request');
    const rights = reads('authorizer.group("").resource("pods").check("get").allowed()');
    assert.match(
      unknownOf(rights, { metadataOnly: false, as: { ...runner, rightsKnown: false } }) ?? '',
      /what .*ops:runner may do/,
    );
    assert.equal(unknownOf(rights, { metadataOnly: false, as: runner }), undefined);
  });

  test('may stand in variables and conditions too', () => {
    const carrier = { variables: [{ name: 'who', expression: 'request.userInfo.groups' }], matchConditions: [] };
    assert.equal(unknownOf(carrier, { metadataOnly: false }), 'it asks who makes the request');
  });
});
