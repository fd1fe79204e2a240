import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readYaml } from '../../objects/yaml.ts';
import { clusterOperatorCrd } from '../../resource/crd.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import type { RightsDocument } from './show.ts';

const clusterOperator = (more = '') => `
apiVersion: bookend.dev/v1alpha1
kind: ClusterOperator
metadata: {name: node-agent}
spec:
  namespace: tools
  serviceAccountName: deployer
  components:
    - name: all
      objects:
        - {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}
        ${more}
`;
const clusterRole =
  '- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: agent}, rules: [{apiGroups: [""], resources: [nodes], verbs: [patch]}, {nonResourceURLs: [/metrics], verbs: [get]}]}';

const rights = (input: string, ...args: string[]) =>
  simulatedTerminal().run(['rights', '-f', '-', ...args], { input, offline: true });

type Object = {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: { resources?: string[]; resourceNames?: string[]; verbs: string[] }[];
  subjects?: object[];
};
const objectsIn = (text: string) => readYaml(text, 'output').map(({ object }) => object as unknown as Object);

describe('bookend rights', () => {
  test('prints YAML that can be applied: the account, a Role in its namespace, a ClusterRole and their bindings', async () => {
    const { exitCode, out, err } = await rights(clusterOperator(clusterRole));
    assert.equal(exitCode, 0);
    assert.equal(err, '');
    const objects = objectsIn(out);
    assert.deepEqual(
      objects.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name]),
      [
        ['ServiceAccount', 'tools', 'deployer'],
        ['ClusterRole', undefined, 'bookend-rights-node-agent'],
        ['ClusterRoleBinding', undefined, 'bookend-rights-node-agent'],
        ['Role', 'tools', 'bookend-rights-node-agent'],
        ['RoleBinding', 'tools', 'bookend-rights-node-agent'],
      ],
    );
    for (const { subjects } of objects.filter(({ kind }) => kind.endsWith('Binding')))
      assert.deepEqual(subjects, [{ kind: 'ServiceAccount', namespace: 'tools', name: 'deployer' }]);
  });

  test('names objects where RBAC can, and nothing else', async () => {
    const [, role] = objectsIn((await rights(clusterOperator())).out);
    assert.deepEqual(role?.rules?.[0], {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: ['settings'],
      verbs: ['get', 'patch', 'delete'],
    });
    const others = role?.rules?.slice(1) ?? [];
    for (const { resourceNames } of others) assert.equal(resourceNames, undefined);
    for (const { verbs, resources } of others)
      assert.ok(!verbs.includes('delete') && !verbs.includes('patch'), `${verbs.join()} ${resources?.join()}`);
  });

  test('has what a role among the objects grants, since nobody may grant what he does not hold, and says so', async () => {
    const { out } = await rights(clusterOperator(clusterRole));
    assert.match(
      out,
      /# a Role or ClusterRole among the objects grants this, [^\n]*\n(\s+#[^\n]*\n)*\s+- apiGroups: \[""\]\n\s+resources: \[nodes\]\n\s+verbs: \[patch\]/,
    );
    assert.match(out, /- nonResourceURLs: \[\/metrics\]\n {4}verbs: \[get\]/);
  });

  test('has a reason above the rules, for each in JSON', async () => {
    const { out } = await rights(clusterOperator(), '-o', 'json');
    const { rights: sets } = JSON.parse(out) as { rights: RightsDocument[] };
    assert.equal(sets.length, 1);
    for (const { why } of sets[0]?.rules ?? []) assert.ok(why.length > 20, why);
    assert.deepEqual(sets[0]?.subject, { kind: 'ServiceAccount', namespace: 'tools', name: 'deployer' });
  });

  test('takes another account, and leaves the one of the installation to the installation', async () => {
    const other = objectsIn((await rights(clusterOperator(), '--account', 'ops/robot')).out);
    assert.deepEqual(other[0]?.metadata, { namespace: 'ops', name: 'robot' });
    const usual = objectsIn((await rights(clusterOperator().replace('  serviceAccountName: deployer\n', ''))).out);
    assert.ok(!usual.some(({ kind }) => kind === 'ServiceAccount'));
    assert.deepEqual(usual.at(-1)?.subjects, [{ kind: 'ServiceAccount', namespace: 'bookend-system', name: 'bookend-deployer' }]);
  });

  test('for a team: the ClusterOperator of that name, and the right to act as its account, and no other', async () => {
    const { out } = await rights(clusterOperator(), '--for', 'team', '--subject', 'group:team-a');
    const objects = objectsIn(out);
    assert.deepEqual(
      objects.flatMap(({ rules = [] }) => rules.map(({ resourceNames, verbs }) => [resourceNames, verbs])),
      [
        [['node-agent'], ['get', 'list', 'watch', 'update', 'patch', 'delete']],
        [undefined, ['create']],
        [['deployer'], ['impersonate']],
      ],
    );
    const role = objects.find(({ kind }) => kind === 'Role');
    assert.equal(role?.metadata.namespace, 'tools');
    assert.deepEqual(objects.at(-1)?.subjects, [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'team-a' }]);
  });

  test('custom resources of a definition are deleted wherever they are, or only where they are said to be', async () => {
    const definition =
      '- {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: widgets.example.dev}, spec: {group: example.dev, scope: Namespaced, names: {kind: Widget, plural: widgets}, versions: [{name: v1, served: true, storage: true}]}}';
    const whereMayDelete = (out: string) =>
      objectsIn(out)
        .filter(({ rules }) => rules?.some(({ resources, verbs }) => resources?.includes('widgets') && verbs.includes('delete')))
        .map(({ kind, metadata }) => [kind, metadata.namespace]);
    const anywhere = await rights(clusterOperator(definition));
    assert.deepEqual(whereMayDelete(anywhere.out), [['ClusterRole', undefined]]);
    assert.match(anywhere.out, /--instances-in limits this/);
    const there = await rights(clusterOperator(definition), '--instances-in', 'shop');
    assert.deepEqual(whereMayDelete(there.out), [['Role', 'shop']]);
  });

  test('refuses what it cannot answer, with the field', async () => {
    const cases: [string, string[], RegExp][] = [
      ['apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}', [], /the input contains no ClusterOperator and no hook/],
      [
        clusterOperator('- {apiVersion: example.dev/v1, kind: Widget, metadata: {name: a}}'),
        [],
        /objects\[1\]: the cluster serves no kind Widget/,
      ],
      [clusterOperator(), ['--account', 'robot'], /--account "robot" is not a ServiceAccount/],
      [clusterOperator(), ['--subject', 'group:a'], /--subject is given without --for team/],
      [clusterOperator(), ['--for', 'all'], /--for cannot be "all"/],
    ];
    for (const [input, args, says] of cases) {
      const { exitCode, err } = await rights(input, ...args);
      assert.equal(exitCode, 2);
      assert.match(err, says);
    }
  });
});

