import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withAppliedFields } from './applied-fields.ts';

const entry = (manager: string, operation: string, fieldsV1: object, more: object = {}) => ({
  manager,
  operation,
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
});

describe('what was created', () => {
  test('counts as applied afterwards, together with what was applied since; entries of others stay', () => {
    const theirs = entry('kubectl', 'Update', { 'f:data': { 'f:theirs': {} } });
    const status = entry('bookend', 'Update', { 'f:status': {} }, { subresource: 'status' });
    const moved = withAppliedFields(
      [
        entry('bookend', 'Update', { 'f:data': { '.': {}, 'f:old': {}, 'f:both': {} } }),
        theirs,
        status,
        entry('bookend', 'Apply', { 'f:data': { 'f:both': {}, 'f:new': {} } }),
      ],
      'bookend',
    );
    assert.deepEqual(moved, [
      theirs,
      status,
      entry('bookend', 'Apply', { 'f:data': { '.': {}, 'f:old': {}, 'f:both': {}, 'f:new': {} } }),
    ]);
  });

  test('is left as it is when nothing of ours was entered by an update', () => {
    assert.equal(withAppliedFields([entry('bookend', 'Apply', {}), entry('kubectl', 'Update', {})], 'bookend'), undefined);
    assert.equal(withAppliedFields(undefined, 'bookend'), undefined);
  });
});
