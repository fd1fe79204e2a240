import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import { readYaml } from '../../objects/yaml.ts';
import type { Receipt } from '../../residue/receipt.ts';
import { configMap, custom, definition, namespace, workload } from '../testing/manifests.ts';
import { type SimulatedTerminal, simulatedTerminal } from '../testing/simulated-terminal.ts';
import { storedRelease } from '../testing/stored-release.ts';
import { receiptSchema } from './schema.ts';

const directory = mkdtempSync(join(tmpdir(), 'bookend-residue-'));
after(() => rmSync(directory, { recursive: true }));

const node = { apiVersion: 'v1', kind: 'Node', name: 'node-1' };
const settings = configMap('shop', 'settings');
const agent: KubernetesObject = {
  ...workload('DaemonSet', 'shop', 'agent'),
  spec: {
    selector: { matchLabels: { app: 'agent' } },
    template: {
      metadata: { labels: { app: 'agent' } },
      spec: {
        containers: [{ name: 'labeller', image: 'example.com/labeller:1', env: [{ name: 'L', value: 'shop.example/on' }] }],
      },
    },
  },
};

/** `helm uninstall --keep-history`: the record says so. */
function uninstalled(objects: readonly KubernetesObject[]): KubernetesObject {
  return storedRelease('shop', 'agent', objects, 'uninstalled');
}

