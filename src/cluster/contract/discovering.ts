/** Discovery: which kinds there are, and that new ones are found without opening the cluster again. */
import assert from 'node:assert/strict';
import { refOf } from '../../objects/identity.ts';
import { widgetDefinition, widgetGroup } from './samples.ts';
import { type MakeSubject, onSubject } from './subject.ts';

export function discovering(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, []);

  it('names its version', async ({ cluster }) => {
    assert.match(await cluster.version(), /^v1\.\d+/);
  });

  it('knows a namespaced kind of the core group', async ({ cluster }) => {
    const kind = await cluster.kind('v1', 'ConfigMap');
    assert.ok(kind);
    const { apiVersion, group, version, resource, namespaced } = kind;
    const expected = { apiVersion: 'v1', group: '', version: 'v1', resource: 'configmaps', namespaced: true };
    assert.deepEqual({ apiVersion, group, version, resource, namespaced }, expected);
    for (const verb of ['get', 'list', 'watch', 'create', 'patch', 'delete']) assert.ok(kind.verbs.includes(verb), verb);
    assert.ok(kind.shortNames.includes('cm'));
  });

  it('knows a kind of a named group, with its subresources', async ({ cluster }) => {
    const kind = await cluster.kind('apps/v1', 'Deployment');
    assert.equal(kind?.group, 'apps');
    assert.equal(kind?.resource, 'deployments');
    assert.ok(kind?.subresources.includes('status'));
    assert.ok(kind?.subresources.includes('scale'));
    assert.ok(kind?.categories.includes('all'));
  });

  it('knows a cluster-scoped kind', async ({ cluster }) => {
    assert.equal((await cluster.kind('rbac.authorization.k8s.io/v1', 'ClusterRole'))?.namespaced, false);
  });

  it('answers undefined for an unknown kind, group or version', async ({ cluster }) => {
    assert.equal(await cluster.kind('v1', 'Widget'), undefined);
    assert.equal(await cluster.kind('nowhere.bookend.dev/v1', 'Widget'), undefined);
    assert.equal(await cluster.kind('apps/v99', 'Deployment'), undefined);
  });

  it('lists every listable kind once, at its preferred version', async ({ cluster }) => {
    const { kinds } = await cluster.kinds();
    const found = kinds.filter((kind) => kind.kind === 'Deployment' && kind.group === 'apps');
    const versions = found.map((kind) => kind.apiVersion);
    assert.deepEqual(versions, ['apps/v1']);
    assert.ok(kinds.some((kind) => kind.kind === 'Namespace' && kind.group === ''));
    assert.ok(kinds.every((kind) => kind.verbs.includes('list')));
    assert.ok(!kinds.some((kind) => kind.resource.includes('/')));
    assert.equal(new Set(kinds.map((kind) => `${kind.group}/${kind.kind}`)).size, kinds.length);
  });

  onSubject(makeSubject, ['custom-resources'])(
    'finds a kind whose CustomResourceDefinition was just created, and forgets it when that goes',
    async ({ cluster, namespace, until }) => {
      const apiVersion = `${widgetGroup(namespace)}/v1`;
      assert.equal(await cluster.kind(apiVersion, 'Widget'), undefined);
      const definition = await cluster.create(widgetDefinition(namespace));
      try {
        await until(async () => (await cluster.kind(apiVersion, 'Widget')) !== undefined);
        const kind = await cluster.kind(apiVersion, 'Widget');
        assert.equal(kind?.resource, 'widgets');
        assert.deepEqual(kind?.shortNames, ['wd']);
        assert.ok(kind?.subresources.includes('status'));
        await until(async () => (await cluster.kinds()).kinds.some((each) => each.apiVersion === apiVersion));
      } finally {
        await cluster.delete(refOf(definition));
      }
      await until(async () => !(await cluster.kinds()).kinds.some((each) => each.apiVersion === apiVersion));
    },
  );
}