describe('bookend rights of a hook', () => {
  const hook = (targets: object[]) => `
apiVersion: batch/v1
kind: Job
metadata: {name: shop-bookend-hook, namespace: shop, annotations: {helm.sh/hook: pre-delete}}
spec:
  template:
    spec:
      serviceAccountName: cleaner
      containers:
        - {name: bookend, image: "registry.bookend.dev/bookend:0.1.0", args: [delete, --targets, ${JSON.stringify(JSON.stringify(targets))}]}
`;
  test('are those of the very call: its targets by name, what was made out of them, and their namespace', async () => {
    const { exitCode, out, err } = await rights(hook([{ kind: 'widgets.example.com', names: ['one'], namespace: 'shop' }]));
    assert.deepEqual([exitCode, err], [0, '']);
    const objects = objectsIn(out);
    assert.ok(
      objects.every(({ kind }) => !kind.startsWith('Cluster')),
      'nothing cluster-wide',
    );
    const role = objects.find(({ kind }) => kind === 'Role');
    const deletes = role?.rules?.filter(({ verbs }) => verbs.includes('delete'));
    assert.deepEqual(
      deletes?.map(({ resources, resourceNames }) => [resources, resourceNames]),
      [[['widgets'], ['one']]],
    );
    assert.ok(role?.rules?.some(({ resources, verbs }) => resources?.includes('pods') && verbs.includes('list')));
    assert.deepEqual(objects.at(-1)?.subjects, [{ kind: 'ServiceAccount', namespace: 'shop', name: 'cleaner' }]);
  });

  test('that deletes a ClusterOperator may act as the account of that ClusterOperator', async () => {
    const { out } = await rights(
      `${clusterOperator()}---${hook([{ kind: 'clusteroperators.bookend.dev', names: ['node-agent'] }])}`,
    );
    const ofHook = objectsIn(out).filter(({ metadata }) => metadata.name === 'bookend-rights:shop:cleaner');
    const impersonating = ofHook.find(({ rules }) => rules?.some(({ verbs }) => verbs.includes('impersonate')));
    assert.equal(impersonating?.metadata.namespace, 'tools');
    assert.deepEqual(impersonating?.rules?.[0]?.resourceNames, ['deployer']);
    const clusterWide = ofHook.find(({ kind }) => kind === 'ClusterRole');
    assert.ok(
      clusterWide?.rules?.some(
        ({ resources, resourceNames, verbs }) =>
          resources?.includes('clusteroperators') && resourceNames?.includes('node-agent') && verbs.includes('delete'),
      ),
    );
  });

  test('nothing that a chart says ends a comment or reaches the terminal as a command', async () => {
    const { out } = await rights(
      hook([{ kind: 'widgets.example.com', selector: 'a=\u0085  - apiGroups: ["*"]\u001b[2J' }]).replaceAll('\\\\u', '\\u'),
    );
    assert.doesNotMatch(out.replaceAll('\n', ''), /\p{Cc}/u);
  });
});

