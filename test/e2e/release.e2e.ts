/**
 * A release as people get it: images and charts come from a registry, images by digest, charts with a provenance that
 * Helm verifies. The registry is CNCF distribution, on the node.
 */
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { listOf } from '../../src/objects/fields.ts';
import { clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import { ownArchitecture } from '../../tools/image/archive.ts';
import { buildImages } from '../../tools/image/build.ts';
import { images } from '../../tools/image/images.ts';
import { digestOf } from '../../tools/image/layer.ts';
import { joinArchitectures, type MultiArchitectureImage } from '../../tools/image/multi-architecture.ts';
import { type HelmVersion, root } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { packCharts, type ReleasedImage } from '../../tools/release/charts.ts';
import { currentCommit } from '../../tools/release/commit.ts';
import { openSigner } from '../../tools/release/signing.ts';
import { scratch, writeFiles } from '../../tools/test/scratch.ts';
import { type LocalRegistry, startRegistry } from './local-registry.ts';
import { clusterOperator, configMap, inOne } from './objects.ts';
import { sharingPod } from './pod-stream.ts';
import { untilReady } from './share/pods.ts';
import { freshNamespace, operatorNamespace, put, untilWebhookAnswers, useTestBed } from './support.ts';

/** The value at a path, through maps and lists. */
const at = (value: unknown, path: string) =>
  path.split('.').reduce((inner: unknown, key) => (inner as Record<string, unknown> | undefined)?.[key], value);

const directory = scratch();
const keyring = join(directory, 'keyring.gpg');
const skipped = process.env.BOOKEND_CONTEXT || process.env.BOOKEND_KUBECONFIG ? 'the registry needs a local cluster' : false;

describe('A release from a registry', { skip: skipped }, () => {
  const bed = useTestBed('release-registry', { bookend: false });
  let registry: LocalRegistry;
  let pushed: Map<string, string>;
  let version: string;

  before(async () => {
    const commit = currentCommit(true);
    version = commit.version;
    registry = await startRegistry(bed.lab.local ?? assert.fail('no local cluster'));
    const released = await pushImages(registry, version);
    pushed = new Map(released.map(({ repository, digest }) => [repository, digest]));
    const signer = openSigner({});
    writeFileSync(keyring, signer.keyring);
    const charts = await packCharts(directory, commit, released, signer);
    signer.dispose();
    for (const { file } of charts.filter(({ file: name }) => name.endsWith('.tgz')))
      await bed.lab.run('helm4', ['push', join(directory, file), `oci://${registry.forHelm}/charts`, '--plain-http']);
  });
  after(() => registry?.close());

  const byDigest = () =>
    ['', 'seed.'].flatMap((prefix) => {
      const repository = prefix === '' ? 'bookend' : 'seed';
      const values = { repository: `${registry.forNodes}/${repository}`, digest: pushed.get(repository) };
      return Object.entries(values).flatMap(([name, value]) => ['--set', `${prefix}image.${name}=${value}`]);
    });

  for (const helm of ['helm4', 'helm3'] satisfies HelmVersion[]) {
    test(`${helm} installs, upgrades and uninstalls it by digest; a share is copied, and the hook deletes what is left`, async () => {
      const { lab, cluster, namespace } = bed;
      await freshNamespace(lab, operatorNamespace);
      const chart = [`oci://${registry.forHelm}/charts/bookend`, '--version', version, '--plain-http'];
      const common = ['-n', operatorNamespace, '--wait', '--set', 'replicas=1,deployer.clusterAdmin=true', ...byDigest()];
      await lab.run(helm, ['install', 'bookend', ...chart, ...common, '--verify', '--keyring', keyring]);
      await untilWebhookAnswers(lab);

      const name = `e2e-copy-${helm}`;
      await put(lab, sharingPod(name, namespace, { 'share.bookend.dev/files': 'app:/app -> worker:/files:ro; mode=copy' }));
      const pod = await untilReady(bed, name);
      const tools = listOf(at(pod, 'spec.initContainers')).map((container) => String(at(container, 'image')));
      assert.ok(tools.includes(`${registry.forNodes}/seed:${version}@${pushed.get('seed')}`), tools.join());
      await put(lab, clusterOperator('e2e-left', namespace, inOne(configMap('e2e-left'))));
      await until('the ConfigMap', () => cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'e2e-left' }));

      await lab.run(helm, ['upgrade', 'bookend', ...chart, ...common, '--set', 'logLevel=debug']);
      const deployment = await cluster.get({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: operatorNamespace,
        name: 'bookend',
      });
      assert.equal(
        at(deployment, 'spec.template.spec.containers.0.image'),
        `${registry.forNodes}/bookend:${version}@${pushed.get('bookend')}`,
      );

      await lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace]);
      assert.equal(await cluster.get({ ...clusterOperatorKind, name: 'e2e-left' }).catch(() => undefined), undefined);
      for (const [repository, digest] of pushed)
        assert.ok(registry.requests().includes(`GET /v2/${repository}/manifests/${digest}`), `nobody pulled ${repository}`);
    });

    test(`${helm} uninstall keeps the release while the hook's image cannot be pulled, and succeeds after its value is corrected`, async () => {
      const { lab, namespace } = bed;
      const chart = chartWithHook(`e2e-hooked-${helm}`);
      const from = (repository: string) => ['--set', `bookend.image.repository=${registry.forNodes}/${repository}`];
      const release = ['e2e-hooked', '-n', namespace];
      await lab.run(helm, ['install', 'e2e-hooked', chart, '-n', namespace, ...from('absent')]);

      const failed = await lab.attempt(helm, ['uninstall', ...release, '--timeout', '8s']);
      assert.notEqual(failed.code, 0);
      assert.match(failed.stderr, /pre-delete|timed out|deadline/);
      const kept = await lab.run('kubectl', ['get', 'configmap', 'e2e-of-chart', '-n', namespace, '-o', 'name']);
      assert.equal(kept.stdout.trim(), 'configmap/e2e-of-chart');
      const selector = 'app.kubernetes.io/name=bookend-hook,app.kubernetes.io/instance=e2e-hooked';
      const { stdout } = await lab.run('kubectl', ['get', 'pods', '-n', namespace, '-l', selector, '-o', 'json']);
      assert.match(stdout, /ErrImagePull|ImagePullBackOff/, 'the Pod of the hook names the reason');

      await lab.run(helm, ['rollback', 'e2e-hooked', '1', '-n', namespace]);
      const good = [...from('bookend'), '--set', `bookend.image.digest=${pushed.get('bookend')}`];
      await lab.run(helm, ['upgrade', 'e2e-hooked', chart, '-n', namespace, ...good]);
      await lab.run(helm, ['uninstall', ...release]);
      const left = await lab.run('kubectl', ['get', 'configmaps', '-n', namespace, '-o', 'name']);
      assert.doesNotMatch(left.stdout, /e2e-of-chart|e2e-target/);
    });
  }

  /** A chart with one ConfigMap of its own, whose hook deletes another one first. */
  function chartWithHook(name: string): string {
    const files = {
      'Chart.yaml': `apiVersion: v2\nname: hooked\nversion: 1.0.0\ndependencies:\n  - {name: bookend-hook, version: ${version}, repository: "file://${join(root, 'charts/bookend-hook')}"}\n`,
      'templates/pre-delete.yaml': '{{ include "bookend-hook.pre-delete" . }}\n',
      'templates/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: e2e-of-chart}\n',
      'values.yaml':
        'bookend:\n  timeoutSeconds: 60\n  delete:\n    - {kind: configmaps, names: [e2e-target], namespace: "{{ .Release.Namespace }}"}\n',
    };
    const chart = writeFiles(join(directory, name), files);
    cpSync(join(root, 'charts/bookend-hook'), join(chart, 'charts/bookend-hook'), { recursive: true });
    return chart;
  }
});