function marked(object: KubernetesObject): KubernetesObject {
  const annotations = { 'meta.helm.sh/release-name': 'agent', 'meta.helm.sh/release-namespace': 'shop' };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

async function terminalWith(...objects: KubernetesObject[]): Promise<SimulatedTerminal> {
  const terminal = simulatedTerminal({ nodes: ['node-1'] });
  const { cluster } = terminal.simulated;
  await cluster.create(namespace('shop'));
  await terminal.simulated.settle();
  for (const object of objects) await cluster.create(object, { fieldManager: 'helm' });
  await terminal.simulated.settle();
  return terminal;
}

async function labelled({ simulated }: SimulatedTerminal, manager: string): Promise<void> {
  const value = { metadata: { labels: { 'shop.example/on': 'yes' } } };
  await simulated.cluster.patch(node, { type: 'merge', value }, { fieldManager: manager });
}

async function receiptOf(terminal: SimulatedTerminal, ...flags: string[]): Promise<Receipt> {
  const { out, err } = await terminal.run(['residue', 'agent', '-n', 'shop', '-o', 'json', ...flags]);
  assert.notEqual(out, '', err);
  const receipt = JSON.parse(out) as Receipt;
  assert.deepEqual(receiptSchema.parse(receipt), receipt, 'the schema describes what is printed');
  return receipt;
}

const digestOf = async (terminal: SimulatedTerminal, ...flags: string[]) =>
  (await receiptOf(terminal, ...flags)).removal?.digest ?? assert.fail('nothing can be removed');

/** Removes the list that these flags show now. */
const removeInto = async (terminal: SimulatedTerminal, save: string, ...flags: string[]) => {
  const digest = await digestOf(terminal, ...flags);
  return terminal.run(['residue', 'agent', '-n', 'shop', ...flags, '--delete', digest, '--save', save]);
};

describe('bookend residue', () => {
  test('of a release with history: what is left, with a command for each, and exit code 1', async () => {
    const terminal = await terminalWith(uninstalled([settings, agent]), marked(settings));
    await labelled(terminal, 'labeller');
    const { exitCode, out } = await terminal.run(['residue', 'agent', '-n', 'shop']);
    assert.equal(exitCode, 1);
    assert.match(out, /^✗ Release agent in namespace shop: 2 things are left behind/);
    assert.match(out, /ConfigMap shop\/settings \(config-map, likely\)/);
    assert.match(out, /metadata\.labels\[shop\.example\/on\]=yes on Node node-1 \(field, likely, set by labeller\)/);
    assert.match(out, /kubectl label nodes\/node-1 shop\.example\/on-/);
    assert.match(out, /bookend residue agent -n shop --delete [0-9a-f]{16}/);
  });

  test('nothing is left, and everything was seen: clean', async () => {
    const terminal = await terminalWith();
    const record = uninstalled([settings]);
    await terminal.simulated.cluster.create(record);
    const receipt = await receiptOf(terminal);
    assert.deepEqual([receipt.residue, receipt.verdict], [[], 'clean']);
    assert.deepEqual(
      receipt.kept.map(({ by, says }) => [by, says]),
      [['user', 'helm uninstall --keep-history kept it']],
    );
  });

  test('a release without any record is never clean: exit code 10', async () => {
    const { exitCode, out } = await (await terminalWith()).run(['residue', 'agent', '-n', 'shop']);
    assert.equal(exitCode, 10);
    assert.match(out, /clean as far as seen; not everything could be looked at/);
    assert.match(out, /neither a record nor a chart was read/);
    assert.match(out.replaceAll(/\s+/g, ' '), /name the release and pass the chart that it was installed from with --chart/);
  });

  test('an account that may not read the record of the release gets a message that says so', async () => {
    const terminal = await terminalWith();
    const { exitCode, err } = await terminal.run(['residue', 'agent', '-n', 'shop'], { user: { name: 'jane', groups: [] } });
    assert.equal(exitCode, 4, err);
  });

  test('an installed release has no residue: the advice is a preview', async () => {
    const terminal = await terminalWith(storedRelease('shop', 'agent', [settings]));
    const { exitCode, err } = await terminal.run(['residue', 'agent', '-n', 'shop']);
    assert.equal(exitCode, 2);
    assert.match(err, /release agent is installed/);
    assert.match(err, /bookend preview agent -n shop/);
  });

  test('a whole namespace: every release that is on record or named, and is not installed', async () => {
    const terminal = await terminalWith(uninstalled([settings]), marked(settings));
    const other = { 'meta.helm.sh/release-name': 'other', 'meta.helm.sh/release-namespace': 'shop' };
    await terminal.simulated.cluster.create({
      ...configMap('shop', 'x'),
      metadata: { name: 'x', namespace: 'shop', annotations: other },
    });
    const { exitCode, out } = await terminal.run(['residue', '--namespace', 'shop', '-o', 'json']);
    const { receipts } = JSON.parse(out) as { receipts: Receipt[] };
    assert.deepEqual(
      receipts.map(({ release, verdict }) => [release.name, verdict]),
      [
        ['agent', 'residue'],
        ['other', 'clean-as-far-as-seen'],
      ],
    );
    assert.equal(exitCode, 1);
  });

  test('of a namespace names what an uninstall of files left that was killed, with the command that removes it', async () => {
    const terminal = await terminalWith(agent, settings);
    const input = [agent, settings].map((object) => JSON.stringify(object)).join('\n---\n');
    const uninstall = ['uninstall', '-f', '-', '-n', 'shop', '--yes'];
    await terminal.run(uninstall, { input, signal: { name: 'SIGTERM', afterMs: 100 } });
    const { out } = await terminal.run(['residue', '--namespace', 'shop']);
    const [, name] = /Secret shop\/(bookend\.uninstall-files\.\w{16})\n/.exec(out) ?? assert.fail(out);
    assert.match(out, new RegExp(`^ {2}kubectl delete secret/${name} -n shop$`, 'm'));
    const document = JSON.parse((await terminal.run(['residue', '--namespace', 'shop', '-o', 'json'])).out);
    assert.deepEqual(document.unfinished, [`Secret/shop/${name}`]);
    assert.equal((await terminal.run(uninstall, { input })).exitCode, 0);
    assert.doesNotMatch((await terminal.run(['residue', '--namespace', 'shop'])).out, /Uninstalls of files/);
  });

  test('without a release and a namespace there is nothing to look for', async () => {
    const { exitCode, err } = await (await terminalWith()).run(['residue']);
    assert.equal(exitCode, 2);
    assert.match(err, /no release given/);
  });
});

describe('bookend residue --delete', () => {
  test('saves what was shown, removes exactly it in order, and shows what is left then', async () => {
    const secret: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'tls', namespace: 'shop' },
      data: { key: 'aGk=' },
    };
    const left = [marked(settings), marked(secret), configMap('shop', 'of-others')];
    const terminal = await terminalWith(uninstalled([settings, agent, secret]), ...left);
    await labelled(terminal, 'labeller');
    const save = join(directory, 'all');
    const { exitCode, out, err } = await removeInto(terminal, save);
    assert.equal(exitCode, 0, err + out);
    assert.match(out, /✓ Release agent in namespace shop: clean/);
    assert.match(err, /3 objects are saved in .*all \(mode 0700\); 1 of them is a Secret, with all values/);
    assert.equal(statSync(save).mode & 0o777, 0o700);
    const saved = readdirSync(save).map((file) => readYaml(readFileSync(join(save, file), 'utf8'), file)[0]?.object);
    assert.deepEqual(saved.map((object) => object?.kind).sort(), ['ConfigMap', 'Node', 'Secret']);
    assert.ok(saved.find((object) => object?.kind === 'Secret')?.data, 'a Secret with its values');
    const { cluster } = terminal.simulated;
    assert.equal((await cluster.get(node))?.metadata.labels?.['shop.example/on'], undefined);
    assert.ok(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'of-others', namespace: 'shop' }));
  });

  test('refuses another digest: the list has changed since it was shown', async () => {
    const terminal = await terminalWith(uninstalled([settings]), marked(settings));
    const digest = await digestOf(terminal);
    const { cluster } = terminal.simulated;
    await cluster.patch(
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace: 'shop' },
      { type: 'merge', value: { data: { a: '2' } } },
    );
    const { exitCode, err } = await terminal.run(['residue', 'agent', '-n', 'shop', '--delete', digest]);
    assert.equal(exitCode, 5);
    assert.match(err, /Nothing was deleted/);
    assert.ok(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace: 'shop' }));
  });

  test('leaves alone what only marks speak for, although they name the release', async () => {
    const annotations = { 'meta.helm.sh/release-name': 'agent', 'meta.helm.sh/release-namespace': 'shop' };
    const bank: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'bank', namespace: 'default', annotations },
    };
    const terminal = await terminalWith(uninstalled([settings]), marked(settings), bank);
    const { removal, residue } = await receiptOf(terminal);
    assert.ok(
      residue.some(({ id }) => id === 'Secret/default/bank'),
      'it is shown',
    );
    assert.ok(!removal?.items.some(({ id }) => id === 'Secret/default/bank'));
    const save = join(directory, 'marks');
    await terminal.run(['residue', 'agent', '-n', 'shop', '--delete', removal?.digest ?? '', '--save', save]);
    assert.ok(await terminal.simulated.cluster.get({ apiVersion: 'v1', kind: 'Secret', name: 'bank', namespace: 'default' }));
    const include = ['--include', 'Secret/default/bank'];
    const named = await removeInto(terminal, join(directory, 'named'), ...include);
    assert.equal(named.exitCode, 0, named.err);
    assert.equal(
      await terminal.simulated.cluster.get({ apiVersion: 'v1', kind: 'Secret', name: 'bank', namespace: 'default' }),
      undefined,
    );
  });

  test('a definition does not take custom resources along that are not in the list', async () => {
    const terminal = await terminalWith(uninstalled([definition('Widget')]), marked(definition('Widget')));
    await terminal.simulated.cluster.create(custom('Widget', 'theirs', 'shop'));
    const include = ['--include', 'CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com'];
    const digest = await digestOf(terminal, ...include);
    const { exitCode, err } = await terminal.run(['residue', 'agent', '-n', 'shop', ...include, '--delete', digest]);
    assert.equal(exitCode, 5);
    assert.match(err, /Widget shop\/theirs would go along.* Nothing was deleted/);
    assert.match(err, /--include Widget\.example\.com\/shop\/theirs/);
  });

  test('a directory that holds something is no place to save', async () => {
    const terminal = await terminalWith(uninstalled([settings]), marked(settings));
    const { exitCode, err } = await removeInto(terminal, import.meta.dirname);
    assert.equal(exitCode, 2);
    assert.match(err, /is not empty; nothing was deleted/);
  });

  test('what a finalizer holds is blocked, and the blocker is named', async () => {
    const held = marked({ ...settings, metadata: { ...settings.metadata, finalizers: ['example.com/hold'] } });
    const terminal = await terminalWith(uninstalled([settings]), held);
    const { exitCode, out } = await terminal.run([
      'residue',
      'agent',
      '-n',
      'shop',
      '--delete',
      await digestOf(terminal),
      '--save',
      join(directory, 'held'),
      '--timeout',
      '10s',
    ]);
    assert.ok(exitCode === 7 || exitCode === 8, String(exitCode));
    assert.match(out, /example\.com\/hold/);
  });
});

