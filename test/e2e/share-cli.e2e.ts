/**
 * `bookend share` between the programs that it is made for: its output is what `kubectl apply` takes, and both
 * Helms install with it as their post-renderer. Nothing has to run for that: what the API server stores is looked at.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { ExplanationDocument } from '../../src/cli/share/explanation.ts';
import { fieldAt, listOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { readYaml } from '../../src/objects/yaml.ts';
import { applyShares } from '../../src/share/apply.ts';
import { parseShare } from '../../src/share/notation.ts';
import { printedBy } from '../../tools/lab/command-line.ts';
import { type HelmVersion, type Lab, root } from '../../tools/lab/lab.ts';
import { useLab } from '../use-lab.ts';
import { freshNamespace } from './support.ts';

const namespace = 'e2e-share-cli';
const line = 'assets = app:/srv/www -> nginx:/usr/share/nginx/html:ro';
const example = join(root, 'examples', 'share', 'filled', 'deployment.yaml');
const plugin = join(root, 'plugins', 'helm-share');
const helms: readonly [HelmVersion, postRenderer: string][] = [
  ['helm3', join(plugin, 'post-render')],
  ['helm4', 'bookend-share'],
];

describe('bookend share', () => {
  let lab: Lab;
  useLab({
    async prepare(opened) {
      lab = opened;
      await freshNamespace(lab, namespace);
      await lab.run('helm4', ['plugin', 'install', plugin]);
    },
    async finish() {
      await lab.run('helm4', ['plugin', 'uninstall', 'bookend-share']);
      await lab.run('kubectl', ['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
    },
  });
  const bookend = (input: string, ...args: string[]) => printedBy(lab, args, { input });
  const stored = async (name: string) =>
    (await lab.cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name })) ?? assert.fail(`${name} is there`);

  test('stands in a pipe between kustomize and kubectl apply', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bookend-kustomize-'));
    cpSync(example, join(directory, 'deployment.yaml'));
    writeFileSync(join(directory, 'kustomization.yaml'), 'namePrefix: piped-\nresources: [deployment.yaml]\n');
    const { stdout: built } = await lab.run('kubectl', ['kustomize', directory]);
    const shared = bookend(built, 'share', line, '-f', '-');
    assert.equal(bookend(shared, 'share', line, '-f', '-'), shared, 'given again it changes nothing');
    const applying = ['apply', '-n', namespace, '--server-side', '--dry-run=server', '-o', 'json', '-f', '-'];
    const applied = JSON.parse((await lab.run('kubectl', applying, { input: shared })).stdout) as KubernetesObject;
    assert.equal(applied.metadata.name, 'piped-shop');
    assertShared(applied);
  });

  test('-o patch: kustomize makes of the examples what bookend share prints, and refuses another manifest', async () => {
    const examples = join(root, 'examples', 'share');
    const manifest = join(examples, 'kustomize', 'deployment.yaml');
    const wanted = readYaml(bookend('', 'share', line, '-f', manifest), 'wanted').map(({ object }) => object);
    const build = async (directory: string) => {
      const { stdout } = await lab.run('kubectl', ['kustomize', directory]);
      return readYaml(stdout, 'built').map(({ object }) => object);
    };
    assert.deepEqual(await build(join(examples, 'kustomize')), wanted);

    // The helm-controller of Flux hands the patches to kustomize as they are.
    const release = readYaml(readFileSync(join(examples, 'flux', 'helmrelease.yaml'), 'utf8'), 'release')[0]?.object;
    const [renderer] = listOf(fieldAt(release, 'spec', 'postRenderers'));
    const directory = mkdtempSync(join(tmpdir(), 'bookend-kustomize-'));
    const kustomization = { resources: ['deployment.yaml'], patches: fieldAt(renderer, 'kustomize', 'patches') };
    writeFileSync(join(directory, 'kustomization.yaml'), JSON.stringify(kustomization));
    cpSync(manifest, join(directory, 'deployment.yaml'));
    assert.deepEqual(await build(directory), wanted);

    const other = readFileSync(manifest, 'utf8').replace('name: nginx', 'name: httpd');
    writeFileSync(join(directory, 'deployment.yaml'), other);
    const { code, stderr } = await lab.attempt('kubectl', ['kustomize', directory]);
    assert.notEqual(code, 0);
    assert.match(stderr, /testing value \/spec\/template\/spec\/containers\/1\/name failed/);
  });

  test('what it prints is what the function makes, as the API server stores it', async () => {
    const shared = bookend('', 'share', '--from-annotations', '-f', example);
    const create = async (name: string, input: string) => {
      const args = ['create', '-n', namespace, '--dry-run=server', '-o', 'json', '-f', '-'];
      return JSON.parse((await lab.run('kubectl', args, { input: input.replace('name: shop}', `name: ${name}}`) })).stdout);
    };
    const plain: unknown = await create('one', readFileSync(example, 'utf8'));
    const spec = fieldAt(plain, 'spec', 'template', 'spec') as Record<string, unknown>;
    const settings = { seedImage: 'registry.bookend.dev/seed:0.1.0', imageVolumes: { known: false, reason: '' } } as const;
    const expected = { ...(plain as KubernetesObject), metadata: { name: 'two', namespace } } as Record<string, unknown>;
    (fieldAt(expected, 'spec', 'template') as Record<string, unknown>).spec = applyShares(
      { spec },
      [parseShare(line)],
      settings,
    ).spec;
    const made: unknown = await create('two', JSON.stringify(expected));
    const printed: unknown = await create('three', shared);
    assert.deepEqual(fieldAt(printed, 'spec', 'template', 'spec'), fieldAt(made, 'spec', 'template', 'spec'));
  });

  test('finds out with --probe whether image volumes work, and leaves no Pod behind', async () => {
    const directory = 'assets = app:/srv/www/ -> nginx:/usr/share/nginx/html:ro';
    const asking = ['share', directory, '-f', example, '--explain', '-o', 'json', '--kubeconfig', lab.kubeconfig];
    const explained = JSON.parse(bookend('', ...asking, '--probe', '-n', namespace)) as ExplanationDocument;
    const [share] = explained.workloads[0]?.shares ?? [];
    // Another cluster's nodes may do without; the local cluster's containerd can.
    if (lab.local) assert.equal(share?.mode, 'image', share?.why ?? '');
    assert.doesNotMatch(share?.why ?? '', /no cluster was asked/);
    const { items } = await lab.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
    const living = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    assert.deepEqual(living, []);
  });

  for (const [helm, postRenderer] of helms) {
    test(`is a post-renderer of ${helm}: shares of annotations, and of arguments`, async () => {
      const chart = chartOf(`${helm}-shop`);
      const install = [chart, '-n', namespace, '--post-renderer', postRenderer];
      await lab.run(helm, ['install', helm, ...install]);
      try {
        assertShared(await stored(`${helm}-shop`));
        await lab.run(helm, ['upgrade', helm, ...install, '--post-renderer-args', 'cache = app:/cache, nginx:/cache']);
        const upgraded = await stored(`${helm}-shop`);
        assertShared(upgraded);
        assert.ok(volumesOf(upgraded).includes('bookend-share-cache'));
        const marker = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${helm}-hook` };
        assert.ok(await lab.cluster.get(marker), 'the hook of the chart was carried out');
      } finally {
        await lab.run(helm, ['uninstall', helm, '-n', namespace]);
      }
    });

    test(`ends an install of ${helm} that it cannot do right`, async () => {
      const args = ['install', `${helm}-wrong`, chartOf('wrong'), '-n', namespace, '--post-renderer', postRenderer];
      const { code, stderr } = await lab.attempt(helm, [...args, '--post-renderer-args', 'nobody:/x, app:/x']);
      assert.notEqual(code, 0);
      // Helm 4 keeps to itself what a plugin says.
      assert.match(
        stderr,
        helm === 'helm3' ? /no workload has all of the containers nobody, app/ : /"bookend-share" exited with error/,
      );
    });
  }
});

/** A chart with the example, and with a hook. */
function chartOf(name: string): string {
  const chart = mkdtempSync(join(tmpdir(), 'bookend-chart-'));
  mkdirSync(join(chart, 'templates'));
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 0.1.0\n');
  writeFileSync(join(chart, 'templates', 'shop.yaml'), readFileSync(example, 'utf8').replace('name: shop}', `name: ${name}}`));
  const annotations = '{helm.sh/hook: pre-install}';
  const hook = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-hook", annotations: ${annotations}}\n`;
  writeFileSync(join(chart, 'templates', 'hook.yaml'), hook);
  return chart;
}

function assertShared(deployment: KubernetesObject): void {
  const spec = fieldAt(deployment, 'spec', 'template', 'spec');
  const names = listOf(fieldAt(spec, 'initContainers')).map((container) => fieldAt(container, 'name'));
  assert.deepEqual(names, ['bookend-seed', 'bookend-share-assets']);
  const nginx = listOf(fieldAt(spec, 'containers')).find((container) => fieldAt(container, 'name') === 'nginx');
  const mount = { name: 'bookend-share-assets', mountPath: '/usr/share/nginx/html', subPath: 'content', readOnly: true };
  assert.ok(
    listOf(fieldAt(nginx, 'volumeMounts')).some((each) => JSON.stringify(sorted(each)) === JSON.stringify(sorted(mount))),
  );
}

function sorted(value: unknown): [string, unknown][] {
  return Object.entries(value as object).sort(([one], [other]) => (one < other ? -1 : 1));
}

function volumesOf(deployment: KubernetesObject): unknown[] {
  return listOf(fieldAt(deployment, 'spec', 'template', 'spec', 'volumes')).map((volume) => fieldAt(volume, 'name'));
}