async function pushImages(registry: LocalRegistry, version: string): Promise<ReleasedImage[]> {
  const recipes = images.filter(({ repository }) => ['bookend', 'seed'].includes(repository));
  const built = await buildImages({ recipes });
  const released: ReleasedImage[] = [];
  for (const [index, { repository }] of recipes.entries()) {
    const image = built[index] ?? assert.fail(repository);
    const joined = withOwnIdentity(await joinArchitectures([{ ...image, architecture: ownArchitecture }], version, {}));
    await registry.push(repository, version, joined);
    released.push({ name: `${registry.forNodes}/${repository}`, repository, digest: joined.digest });
  }
  return released;
}

/**
 * The same layers under another image ID, the digest of the config. Only the registry has it; and the kubelet, which
 * remembers by that ID from where it has pulled an image, goes on to start the image that was loaded.
 */
function withOwnIdentity(image: MultiArchitectureImage): MultiArchitectureImage {
  const renamed = new Map<string, string>();
  const blobs = image.blobs.map(({ mediaType, digest, content }) => {
    if (!/\+json$/.test(mediaType)) return { mediaType, digest, content };
    const text = [...renamed].reduce((all, [from, to]) => all.replaceAll(from, to), content.toString());
    // As long as before: the sizes in manifest and index stay right.
    const isConfig = mediaType === 'application/vnd.oci.image.config.v1+json';
    const changed = Buffer.from(isConfig ? text.replace(/"created":"[^"]+"/, `"created":"${new Date().toISOString()}"`) : text);
    renamed.set(digest, digestOf(changed));
    return { mediaType, digest: digestOf(changed), content: changed };
  });
  return { ...image, blobs, digest: renamed.get(image.digest) ?? assert.fail('the index has its old digest') };
}
