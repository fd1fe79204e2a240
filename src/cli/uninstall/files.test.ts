/** `bookend uninstall -f`: exactly what the files name, as it lives. On the simulated cluster. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Receipt } from '../../residue/receipt.ts';
import { configMap, custom, definition, namespace } from '../testing/manifests.ts';
import { type RunOptions, simulatedTerminal } from '../testing/simulated-terminal.ts';
import { dryRunSchema } from './schema.ts';
import { agentChart, operatorChart, serveWidgets, space, widgetFinalizer } from './testing/installed.ts';

const yaml = (objects: readonly KubernetesObject[]) => objects.map((object) => `---\n${JSON.stringify(object)}\n`).join('');

async function applied(objects: readonly KubernetesObject[], others: readonly KubernetesObject[] = []) {
  const terminal = simulatedTerminal();
  const { simulated } = terminal;
  await simulated.cluster.create(namespace(space));
  serveWidgets(simulated);
  for (const object of [...objects, ...others]) {
    await simulated.cluster.create(object);
    if (object.kind === 'CustomResourceDefinition') await simulated.settle(200);
  }
  await simulated.settle(3_000);
  const uninstall = (given: readonly KubernetesObject[], args: string[] = ['--yes'], options: RunOptions = {}) =>
    terminal.run(['uninstall', '-f', '-', '-n', space, ...args], { input: yaml(given), ...options });
  const lives = async (object: KubernetesObject) => left(simulated).includes(idOf(object));
  const traces = async () => {
    const kinds = [
      { apiVersion: 'v1', kind: 'Secret' },
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
    ];
    const lists = await Promise.all(kinds.map((kind) => simulated.cluster.list(kind)));
    return lists.flatMap(({ items }) => items.map(idOf)).filter((id) => id.includes('bookend.uninstall'));
  };
  return { ...terminal, uninstall, lives, traces };
}

function left({ server }: SimulatedCluster): string[] {
  return server.kinds.listable().flatMap((kind) => server.store.all(kind.key).map(idOf));
}

describe('bookend uninstall -f', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-files-'));
  after(() => rmSync(directory, { recursive: true }));

  test('takes down what the files name in order, and leaves neither that nor a trace of its own', async () => {
    const { uninstall, lives, traces, simulated } = await applied(agentChart(), [configMap(space, 'theirs')]);
    const { exitCode, out, err } = await uninstall(agentChart());
    assert.equal(exitCode, 0, err + out);
    assert.match(out, /^What standard input names\n {2}delete {3}4 objects, in this order:/);
    assert.match(out, /✓ What standard input names: clean, nothing of it is left/);
    assert.match(err, /in this order: DaemonSet shop\/agent → /);
    assert.ok(!simulated.log.some(({ what }) => what === 'pre-stop-failed'));
    assert.deepEqual(await Promise.all(agentChart().map(lives)), [false, false, false, false]);
    assert.ok(await lives(configMap(space, 'theirs')));
    assert.deepEqual(await traces(), []);
  });

  test('says of its receipt whose it is, and names the kind of what an object waited for', async () => {
    const { uninstall } = await applied(agentChart());
    const { out } = await uninstall(agentChart(), ['--yes', '-o', 'json']);
    const receipt = JSON.parse(out) as Receipt;
    assert.deepEqual(
      [receipt.from, receipt.release, receipt.verdict],
      ['files', { name: 'standard input', namespace: space }, 'clean'],
    );
    const again = await applied(agentChart());
    assert.match((await again.uninstall(agentChart())).out, /ServiceAccount shop\/agent waited for DaemonSet shop\/agent/);
  });

  test('reads Lists, and objects without a namespace as of the current one', async () => {
    const bare = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    const { run, lives } = await applied([configMap(space, 'one'), configMap(space, 'two'), configMap('default', 'one')]);
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [bare('one'), bare('two')] });
    const { exitCode, err } = await run(['uninstall', '-f', '-', '--yes'], { input, namespace: space });
    assert.equal(exitCode, 0, err);
    assert.deepEqual(await Promise.all([configMap(space, 'one'), configMap(space, 'two')].map(lives)), [false, false]);
    assert.ok(await lives(configMap('default', 'one')), 'a namespace that nobody named');
  });

  test('reads custom resources without a namespace as the cluster has them', async () => {
    const { uninstall, lives } = await applied(operatorChart());
    const { metadata, ...rest } = custom('Widget', 'own', space, [widgetFinalizer]);
    const { exitCode, err } = await uninstall([{ ...rest, metadata: { name: metadata.name } }]);
    assert.equal(exitCode, 0, err);
    assert.ok(!(await lives(custom('Widget', 'own', space))));
  });

  test('refuses a directory that is a kustomization, and an object without a fixed name', async () => {
    const kustomization = mkdtempSync(join(directory, 'overlay-'));
    writeFileSync(join(kustomization, 'kustomization.yaml'), 'namePrefix: a-\n');
    writeFileSync(join(kustomization, 'one.yaml'), yaml([configMap(space, 'one')]));
    const { run, uninstall, lives } = await applied([configMap(space, 'one')]);
    const refused = await run(['uninstall', '-f', kustomization, '-n', space, '--yes']);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.err, /kubectl kustomize \S+ \| bookend uninstall -f -/);
    const unnamed = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'one-' } } as unknown as KubernetesObject;
    const generated = await uninstall([unnamed]);
    assert.equal(generated.exitCode, 2, generated.err);
    assert.ok(await lives(configMap(space, 'one')));
  });

  test('does nothing where none of the objects exists, and names those that do not', async () => {
    const { uninstall, traces } = await applied([configMap(space, 'one')]);
    const none = await uninstall([configMap(space, 'other')]);
    assert.equal(none.exitCode, 3);
    assert.match(none.err, /does not have the object in standard input: ConfigMap shop\/other/);
    const ignored = await uninstall([configMap(space, 'other')], ['--yes', '--ignore-not-found']);
    assert.deepEqual([ignored.exitCode, ignored.err], [0, 'Nothing to uninstall\n']);
    const some = await uninstall([configMap(space, 'one'), configMap(space, 'other')]);
    assert.equal(some.exitCode, 0, some.err);
    assert.match(some.out, / {2}absent {3}ConfigMap shop\/other/);
    assert.deepEqual(await traces(), []);
  });

  test('deletes nothing without --yes or with --dry-run, and asks at a terminal', async () => {
    const { uninstall, lives } = await applied([configMap(space, 'one')]);
    assert.equal((await uninstall([configMap(space, 'one')], [])).exitCode, 2);
    const dry = await uninstall([configMap(space, 'one')], ['--dry-run', '-o', 'json']);
    assert.deepEqual([dry.exitCode, JSON.parse(dry.out).files], [0, 'standard input']);
    assert.ok(dryRunSchema.parse(JSON.parse(dry.out)), 'the schema describes what is printed');
    assert.equal((await uninstall([configMap(space, 'one')], [], { answer: 'n' })).exitCode, 2);
    assert.ok(await lives(configMap(space, 'one')));
    assert.equal((await uninstall([configMap(space, 'one')], [], { answer: 'y' })).exitCode, 0);
    assert.ok(!(await lives(configMap(space, 'one'))));
  });

  test('keeps what the file wants to keep, whatever the live object says', async () => {
    const kept = configMap(space, 'kept');
    kept.metadata.annotations = { 'helm.sh/resource-policy': 'keep' };
    const live = configMap(space, 'live');
    live.metadata.annotations = { 'bookend.dev/keep': 'true' };
    const { uninstall, lives } = await applied([configMap(space, 'kept'), live]);
    const { exitCode, out } = await uninstall([kept, configMap(space, 'live')]);
    assert.deepEqual([exitCode, await lives(kept), await lives(live)], [0, true, false], out);
    assert.match(out, /ConfigMap shop\/kept: the file has the annotation helm\.sh\/resource-policy: keep/);
  });

  test('refuses while custom resources exist that the files do not name, and takes their choice', async () => {
    const { uninstall, lives } = await applied(operatorChart(), [custom('Widget', 'theirs', space, [widgetFinalizer])]);
    const refused = await uninstall(operatorChart());
    assert.equal(refused.exitCode, 7);
    assert.match(refused.err, /1 custom resource that the files do not name: Widget shop\/theirs/);
    assert.ok(await lives(definition('Widget')));
    const { exitCode, err } = await uninstall(operatorChart(), ['--yes', '--custom-resources', 'delete']);
    assert.equal(exitCode, 0, err);
    assert.deepEqual([await lives(definition('Widget')), await lives(custom('Widget', 'theirs', space))], [false, false]);
  });

  test('refuses a Namespace with something of others in it before anything is deleted', async () => {
    const given = [namespace('made'), configMap('made', 'settings')];
    const { uninstall, lives, traces } = await applied(given, [configMap('made', 'theirs')]);
    const refused = await uninstall(given);
    assert.equal(refused.exitCode, 7);
    assert.match(refused.err, /Namespace made contains 1 object that is not to go: ConfigMap made\/theirs/);
    assert.ok((await lives(configMap('made', 'settings'))) && (await lives(namespace('made'))));
    const all = await uninstall([...given, configMap('made', 'theirs')], ['--yes', '-n', 'made']);
    assert.equal(all.exitCode, 0, all.err);
    assert.ok(!(await lives(namespace('made'))));
    assert.deepEqual(await traces(), [], 'the order was kept in another namespace');
  });

  test('refuses the namespaces of Kubernetes', async () => {
    const { uninstall } = await applied([]);
    const { exitCode, err } = await uninstall([namespace('kube-system')]);
    assert.equal(exitCode, 7);
    assert.match(err, /namespace kube-system belongs to Kubernetes itself/);
  });

  test('says who would make the objects again, or goes on listing them', async () => {
    const marked = (name: string, metadata: object) => {
      const object = configMap(space, name);
      return { ...object, metadata: { ...object.metadata, ...metadata } };
    };
    const all = [
      marked('helm', { annotations: { 'meta.helm.sh/release-name': 'agent', 'meta.helm.sh/release-namespace': space } }),
      marked('argo', { annotations: { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:shop/argo' } }),
      marked('flux', {
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' },
      }),
      marked('made', { labels: { 'bookend.dev/clusteroperator': 'agent' } }),
    ];
    const { uninstall } = await applied(all);
    const { err } = await uninstall(all, ['--dry-run']);
    assert.match(
      err,
      /note: ConfigMap shop\/helm: of Helm release agent in namespace shop, which Helm goes on listing; .*: bookend uninstall agent -n shop/,
    );
    assert.match(err, /note: ConfigMap shop\/argo: applied by Argo CD, .*: argocd app set web --sync-policy none/);
    assert.match(err, /note: ConfigMap shop\/flux: applied by Flux, .*: flux suspend kustomization apps -n flux-system/);
    assert.match(err, /note: ConfigMap shop\/made: made by ClusterOperator agent, which makes it again/);
  });

  test('continues after an interruption, and the same objects again are not those of before', async () => {
    const { uninstall, lives, traces, simulated } = await applied(agentChart());
    const first = await uninstall(agentChart(), ['--yes'], { signal: { name: 'SIGINT', afterMs: 1_500 } });
    assert.equal(first.exitCode, 130, first.err);
    assert.equal((await traces()).length, 1);
    await simulated.settle(20_000);
    for (const object of agentChart()) if (!(await lives(object))) await simulated.cluster.create(object);
    await simulated.settle(2_000);
    const { exitCode, out, err } = await uninstall([...agentChart()].reverse());
    assert.equal(exitCode, 0, err + out);
    assert.deepEqual(await Promise.all(agentChart().map(lives)), [false, false, false, false]);
    assert.deepEqual(await traces(), []);
  });

  test('knows flags of releases and namespaces from its own', async () => {
    const { run } = await applied([]);
    for (const args of [
      ['-f', '-', '--keep-history'],
      ['-f', '-', '--claims', 'delete'],
      ['-f', '-', 'agent'],
      [],
      ['agent', '-R'],
    ])
      assert.equal(
        (await run(['uninstall', ...args, '--yes'], { input: yaml([configMap(space, 'a')]) })).exitCode,
        2,
        args.join(' '),
      );
  });
});
