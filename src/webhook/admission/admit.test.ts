/**
 * What becomes of a Pod: the very result of `applyShares`, once and for all, or a refusal that names the annotation.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyShares } from '../../share/apply.ts';
import { parseShare } from '../../share/notation.ts';
import type { ShareSettings } from '../../share/share.ts';
import { admit } from './admit.ts';

const settings: ShareSettings = { seedImage: 'registry.example/seed:1', imageVolumes: { known: false, reason: 'not looked at' } };
const web = 'app:/srv/www -> nginx:/usr/share/nginx/html:ro';
const cache = 'app:/cache, nginx:/var/cache';

describe('A labelled Pod', () => {
  test('becomes what applyShares makes of it, whatever stands in it besides', () => {
    const labelled = pod({ 'share.bookend.dev/web': web, 'share.bookend.dev/cache': cache, 'other.example/x': 'y' });
    const shares = [parseShare(cache, 'cache'), parseShare(web, 'web')];
    assert.deepEqual(admit(labelled, settings), { object: applyShares(labelled, shares, settings) });
  });

  test('that has its shares already is left as it is: being asked again changes nothing', () => {
    const once = admitted(pod({ 'share.bookend.dev/web': web, 'share.bookend.dev/cache': cache }));
    assert.deepEqual(admitted(once), once);
  });

  test('that another webhook has added to keeps that, and its own shares', () => {
    const once = admitted(pod({ 'share.bookend.dev/web': web }));
    const spec = once.spec as { containers: object[]; initContainers: object[] };
    const sidecar = { name: 'proxy', image: 'proxy' };
    const changed = {
      ...once,
      spec: {
        ...spec,
        containers: [...spec.containers, sidecar],
        initContainers: [{ name: 'first', image: 'x' }, ...spec.initContainers],
      },
    };
    assert.deepEqual(admitted(changed), changed);
  });

  test('is refused with each wrong annotation and what is wrong in it', () => {
    assertRefused(pod({ 'share.bookend.dev/a': 'app', 'share.bookend.dev/b': 'app:/x -> ', 'share.bookend.dev/web': web }), [
      ['metadata.annotations[share.bookend.dev/a]', /expected ":" and a path/],
      ['metadata.annotations[share.bookend.dev/b]', /expected a container name/],
    ]);
  });

  test('is refused with what does not fit the Pod', () => {
    assertRefused(pod({ 'share.bookend.dev/web': 'app:/srv -> nobody:/x:ro' }), [
      ['metadata.annotations[share.bookend.dev/web]', /nobody/],
    ]);
    assertRefused(pod({ 'share.bookend.dev/web': 'app:srv -> nginx:/x:ro' }), [
      ['metadata.annotations[share.bookend.dev/web]', /srv/],
    ]);
  });

  test('is refused when no annotation says what it shares: the label alone is a mistake', () => {
    assertRefused(pod({ 'shares.bookend.dev/web': web }), [
      ['metadata.labels[share.bookend.dev/inject]', /asks for shares, and no annotation names one/],
    ]);
    assertRefused({ spec: {} }, [['metadata.labels[share.bookend.dev/inject]', /no annotation names one/]]);
  });
});

function pod(annotations: Record<string, string>) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'web-', labels: { 'share.bookend.dev/inject': 'true' }, annotations },
    spec: {
      containers: [
        { name: 'app', image: 'app:1' },
        { name: 'nginx', image: 'nginx:1', unheardOf: { field: 1 } },
      ],
      alsoUnheardOf: true,
    },
    status: {},
  };
}

function admitted(object: Record<string, unknown>): Record<string, unknown> {
  const verdict = admit(object, settings);
  assert.ok('object' in verdict, JSON.stringify(verdict));
  return verdict.object;
}

function assertRefused(object: Record<string, unknown>, expected: [field: string, says: RegExp][]): void {
  const verdict = admit(object, settings);
  assert.ok('refused' in verdict, 'it is refused');
  const { refused } = verdict;
  assert.deepEqual(
    refused.map(({ field }) => field),
    expected.map(([field]) => field),
  );
  for (const [index, [, says]] of expected.entries()) assert.match(refused[index]?.message ?? '', says);
}