describe('bookend rights --check', () => {
  async function withCluster(grant: boolean) {
    const terminal = simulatedTerminal();
    const { cluster } = terminal.simulated;
    await cluster.create(clusterOperatorCrd());
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tools' } });
    if (grant)
      for (const object of objectsIn((await rights(clusterOperator(clusterRole))).out)) await cluster.create(object as never);
    await terminal.simulated.settle();
    return terminal;
  }

  test('ends with 0 when the account has all of them', async () => {
    const { run } = await withCluster(true);
    const { exitCode, out } = await run(['rights', '-f', '-', '--check'], { input: clusterOperator(clusterRole), offline: true });
    assert.equal(exitCode, 0, out);
    assert.match(out, /^ServiceAccount tools\/deployer has all \d+ permissions that it needs\n$/);
  });

  test('ends with 4 and a line for each that is missing', async () => {
    const { run, simulated } = await withCluster(true);
    await simulated.cluster.delete({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      namespace: 'tools',
      name: 'bookend-rights-node-agent',
    });
    const { exitCode, out } = await run(['rights', '-f', '-', '--check'], { input: clusterOperator(clusterRole), offline: true });
    assert.equal(exitCode, 4);
    assert.match(out, /^ServiceAccount tools\/deployer lacks \d+ of \d+ permissions:\n/);
    assert.match(out, /^ {2}delete configmaps\/settings in namespace tools: reads, changes and deletes its objects, by name$/m);
    assert.doesNotMatch(out, /clusterroles/);
    const { out: json } = await run(['rights', '-f', '-', '--check', '-o', 'json'], {
      input: clusterOperator(clusterRole),
      offline: true,
    });
    const { rights: sets } = JSON.parse(json) as { rights: RightsDocument[] };
    assert.ok(
      sets[0]?.missing?.some(
        ({ verb, resource, namespace }) => verb === 'create' && resource === 'configmaps' && namespace === 'tools',
      ),
    );
  });

  test('reads a ClusterOperator that is installed, by any of its names; one that is not there ends with 3', async () => {
    const { run, simulated } = await withCluster(false);
    const [resource] = readYaml(clusterOperator(), 'input');
    await simulated.cluster.create(resource?.object as never);
    for (const name of ['clusteroperators.bookend.dev/node-agent', 'clusteroperator/node-agent', 'clop/node-agent']) {
      const { exitCode, out } = await run(['rights', name], { offline: true });
      assert.equal(exitCode, 0);
      assert.ok(out.includes('resourceNames: [settings]'));
    }
    const absent = await run(['rights', 'clusteroperator/other'], { offline: true });
    assert.equal(absent.exitCode, 3);
    assert.match(absent.err, /ClusterOperator other does not exist/);
  });
});
