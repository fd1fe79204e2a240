import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectId } from '../src/objects/identity.ts';
import type { Sighting } from '../tools/lab/observe.ts';
import { endingMs } from './endings.ts';

const sighting = (what: Sighting['what'], atMs: number, apiVersion: string, kind: string, name: string): Sighting => ({
  ...{ what, atMs, object: { apiVersion, kind, metadata: { name, namespace: 'a' } } },
});

test('an object ends with the last of its Pods', () => {
  const sightings = [
    sighting('created', 1, 'apps/v1', 'Deployment', 'web'),
    sighting('gone', 100, 'apps/v1', 'Deployment', 'web'),
    sighting('terminating', 110, 'v1', 'Pod', 'web-1-x'),
    sighting('gone', 1_300, 'v1', 'Pod', 'web-1-x'),
    sighting('gone', 9_000, 'v1', 'Pod', 'website-1-x'),
    sighting('terminating', 2_000, 'v1', 'ConfigMap', 'web'),
    sighting('gone', 2_004, 'v1', 'ConfigMap', 'web'),
  ];
  assert.equal(endingMs(sightings, 'Deployment.apps/a/web' as ObjectId), 1_200);
  assert.equal(endingMs(sightings, 'ConfigMap/a/web' as ObjectId), 4);
  assert.equal(endingMs(sightings, 'Secret/a/web' as ObjectId), 0);
});