describe('bookend residue --check-reinstall', () => {
  test('names what is in the way, and custom resources whose definition is gone as not checked', async () => {
    const widget = custom('Widget', 'one', 'shop');
    const record = uninstalled([definition('Widget'), widget, settings, configMap('nowhere', 'x')]);
    const terminal = await terminalWith(record, settings);
    const { reinstall } = await receiptOf(terminal, '--check-reinstall');
    assert.equal(reinstall?.result, 'refused');
    assert.deepEqual(
      reinstall?.refused.map(({ id }) => id),
      ['ConfigMap/shop/settings'],
    );
    assert.deepEqual(reinstall?.notChecked.map(({ id }) => id).sort(), ['ConfigMap/nowhere/x', 'Widget.example.com/shop/one']);
    assert.match(reinstall?.notChecked.find(({ id }) => id.startsWith('Widget'))?.says ?? '', /widgets\.example\.com is gone/);
  });

  test('a release whose objects are all gone is accepted again, and nothing is stored', async () => {
    const terminal = await terminalWith(uninstalled([settings]));
    assert.equal((await receiptOf(terminal, '--check-reinstall')).reinstall?.result, 'accepted');
    assert.equal(
      await terminal.simulated.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace: 'shop' }),
      undefined,
    );
  });
});
