/** The check of all rights before the first delete: few requests, and never a right that is not there. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, namespace, roleWithBinding } from '../../cli/testing/manifests.ts';
import { decorated } from '../../cluster/decorated.ts';
import type { Cluster } from '../../cluster/port.ts';
import { makeSimulatedCluster, serviceAccount } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { checkRights, type Need } from './rights.ts';

const space = 'shop';
const need = (verb: Need['verb'], kind: string, name?: string): Need => ({
  verb,
  ref: { apiVersion: 'v1', kind, ...(kind !== 'Node' && { namespace: space }), ...(name !== undefined && { name }) },
});

/** Of a person with these rules in the namespace. */
async function asked(rules: object[], needs: Need[], change: (cluster: Cluster) => Cluster = (cluster) => cluster) {
  const simulated = makeSimulatedCluster();
  const role = roleWithBinding(space, 'jane', rules as never);
  for (const object of [namespace(space), account(space, 'jane'), ...role]) await simulated.cluster.create(object);
  const { cluster } = simulated.connect(serviceAccount(space, 'jane'));
  simulated.clearRequests();
  const error = await checkRights(change(cluster), needs).then(
    () => undefined,
    (reason: Error) => reason.message,
  );
  const count = (kind: string) => simulated.requests.filter(({ ref }) => ref.kind === kind).length;
  return { error, lists: count('SelfSubjectRulesReview'), reviews: count('SelfSubjectAccessReview') };
}

describe('the check of rights', () => {
  const configMaps = { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'delete'] };
  const wanted = [need('get', 'ConfigMap', 'a'), need('delete', 'ConfigMap', 'a'), need('delete', 'ConfigMap', 'b')];

  test('asks once for a namespace in which everything is granted', async () => {
    assert.deepEqual(await asked([configMaps], wanted), { error: undefined, lists: 1, reviews: 0 });
  });

  test('knows rights to single objects', async () => {
    const some = { ...configMaps, resourceNames: ['a'] };
    assert.deepEqual(await asked([some], wanted.slice(0, 2)), { error: undefined, lists: 1, reviews: 0 });
    const { error } = await asked([some], wanted);
    assert.equal(error, 'a permission is missing for this uninstall: delete configmaps in namespace shop (b)');
  });

  test('takes no rule of a namespace for a right to what has none', async () => {
    const nodes = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
    const { error, reviews } = await asked([nodes], [...wanted, need('delete', 'Node', 'n')]);
    assert.match(error ?? '', /delete nodes \(n\)/);
    assert.ok(reviews > 0);
  });

  test('asks about each where an authorizer does not list its rules, or nobody may ask for them', async () => {
    const answer = (status: object | Error) => (cluster: Cluster) =>
      decorated(cluster, {
        create: async (object: KubernetesObject, options) => {
          if (object.kind !== 'SelfSubjectRulesReview') return cluster.create(object, options);
          if (status instanceof Error) throw status;
          return { ...object, status };
        },
      });
    const everything = { resourceRules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }], incomplete: true };
    const { error, reviews } = await asked([], wanted, answer(everything));
    assert.match(error ?? '', /2 permissions are missing/);
    assert.ok(reviews >= 2);
    const { error: none } = await asked([configMaps], wanted, answer({}));
    assert.equal(none, undefined);
  });
});
