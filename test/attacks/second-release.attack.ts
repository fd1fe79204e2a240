/**
 * A second release of Bookend would lead beside the first, and its uninstall would delete every ClusterOperator: both
 * Helms refuse to install it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bookendChart, freshNamespace, operatorNamespace, useTestBed } from '../e2e/support.ts';

const values = ['--set', 'crds.install=false,replicas=0,fullnameOverride=other'];

describe('A second release', () => {
  const bed = useTestBed('second-release', { bookend: ['replicas=0'] });

  for (const helm of ['helm3', 'helm4'] as const) {
    for (const [where, namespace] of [
      ['in a namespace of its own', bed.namespace],
      ['beside the first', operatorNamespace],
    ] as const) {
      test(`${where} is refused by ${helm}, with the name of what exists, and leaves nothing behind`, async () => {
        await freshNamespace(bed.lab, namespace);
        const args = ['install', 'other', bookendChart, '-n', namespace, ...values];
        const { code, stderr } = await bed.lab.attempt(helm, args);
        assert.notEqual(code, 0, 'it was installed');
        // In one namespace more than one name is taken, and Helm says the first that it comes to.
        const taken = namespace === operatorNamespace ? '\\w+ "bookend[^"]*"' : 'ClusterRole "bookend-operator"';
        assert.match(stderr, new RegExp(`${taken} in namespace "[^"]*" exists and cannot be imported into the current release`));
        const accounts = await bed.cluster.list({ apiVersion: 'v1', kind: 'ServiceAccount', namespace });
        assert.ok(!accounts.items.some(({ metadata }) => metadata.name === 'other'));
        await bed.lab.attempt(helm, ['uninstall', 'other', '-n', namespace, '--no-hooks']);
        const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'bookend-operator' };
        const kept = await bed.cluster.get(role);
        assert.equal(kept?.metadata.annotations?.['meta.helm.sh/release-name'], 'bookend', 'the first one is whole');
      });
    }
  }
});
