import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { makeSimulatedCluster, serviceAccount } from '../cluster/simulated/index.ts';
import { type BookendError, isCode } from '../errors.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { subjectOf } from './manifests.ts';
import { notesOf, readRelease } from './release.ts';

const crd =
  'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\nspec: {group: example.com}\n';
const hook = 'apiVersion: batch/v1\nkind: Job\nmetadata: {name: clean, annotations: {helm.sh/hook: pre-delete}}\n';

function release(revision: number, status = 'deployed', fields: Record<string, unknown> = {}) {
  return {
    name: 'agent',
    namespace: 'shop',
    version: revision,
    info: { status, description: 'Install complete' },
    chart: {
      metadata: { name: 'agent', version: '1.2.3' },
      files: [
        { name: 'crds/widgets.yaml', data: Buffer.from(crd).toString('base64') },
        { name: 'README.md', data: Buffer.from('kind: Nothing').toString('base64') },
      ],
    },
    config: { password: 'hunter2' },
    manifest: `---\n# Source: agent/templates/account.yaml\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: agent-v${revision}}\n`,
    hooks: [{ name: 'clean', kind: 'Job', path: 'agent/templates/clean.yaml', manifest: hook, events: ['pre-delete'] }],
    ...fields,
  };
}

const packed = (value: unknown) => gzipSync(JSON.stringify(value)).toString('base64');

function stored(
  revision: number,
  content: string,
  kind: 'Secret' | 'ConfigMap' = 'Secret',
  type = 'helm.sh/release.v1',
): KubernetesObject {
  const metadata = {
    name: `sh.helm.release.v1.agent.v${revision}`,
    namespace: 'shop',
    labels: { owner: 'helm', name: 'agent', version: String(revision), status: 'deployed' },
  };
  return kind === 'Secret'
    ? { apiVersion: 'v1', kind, type, metadata, data: { release: Buffer.from(content).toString('base64') } }
    : { apiVersion: 'v1', kind, metadata, data: { release: content } };
}

async function clusterWith(...objects: KubernetesObject[]) {
  const simulated = makeSimulatedCluster();
  await simulated.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (const object of objects) await simulated.cluster.create(object);
  return simulated;
}

const refused = (promise: Promise<unknown>, code: BookendError['code'], says: RegExp) =>
  assert.rejects(promise, (error) => isCode(error, code) && says.test(`${error.message} ${error.advice}`));

describe('an installed release', () => {
  test('is read from its last revision, by number and not by name, with hooks and crds/ apart', async () => {
    const { cluster } = await clusterWith(...[2, 9, 10].map((revision) => stored(revision, packed(release(revision)))));
    const { documents, storedIn, stored: all, ...rest } = await readRelease(cluster, 'agent', 'shop');
    assert.deepEqual(rest, {
      name: 'agent',
      namespace: 'shop',
      revision: 10,
      status: 'deployed',
      description: 'Install complete',
      chart: { name: 'agent', version: '1.2.3' },
      revisions: [2, 9, 10],
    });
    assert.equal(storedIn.name, 'sh.helm.release.v1.agent.v10');
    assert.deepEqual(
      all.map(({ name }) => name),
      [2, 9, 10].map((revision) => `sh.helm.release.v1.agent.v${revision}`),
    );
    const { subject } = subjectOf(documents, { from: 'release', name: 'agent', namespace: 'shop' });
    const brief = (given: typeof subject.objects) =>
      given.map(({ object, origin }) => [object.kind, object.metadata.name, origin?.source]);
    assert.deepEqual(brief(subject.objects), [['ServiceAccount', 'agent-v10', 'agent/templates/account.yaml']]);
    assert.deepEqual(brief(subject.hooks), [['Job', 'clean', 'agent/templates/clean.yaml']]);
    assert.deepEqual(brief(subject.crds), [['CustomResourceDefinition', 'widgets.example.com', 'agent/crds/widgets.yaml']]);
  });

  test('may be kept in ConfigMaps, and unpacked by the first versions of Helm 3', async () => {
    const { cluster } = await clusterWith(stored(1, packed(release(1)), 'ConfigMap'));
    assert.equal((await readRelease(cluster, 'agent', 'shop')).revision, 1);
    const plain = await clusterWith(stored(1, Buffer.from(JSON.stringify(release(1))).toString('base64')));
    assert.equal((await readRelease(plain.cluster, 'agent', 'shop')).revision, 1);
  });

  test('that failed or is half uninstalled can still be previewed, one that is uninstalled cannot', async () => {
    for (const status of ['failed', 'uninstalling', 'pending-upgrade']) {
      const { cluster } = await clusterWith(stored(1, packed(release(1, status))));
      const found = await readRelease(cluster, 'agent', 'shop');
      assert.equal(found.status, status);
      assert.match(notesOf(found).join(), new RegExp(`^release agent revision 1 is ${status}: Install complete`));
    }
    const { cluster } = await clusterWith(stored(1, packed(release(1, 'uninstalled'))));
    await refused(readRelease(cluster, 'agent', 'shop'), 'not-found', /already uninstalled; only its history remains/);
  });

  test('that is in another namespace is pointed to, and one of Helm 2 is named', async () => {
    const { cluster } = await clusterWith(stored(1, packed(release(1))));
    await refused(readRelease(cluster, 'agent', 'default'), 'not-found', /no release agent in namespace default.*-n shop/);
    await refused(readRelease(cluster, 'other', 'shop'), 'not-found', /no release other in namespace shop/);
    const metadata = { name: 'agent.v1', namespace: 'kube-system', labels: { OWNER: 'TILLER', NAME: 'agent' } };
    const old = await clusterWith({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} });
    await refused(readRelease(old.cluster, 'agent', 'shop'), 'unsupported', /Helm 2/);
  });

  test('of another format, or broken, is a clear error', async () => {
    const other = await clusterWith(stored(1, packed(release(1)), 'Secret', 'helm.sh/release.v9'));
    await refused(readRelease(other.cluster, 'agent', 'shop'), 'unsupported', /is of type helm\.sh\/release\.v9/);
    for (const [content, says] of [
      ['not base64 of anything', /holds no JSON/],
      [gzipSync('{"name": "agent"}').subarray(0, 20).toString('base64'), /unexpected end of file/],
      [packed({ some: 'thing' }), /holds no release/],
      [packed(release(1, 'deployed', { manifest: 'kind: [' })), /release agent revision 1:1/],
    ] as const) {
      const { cluster } = await clusterWith(stored(1, content));
      await refused(readRelease(cluster, 'agent', 'shop'), 'bad-input', says);
    }
  });

  test('that may not be read is a missing right, not a missing release', async () => {
    const simulated = await clusterWith(stored(1, packed(release(1))));
    const { cluster } = simulated.connect(serviceAccount('shop', 'nobody'));
    await refused(readRelease(cluster, 'agent', 'shop'), 'forbidden', /secrets.*grant get and list of secrets/s);
  });
});
