/**
 * ClusterOperators of others: whoever may write the kind, and may not act as the account of a ClusterOperator, changes
 * nothing on it and does not delete it, in whatever way the API server offers. No operator runs here; the API server
 * alone refuses.
 */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import { until } from '../../tools/lab/observe.ts';
import { clusterOperator, configMap, inOne } from '../e2e/objects.ts';
import { find, operatorNamespace, put, useTestBed } from '../e2e/support.ts';

const rbac = 'rbac.authorization.k8s.io';
const resource = 'clusteroperators.bookend.dev';
const operator = `system:serviceaccount:${operatorNamespace}:bookend`;
const path = '/apis/bookend.dev/v1alpha1/clusteroperators';

describe('ClusterOperators of others', () => {
  const bed = useTestBed('policies', { bookend: ['replicas=0'] });
  const { namespace } = bed;
  const victim = () => operatorOf('e2e-victim', 'deployer');
  const as = (user: string, args: string[], input?: object) =>
    bed.lab.attempt('kubectl', ['--as', user, ...args], input === undefined ? {} : { input: stringify(input) });
  const operatorOf = (name: string, account: string): KubernetesObject =>
    clusterOperator(name, namespace, inOne(configMap(name)), {
      serviceAccountName: account,
    }) as unknown as KubernetesObject;
  const versionOf = async (name: string) => (await find(bed, name))?.metadata.resourceVersion;

  /** Two teams, and a ClusterOperator of the first with the finalizer; a test that failed has removed them. */
  beforeEach(async () => {
    await put(bed, ...mayWrite('e2e-anna', namespace, 'deployer'), ...mayWrite('e2e-mallory', namespace, 'own'));
    const anna = bed.cluster.as({ user: 'e2e-anna' });
    const mallory = bed.cluster.as({ user: 'e2e-mallory' });
    // The API server takes a new policy and new rights up within a second or two.
    await until('the policy and the rights to be in force', () =>
      mallory.create(operatorOf('e2e-probe', 'deployer'), { dryRun: true }).then(() => false, isJudged),
    );
    await until('the rights of the other team', () =>
      mallory.create(operatorOf('e2e-probe', 'own'), { dryRun: true }).catch(() => undefined),
    );
    if (!(await find(bed, 'e2e-victim')))
      await until('the rights of the team', () => anna.create(victim()).catch(() => undefined));
    const value = { metadata: { finalizers: ['bookend.dev/teardown'] } };
    await bed.cluster.as({ user: operator }).patch({ ...clusterOperatorKind, name: 'e2e-victim' }, { type: 'merge', value });
  });

  for (const dryRun of [[], ['--dry-run=server']]) {
    const how = dryRun.length > 0 ? ', not even by a dry run' : '';
    test(`are changed by nobody who may not act as their account${how}`, async () => {
      const before = await versionOf('e2e-victim');
      const refused = async (what: string, args: string[], input?: object) => {
        const { code, stderr } = await as('e2e-mallory', [...args, ...dryRun], input);
        assert.notEqual(code, 0, `${what} is allowed`);
        assert.match(stderr, /the right to impersonate serviceaccounts \S+ is missing/, what);
        assert.equal(await versionOf('e2e-victim'), before, `${what} has changed something`);
      };
      const generated = { ...victim(), metadata: { generateName: 'e2e-generated-' } };
      await refused('creating one that acts as their account', ['create', '-f', '-'], {
        ...victim(),
        metadata: { name: 'e2e-another' },
      });
      await refused('creating one with a generated name', ['create', '-f', '-'], generated);
      await refused('removing the finalizers', patch('merge', { metadata: { finalizers: null } }));
      await refused('removing a finalizer', patch('json', [{ op: 'remove', path: '/metadata/finalizers/0' }]));
      await refused('adding a finalizer', patch('json', [{ op: 'add', path: '/metadata/finalizers/-', value: 'e2e.example/x' }]));
      await refused('another spec', patch('merge', { spec: { teardown: { onTimeout: 'Force' } } }));
      await refused('their own account', patch('merge', { spec: { serviceAccountName: 'own' } }));
      await refused('the account of the installation', patch('merge', { spec: { serviceAccountName: null } }));
      await refused('the word that it was judged', patch('merge', annotated('bookend.dev/judged-by')));
      await refused('the annotation of Helm', patch('merge', annotated('meta.helm.sh/release-name')));
      await refused('a label', patch('merge', { metadata: { labels: { a: 'b' } } }));
      const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'default', uid: '00000000-0000-0000-0000-000000000000' };
      await refused(
        'an owner, so that the garbage collector deletes it',
        patch('merge', { metadata: { ownerReferences: [owner] } }),
      );
      await refused('who manages its fields', patch('json', [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }]));
      await refused('kubectl apply', ['apply', '-f', '-'], victim());
      await refused(
        'server-side apply of the same content, to share its fields',
        ['apply', '--server-side', '--force-conflicts', '-f', '-'],
        victim(),
      );
      await refused('kubectl replace', ['replace', '-f', '-'], {
        ...(await find(bed, 'e2e-victim')),
        spec: operatorOf('e2e-victim', 'own').spec,
      });
      for (const cascade of ['background', 'foreground', 'orphan'])
        await refused(`deleting it, ${cascade}`, ['delete', resource, 'e2e-victim', '--wait=false', `--cascade=${cascade}`]);
      await refused('deleting them by label', ['delete', resource, '--all', '--wait=false']);
    });
  }

  test('are not deleted as a collection, nor scaled', async () => {
    const collection = await as('e2e-mallory', ['delete', '--raw', path]);
    assert.match(collection.stderr, /the right to impersonate serviceaccounts \S+ is missing/);
    assert.equal((await find(bed, 'e2e-victim'))?.metadata.deletionTimestamp, undefined);
    const scaled = await as('e2e-mallory', ['scale', resource, 'e2e-victim', '--replicas=0']);
    assert.notEqual(scaled.code, 0);
  });

  test('have a status that only the operator writes, not even their own team or an administrator', async () => {
    const status = { status: { phase: 'Ready', inventory: [] } };
    for (const user of ['e2e-mallory', 'e2e-anna', 'kubernetes-admin']) {
      const groups = user === 'kubernetes-admin' ? ['--as-group=system:masters'] : [];
      const { code, stderr } = await as(user, [...patch('merge', status), '--subresource=status', ...groups]);
      assert.notEqual(code, 0, `${user} writes the status`);
      assert.match(stderr, /only the operator, \S+, writes the status of a ClusterOperator/);
    }
    // Not by kubectl, which reads the status by a path of its own before: the operator has no right to that.
    await bed.cluster
      .as({ user: operator })
      .patch(
        { ...clusterOperatorKind, name: 'e2e-victim' },
        { type: 'merge', value: { status: { phase: 'Pending' } } },
        { subresource: 'status' },
      );
  });

  test('are not touched either while they are terminating', async () => {
    const deleted = await as('e2e-anna', ['delete', resource, 'e2e-victim', '--wait=false']);
    assert.equal(deleted.code, 0, deleted.stderr);
    const before = await versionOf('e2e-victim');
    for (const change of [{ metadata: { finalizers: null } }, { spec: { teardown: { onTimeout: 'Force' } } }]) {
      const { stderr } = await as('e2e-mallory', patch('merge', change));
      assert.match(stderr, /the right to impersonate serviceaccounts \S+ is missing/);
    }
    assert.equal(await versionOf('e2e-victim'), before);
    const released = await as(operator, patch('merge', { metadata: { finalizers: null } }));
    assert.equal(released.code, 0, released.stderr);
    assert.equal(await find(bed, 'e2e-victim'), undefined);
  });

  test('are not taken over by one’s own: the account before counts as much as the one that comes', async () => {
    const own = operatorOf('e2e-own', 'own');
    assert.equal((await as('e2e-mallory', ['create', '-f', '-'], own)).code, 0, 'one’s own is fine');
    const given = await as('e2e-mallory', patch('merge', { spec: { serviceAccountName: 'deployer' } }, 'e2e-own'));
    assert.match(given.stderr, new RegExp(`impersonate serviceaccounts ${namespace}/deployer is missing`));
    const taken = await as('e2e-anna', patch('merge', { spec: { serviceAccountName: 'deployer' } }, 'e2e-own'));
    assert.match(taken.stderr, new RegExp(`impersonate serviceaccounts ${namespace}/own is missing`));
    for (const args of [patch('merge', { metadata: { labels: { a: 'b' } } }, 'e2e-own'), ['delete', resource, 'e2e-own']])
      assert.equal((await as('e2e-mallory', args)).code, 0, args.join(' '));
  });

  test('go by their owners and by every way of deleting, when their own team decides it', async () => {
    for (const cascade of ['foreground', 'orphan']) {
      const name = `e2e-${cascade}`;
      assert.equal((await as('e2e-anna', ['create', '-f', '-'], operatorOf(name, 'deployer'))).code, 0);
      const { code, stderr } = await as('e2e-anna', ['delete', resource, name, '--wait=false', `--cascade=${cascade}`]);
      assert.equal(code, 0, stderr);
      // The garbage collector removes the finalizer of this way.
      await until(`${name} to be gone`, async () => (await find(bed, name)) === undefined);
    }
    const role = { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: 'e2e-owner' }, rules: [] };
    await put(bed, role);
    const uid = (await bed.cluster.get({ ...role, name: 'e2e-owner' }))?.metadata.uid ?? '';
    const owned = operatorOf('e2e-owned', 'deployer');
    const ownerReferences = [{ apiVersion: role.apiVersion, kind: role.kind, name: 'e2e-owner', uid }];
    const made = await as('e2e-anna', ['create', '-f', '-'], { ...owned, metadata: { ...owned.metadata, ownerReferences } });
    assert.equal(made.code, 0, made.stderr);
    await bed.cluster.delete({ ...role, name: 'e2e-owner' });
    await until('the garbage collector to delete it', async () => (await find(bed, 'e2e-owned')) === undefined);
  });

  test('may be deleted by the uninstall of the release, and by whoever overrides the policy', async () => {
    const { stdout } = await bed.lab.run('helm4', ['get', 'hooks', 'bookend', '-n', operatorNamespace]);
    const objects = parseAllDocuments(stdout).map((each) => each.toJS() as KubernetesObject | null);
    const account = objects.find((object) => object?.kind === 'ServiceAccount')?.metadata.name ?? 'none';
    const hook = `system:serviceaccount:${operatorNamespace}:${account}`;
    await put(bed, ...mayWrite(hook, namespace));
    for (const name of ['e2e-left', 'e2e-right'])
      assert.equal((await as('e2e-anna', ['create', '-f', '-'], operatorOf(name, 'deployer'))).code, 0);
    await until('the rights of the hook', async () => (await as(hook, ['delete', resource, 'e2e-left'])).code === 0);
    const changed = await as(hook, patch('merge', { spec: { serviceAccountName: null } }, 'e2e-right'));
    assert.match(changed.stderr, /impersonate serviceaccounts/, 'it deletes, and changes nothing');
    await bed.lab.run('kubectl', ['delete', 'validatingadmissionpolicybinding', 'bookend-rights']);
    await until(
      'the policy to be overridden',
      async () => (await as('e2e-mallory', ['delete', resource, 'e2e-right', '--ignore-not-found'])).code === 0,
    );
  });
});

