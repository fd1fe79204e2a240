/**
 * The hook of `charts/bookend-hook` makes an account and rights for itself and removes them. What somebody else made is
 * never among what it removes.
 */

import { join } from 'node:path';
import { describe, test } from 'node:test';
import { refOf } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { rbac } from '../../tools/lab/access.ts';
import { put } from '../e2e/support.ts';
import { assertUntouched, useAttacked } from './support.ts';

const release = 'e2e-hooked';

describe('The hook', () => {
  const attacked = useAttacked('hook-names');
  const { namespace } = attacked;

  test('touches no ServiceAccount, Role or ClusterRole that it did not make, whatever it is called', async () => {
    const { lab } = attacked;
    const chart = join(attacked.release.directory, 'examples', 'own-operator');
    await lab.run('helm4', ['install', release, chart, '-n', namespace, '--wait']);
    // The names that a person would think of, and those that the chart of a namesake in another namespace once had.
    const names = [`${release}-bookend-hook`, `${namespace}-${release}-bookend-hook`, `bookend-hook-${release}`];
    const theirs: KubernetesObject[] = [];
    for (const name of names)
      for (const object of [
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
        { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name, namespace }, rules: [] },
        { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules: [] },
      ]) {
        await put(attacked, object);
        theirs.push((await attacked.cluster.get({ ...object, ...object.metadata })) ?? object);
      }
    try {
      await lab.run('helm4', ['uninstall', release, '-n', namespace]);
      for (const object of theirs) await assertUntouched(attacked, object);
    } finally {
      for (const object of theirs) await attacked.cluster.delete(refOf(object));
    }
  });
});
