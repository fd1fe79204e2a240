/**
 * The installation itself: no rights that nobody gave, nothing acted upon that no policy has judged, and a webhook that
 * mends itself. It removes and installs Bookend; the file that follows puts it back as it should be.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import { granted, userOf } from '../../tools/lab/access.ts';
import { until } from '../../tools/lab/observe.ts';
import { clusterOperator, configMap, inOne } from '../e2e/objects.ts';
import { sharingPod } from '../e2e/pod-stream.ts';
import { bringUp, conditionOf, operatorNamespace, put, untilGone, untilReady, untilResource } from '../e2e/support.ts';
import { caBundle, certificateSecret } from '../e2e/webhook-state.ts';
import { idlePod, install, operatorPods, platformOperator, refusalOf, removeAll, useAttacked } from './support.ts';

const operator = {
  user: `system:serviceaccount:${operatorNamespace}:bookend`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${operatorNamespace}`, 'system:authenticated'],
};

describe('The installation', () => {
  const attacked = useAttacked('installation');
  const { namespace } = attacked;

  test('the deployer account has no rights that nobody gave it', async () => {
    const account = `--as=system:serviceaccount:${operatorNamespace}:bookend-deployer`;
    for (const question of [
      ['*', '*'],
      ['create', 'configmaps'],
      ['get', 'secrets'],
      ['delete', 'namespaces'],
    ]) {
      const { stdout } = await attacked.lab.attempt('kubectl', ['auth', 'can-i', ...question, account, '--all-namespaces']);
      assert.equal(stdout.trim(), 'no', question.join(' '));
    }
  });

  test('the operator may not create a privileged Pod anywhere, its own namespace included', async () => {
    const asOperator = attacked.cluster.as(operator);
    const { items } = await attacked.cluster.list({ apiVersion: 'v1', kind: 'Namespace', metadataOnly: true });
    const privileged = {
      hostPID: true,
      volumes: [{ name: 'root', hostPath: { path: '/' } }],
      containers: [
        {
          name: 'main',
          image: 'any',
          securityContext: { privileged: true },
          volumeMounts: [{ name: 'root', mountPath: '/host' }],
        },
      ],
    };
    for (const where of items.map(({ metadata }) => metadata.name))
      await refusalOf(`a privileged Pod in ${where}`, () =>
        asOperator.create(idlePod('e2e-privileged', where, {}, privileged), { dryRun: true }),
      );
  });

  test('the webhook’s Secret deleted and the operator restarted: it mends itself', async () => {
    const trusted = await caBundle(attacked.cluster);
    assert.ok(trusted.size > 0);
    await attacked.cluster.delete(certificateSecret);
    for (const pod of await operatorPods(attacked))
      await attacked.lab.run('kubectl', ['delete', 'pod', pod.metadata.name, '-n', operatorNamespace, '--wait=false']);
    const admitted = async () => {
      const [pod] = await operatorPods(attacked);
      if (pod === undefined) return undefined;
      return attacked.cluster.create(sharingPod('e2e-mended', namespace), { dryRun: true }).catch(() => undefined);
    };
    // The old Pod answers for some seconds more.
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    await until('a labelled Pod to be admitted again', admitted, 60_000);
    assert.ok(await attacked.cluster.get(certificateSecret), 'the Secret is there again');
    await attacked.lab.run('kubectl', ['rollout', 'status', 'deployment/bookend', '-n', operatorNamespace, '--timeout=60s']);
  });

  test('a ClusterOperator made while no policy existed is not acted upon until somebody entitled accepts it', async () => {
    const { lab, release } = attacked;
    const name = 'e2e-unjudged';
    const helm = (args: string[]) => lab.run('helm4', [...args, '-n', operatorNamespace]);
    const values = [...release.values, 'crds.keep=true'];
    await helm(['upgrade', 'bookend', release.chart, '--wait', ...values.flatMap((value) => ['--set', value])]);
    await helm(['uninstall', 'bookend', '--wait']);
    // Anybody who may write ClusterOperators, and nothing else.
    const verbs = ['get', 'list', 'create', 'patch', 'update'];
    const rules = [{ apiGroups: ['bookend.dev'], resources: ['clusteroperators'], verbs }];
    await put(attacked, ...granted('ClusterRole', { name: 'e2e-writers' }, rules, userOf('e2e-writer')));
    const writer = attacked.cluster.as({ user: 'e2e-writer', groups: ['system:authenticated'] });
    const spec = clusterOperator(name, namespace, inOne(configMap(name)), {
      serviceAccountName: 'platform',
    });
    await until('the right to write it', () => writer.create(spec).catch(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await install(lab, { ...release, values });
    await bringUp(attacked, platformOperator('e2e-judged', namespace, inOne(configMap('e2e-judged'))));
    const found = await attacked.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
    assert.equal(found, undefined, 'it was not acted upon');
    const waiting = await untilResource(
      attacked,
      name,
      'says that nobody has judged it',
      ({ status }) => /judged/i.test(JSON.stringify(status ?? {})),
      30_000,
    );
    assert.notEqual(waiting.status?.phase, 'Ready');
    // Its writer cannot accept it: the annotation is policed.
    const policies = { apiVersion: 'admissionregistration.k8s.io/v1' };
    const uid = async (kind: string) => (await attacked.cluster.get({ ...policies, kind, name: 'bookend-rights' }))?.metadata.uid;
    const value = {
      metadata: {
        annotations: {
          'bookend.dev/judged-by': `${await uid('ValidatingAdmissionPolicy')}/${await uid('ValidatingAdmissionPolicyBinding')}`,
        },
      },
    };
    await refusalOf('accepting one’s own', () => writer.patch({ ...clusterOperatorKind, name }, { type: 'merge', value }));
    const message = `${conditionOf(waiting, 'Stalled')?.message ?? ''} ${waiting.status?.blocker ?? ''}`;
    assert.match(message, /bookend\.dev\/judged-by/, 'it says how to accept it');
    await attacked.cluster.patch({ ...clusterOperatorKind, name }, { type: 'merge', value });
    await untilReady(attacked, name);
    await removeAll(attacked, name, 'e2e-judged');
    await untilGone(attacked, name);
  });
});