function isJudged(error: unknown): boolean {
  return /would act as ServiceAccount/.test(String(error));
}

function patch(type: 'merge' | 'json', value: unknown, name = 'e2e-victim'): string[] {
  return ['patch', resource, name, `--type=${type}`, '-p', JSON.stringify(value)];
}

function annotated(annotation: string) {
  return { metadata: { annotations: { [annotation]: 'x' } } };
}

/**
 * What docs/how-to/platform-engineer.md gives a team, its subresources too; and to act as the account, if one is named.
 */
function mayWrite(user: string, namespace: string, account?: string): KubernetesObject[] {
  const name = `e2e-${user.replace(/.*:/, '').replace('e2e-', '')}`;
  const subject = { apiGroup: rbac, kind: 'User', name: user };
  const bind = (kind: string, where: object) => ({
    apiVersion: `${rbac}/v1`,
    kind: `${kind}Binding`,
    metadata: { name, ...where },
    roleRef: { apiGroup: rbac, kind, name },
    subjects: [subject],
  });
  const all = [{ apiGroups: ['bookend.dev'], resources: ['clusteroperators', 'clusteroperators/status'], verbs: ['*'] }];
  const cluster = [{ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules: all }, bind('ClusterRole', {})];
  if (account === undefined) return cluster;
  const impersonate = [{ apiGroups: [''], resources: ['serviceaccounts'], resourceNames: [account], verbs: ['impersonate'] }];
  return [
    ...cluster,
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name, namespace }, rules: impersonate },
    bind('Role', { namespace }),
  ];
}
