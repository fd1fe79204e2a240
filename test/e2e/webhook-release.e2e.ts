/**
 * The admission webhook through the life of its release, with both Helms: no upgrade takes its certificate or the API
 * server's trust away, and an uninstall refuses no Pod, although what answers goes.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HelmVersion } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { snapshot } from '../../tools/lab/residue.ts';
import { clusterOperator, configMap, inOne } from './objects.ts';
import { assertUnbroken, sharingPod, whilePodsAreCreated } from './pod-stream.ts';
import { bookendChart, bringUp, installBookend, operatorNamespace, untilNothingIsLeft, useTestBed } from './support.ts';
import { caBundle, certificateSecret, settled, webhookConfiguration } from './webhook-state.ts';

describe('The webhook of a release', () => {
  const bed = useTestBed('webhook-release', { bookend: false });
  const certificate = async () => (await bed.cluster.get(certificateSecret))?.data;
  const admitted = () =>
    until('a labelled Pod to be admitted', () =>
      bed.cluster.create(sharingPod('e2e-first', bed.namespace), { dryRun: true }).catch(() => undefined),
    );

  for (const helm of ['helm4', 'helm3'] satisfies HelmVersion[]) {
    const upgrade = (...args: string[]) =>
      bed.lab.run(helm, ['upgrade', 'bookend', bookendChart, '-n', operatorNamespace, '--wait', ...args]);

    test(`answers through ${helm} upgrades and a rollback, and mends itself after one by force`, async () => {
      const { lab, cluster, namespace } = bed;
      await installBookend(lab, helm);
      await admitted();
      const [before, trusted] = [await certificate(), await caBundle(cluster)];
      assert.equal(trusted.size, 1);
      const stream = await whilePodsAreCreated(cluster, namespace, async () => {
        await upgrade();
        await upgrade('--set', 'logLevel=debug');
        await lab.run(helm, ['rollback', 'bookend', '1', '-n', operatorNamespace, '--wait']);
      });
      assertUnbroken(stream);
      assert.deepEqual(await certificate(), before, 'the certificate is still the first');
      assert.deepEqual(await caBundle(cluster), trusted);

      await upgrade(...(helm === 'helm4' ? ['--force-replace', '--server-side=false'] : ['--force']));
      await settled();
      await admitted();
      assertUnbroken(await whilePodsAreCreated(cluster, namespace, settled));
      await lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']);
    });

    test(`stays when ${helm} uninstall is held up, and then goes without refusing a Pod`, async () => {
      const { lab, cluster, namespace } = bed;
      const before = await snapshot(cluster);
      await installBookend(lab, helm, ['uninstall.timeoutSeconds=10']);
      await admitted();
      const name = 'e2e-held';
      await bringUp(bed, clusterOperator(name, namespace, inOne(configMap(name))));
      const held = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
      // As somebody else: what Bookend itself once wrote and does not want any more it takes away again.
      const blocker = { metadata: { finalizers: ['e2e.example/blocker'] } };
      await cluster.patch(held, { type: 'merge', value: blocker }, { fieldManager: 'e2e' });

      const stream = await whilePodsAreCreated(cluster, namespace, async () => {
        const failed = await lab.attempt(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--timeout', '120s']);
        assert.notEqual(failed.code, 0, 'the uninstall is held up');
      });
      assertUnbroken(stream);
      assert.ok(await cluster.get(webhookConfiguration), 'the release still serves its webhook');

      await cluster.patch(held, { type: 'merge', value: { metadata: { finalizers: null } } });
      const last = await whilePodsAreCreated(cluster, namespace, () =>
        lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']),
      );
      assert.deepEqual(last.refusals, [], 'no Pod was refused');
      assert.ok(last.admitted > last.shared, 'at the end they went by without a share');
      await untilNothingIsLeft(bed, before);
    });
  }
});
