/**
 * Memory: a team that may write ClusterOperators fills the cluster with large ones. The operator, with the limit that
 * the chart gives it, holds their metadata and what it works on, so it lives, and goes on serving others.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inTurns } from '../../src/cluster/in-turns.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import { until } from '../../tools/lab/observe.ts';
import { clusterOperator, configMap, inOne } from '../e2e/objects.ts';
import { bringUp } from '../e2e/support.ts';
import { platformOperator, removeAll, restartsOf, teamOf, useAttacked } from './support.ts';

/**
 * 60 to 80 of them were too many for an operator that held them all. `BOOKEND_ATTACK_LARGE=200` proves what is
 * documented.
 */
const count = Number(process.env.BOOKEND_ATTACK_LARGE ?? 75);

/** What one carries, in bytes: with the rest just below what a ClusterOperator may have. */
const payloadBytes = 1_000_000;

describe('Large ClusterOperators', () => {
  const attacked = useAttacked('capacity');
  const { namespace } = attacked;
  const before: string[] = [];

  test(`${count} of 1 MB do not kill the operator, and it goes on serving others`, async () => {
    const team = await teamOf(attacked, 'large');
    before.push(...(await restartsOf(attacked)));
    const data = { filling: 'x'.repeat(payloadBytes) };
    const names = [...Array(count).keys()].map((index) => `e2e-large-${index}`);
    await inTurns(4, names, (name) =>
      team.cluster.create(
        clusterOperator(name, team.namespace, inOne(configMap('e2e-one-for-all', data)), {
          serviceAccountName: team.account,
        }),
      ),
    );
    // Somebody else's is served beside them.
    await bringUp(attacked, platformOperator('e2e-beside', namespace, inOne(configMap('e2e-beside'))));
    // Of each only whether the operator has said anything of it: all of them together are large.
    const isSilent = (object: KubernetesObject) => isLarge(object) && (object as ClusterOperator).status?.phase === undefined;
    const keep = (object: KubernetesObject) =>
      isSilent(object) ? { ...clusterOperatorKind, metadata: object.metadata } : undefined;
    await until(
      'every one of them to be looked at',
      async () => (await attacked.cluster.list({ ...clusterOperatorKind, keep })).items.length === 0,
      180_000,
      5_000,
    );
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    assert.deepEqual(await restartsOf(attacked), before, 'the operator was not restarted');
    await removeAll(attacked, 'e2e-beside');
  });

  test('deleting them all does not kill it either', async () => {
    const names = [...Array(count).keys()].map((index) => `e2e-large-${index}`);
    await inTurns(8, names, (name) => attacked.cluster.delete({ ...clusterOperatorKind, name }));
    await until(
      'all of them to be gone',
      async () => !(await attacked.cluster.list({ ...clusterOperatorKind, metadataOnly: true })).items.some(isLarge),
      300_000,
      1_000,
    );
    assert.deepEqual(await restartsOf(attacked), before, 'the operator was not restarted');
  });
});

function isLarge({ metadata }: KubernetesObject): boolean {
  return metadata.name.startsWith('e2e-large-');
}
