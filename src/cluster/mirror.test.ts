import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BookendError } from '../errors.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { dropManagedFields, Mirror, type MirrorChange } from './mirror.ts';
import type { Cluster, Query, WatchListener } from './port.ts';

describe('a mirror', () => {
  test('is empty and not synced until the first whole state has arrived', async () => {
    const { mirror, tell } = setUp();
    assert.equal(mirror.synced, false);
    assert.deepEqual(mirror.all(), []);
    const synced = mirror.whenSynced();
    tell.replace([pod('a')]);
    await synced;
    await mirror.whenSynced();
    assert.equal(mirror.synced, true);
    assert.equal(mirror.size, 1);
  });

  test('is synced by an empty state', async () => {
    const { mirror, tell } = setUp();
    tell.replace([]);
    await mirror.whenSynced();
    assert.deepEqual(mirror.all(), []);
  });

  test('answers by identity, by uid and by owner', () => {
    const { mirror, tell } = setUp();
    const [a, b] = [pod('a', { uid: 'uid-a', owners: ['x'] }), pod('b', { uid: 'uid-b', owners: ['x', 'y'] })];
    tell.replace([a, b]);
    assert.equal(mirror.get(idOf(a)), a);
    assert.equal(mirror.byUid('uid-b'), b);
    assert.deepEqual(mirror.byOwner('x'), [a, b]);
    assert.deepEqual(mirror.byOwner('y'), [b]);
    assert.deepEqual(mirror.byOwner('z'), []);
  });

  test('forgets an owner that the object forgot', () => {
    const { mirror, tell } = setUp();
    tell.replace([pod('a', { version: 1, owners: ['x'] })]);
    tell.changed(pod('a', { version: 2, owners: ['y'] }));
    assert.deepEqual(mirror.byOwner('x'), []);
    assert.equal(mirror.byOwner('y').length, 1);
  });

  test('forgets a removed object everywhere', () => {
    const { mirror, tell } = setUp();
    const a = pod('a', { uid: 'uid-a', owners: ['x'] });
    tell.replace([a]);
    tell.removed(a);
    assert.equal(mirror.get(idOf(a)), undefined);
    assert.equal(mirror.byUid('uid-a'), undefined);
    assert.deepEqual(mirror.byOwner('x'), []);
    assert.equal(mirror.size, 0);
  });

  test('drops what a new whole state does not contain', () => {
    const { mirror, tell } = setUp();
    tell.replace([pod('a'), pod('b')]);
    tell.replace([pod('b')]);
    const left = mirror.all().map((each) => each.metadata.name);
    assert.deepEqual(left, ['b']);
  });

  test('never goes back to an older state of an object', () => {
    const { mirror, tell } = setUp();
    const current = pod('a', { version: 10 });
    tell.replace([current]);
    tell.changed(pod('a', { version: 9 }));
    assert.equal(mirror.get(idOf(current)), current);
    tell.replace([pod('a', { version: 8 })]);
    assert.equal(mirror.get(idOf(current)), current);
  });

  test('compares versions that are larger than a double can hold', () => {
    const { mirror, tell } = setUp();
    tell.replace([pod('a', { version: '9007199254740993' })]);
    tell.changed(pod('a', { version: '9007199254740992' }));
    assert.equal(mirror.all()[0]?.metadata.resourceVersion, '9007199254740993');
  });

  test('is not deceived by a late removal of an earlier object of the same name', () => {
    const { mirror, tell } = setUp();
    const [first, second] = [pod('a', { uid: 'first', version: 1 }), pod('a', { uid: 'second', version: 2 })];
    tell.replace([first]);
    tell.changed(second);
    tell.removed(first);
    assert.equal(mirror.byUid('second'), second);
    assert.equal(mirror.byUid('first'), undefined);
  });

  test('tells each change once, with what was there before', () => {
    const { mirror, tell } = setUp();
    const heard: MirrorChange[] = [];
    const stop = mirror.onChange((change) => heard.push(change));
    const [one, two, other] = [pod('a', { version: 1 }), pod('a', { version: 2 }), pod('b', { version: 1 })];
    tell.replace([one, other]);
    tell.changed(two);
    tell.changed(two);
    tell.replace([two]);
    stop();
    tell.removed(two);
    assert.deepEqual(heard, [
      { id: idOf(one), object: one },
      { id: idOf(other), object: other },
      { id: idOf(one), object: two, previous: one },
      { id: idOf(other), previous: other },
    ]);
  });

  test('shows the new state to whoever is told of it', () => {
    const { mirror, tell } = setUp();
    mirror.onChange(({ id, object }) => assert.equal(mirror.get(id), object));
    tell.replace([pod('a', { version: 1 })]);
    tell.changed(pod('a', { version: 2 }));
    tell.removed(pod('a', { version: 3 }));
  });

  test('has the cluster keep only what prune leaves', () => {
    const { query } = setUp(dropManagedFields);
    const a = pod('a', { uid: 'uid-a' });
    a.metadata.managedFields = [{ manager: 'somebody' }];
    assert.deepEqual(query?.keep?.(a), pod('a', { uid: 'uid-a' }));
  });

  test('goes on answering while the watch is in trouble, and says so', () => {
    const { mirror, tell } = setUp();
    tell.replace([pod('a')]);
    const error = new BookendError('unreachable', 'connection refused');
    tell.trouble?.(error);
    assert.equal(mirror.trouble, error);
    assert.equal(mirror.synced, true);
    assert.equal(mirror.size, 1);
    tell.trouble?.(undefined);
    assert.equal(mirror.trouble, undefined);
  });

  test('closes its watch, and tells those who still wait', async () => {
    const { mirror, closed } = setUp();
    const waiting = mirror.whenSynced();
    mirror.close();
    mirror.close();
    await assert.rejects(waiting, { code: 'unreachable' });
    await assert.rejects(mirror.whenSynced(), { code: 'unreachable' });
    assert.equal(closed(), 1);
  });
});

/** A mirror on a cluster that does nothing but hand out its listener. */
function setUp(prune?: (object: KubernetesObject) => KubernetesObject) {
  let listener: WatchListener | undefined;
  let query: Query | undefined;
  let closes = 0;
  const cluster = {
    watch: (asked: Query, given: WatchListener) => {
      query = asked;
      listener = given;
      return {
        close: () => {
          closes += 1;
        },
      };
    },
  } as unknown as Cluster;
  const mirror = new Mirror(cluster, { apiVersion: 'v1', kind: 'Pod' }, prune ? { prune } : {});
  assert.ok(listener);
  return { mirror, tell: listener, query, closed: () => closes };
}

function pod(name: string, { uid = `uid-${name}`, version = 1, owners = [] }: Sample = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'somewhere',
      uid,
      resourceVersion: String(version),
      ownerReferences: owners.map((owner) => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner })),
    },
  };
}

type Sample = { uid?: string; version?: number | string; owners?: string[] };
