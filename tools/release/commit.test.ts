import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotationsOf, currentCommit } from './commit.ts';

test('what is released is named by version, commit and date, and by its address where that is known', () => {
  const commit = currentCommit(true, { GITHUB_SERVER_URL: 'https://git.example', GITHUB_REPOSITORY: 'x/bookend' });
  assert.match(commit.revision, /^[0-9a-f]{40}(-dirty)?$/);
  const { 'org.opencontainers.image.created': created, ...rest } = annotationsOf(commit, 'Title');
  assert.match(created ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
  assert.deepEqual(rest, {
    'org.opencontainers.image.title': 'Title',
    'org.opencontainers.image.version': commit.version,
    'org.opencontainers.image.revision': commit.revision,
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.source': 'https://git.example/x/bookend',
  });
  assert.ok(!('org.opencontainers.image.source' in annotationsOf(currentCommit(true, {}), 'Title')));
});
