import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCode } from '../errors.ts';
import { labelMatcher } from './selectors.ts';

const web = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', labels: { app: 'web', tier: 'a' } } };
const bare = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare' } };
const matches = (selector: string) => [web, bare].map((pod) => labelMatcher(selector)?.(pod));

test('Requirements of a selector must all hold', () => {
  assert.deepEqual(matches('app=web,tier in (a, b),!legacy'), [true, false]);
  assert.deepEqual(matches('app == web,tier notin (a)'), [false, false]);
});

test('An object without the label meets what is negated, and nothing else', () => {
  assert.deepEqual(matches('app!=db'), [true, true]);
  assert.deepEqual(matches('app notin (db)'), [true, true]);
  assert.deepEqual(matches('app'), [true, false]);
  assert.deepEqual(matches('!app'), [false, true]);
});

test('An empty selector selects nothing in particular, an unreadable one is refused', () => {
  assert.equal(labelMatcher(' '), undefined);
  assert.throws(
    () => labelMatcher('app in web'),
    (error) => isCode(error, 'invalid') && /app in web/.test(error.message),
  );
});
