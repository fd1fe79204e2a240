/**
 * What a plain `helm uninstall` of a naive chart leaves behind, found by `bookend residue`: the label on the Node with
 * the program that set it. A snapshot that is taken by other means agrees with it, and `--delete` removes exactly it.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { subjectOf } from '../../src/reading/manifests.ts';
import { readRelease } from '../../src/reading/release.ts';
import { scopesOf } from '../../src/reading/surroundings.ts';
import type { Receipt } from '../../src/residue/receipt.ts';
import { receiptOf } from '../../src/residue/receipt-of.ts';
import { takeSnapshot } from '../../src/residue/take-snapshot.ts';
import { bookend } from '../../tools/lab/command-line.ts';
import type { HelmVersion } from '../../tools/lab/lab.ts';
import { untilNone } from '../../tools/lab/observe.ts';
import { residueSince, snapshot } from '../../tools/lab/residue.ts';
import { naiveChart, useNaiveRelease } from './naive-release.ts';

const namespace = 'e2e-residue';
const release = 'e2e-residue';
const label = 'residue.e2e.bookend.dev/agent';
const definition = 'CustomResourceDefinition.apiextensions.k8s.io/nodeagents.example.bookend.dev';

describe('What helm uninstall leaves behind', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-residue-'));
  after(() => rmSync(directory, { recursive: true }));

  const { opened, labelled, install } = useNaiveRelease(release, label);
  const uninstall = async (helm: HelmVersion, ...flags: string[]) => {
    await opened().run(helm, ['uninstall', release, '-n', namespace, '--wait', ...flags]);
    await untilNone(opened().cluster, { apiVersion: 'v1', kind: 'Pod', namespace });
  };
  const residue = (...flags: string[]) => {
    const lab = opened();
    return bookend(lab, ['residue', release, '-n', namespace, '--kubeconfig', lab.kubeconfig, ...flags], { timeoutMs: 60_000 });
  };
  const theLabel = ({ residue: found }: Receipt) => {
    const left = found.find(({ field }) => field?.path === `metadata.labels[${label}]`);
    assert.ok(left, JSON.stringify(found.map(({ id, field }) => [id, field])));
    return left;
  };

  test('the label on the Node is named with its program, and agrees with a snapshot that was taken by other means', async () => {
    const { cluster } = opened();
    const before = await snapshot(cluster);
    await install('helm4');
    const stored = await readRelease(cluster, release, namespace);
    const options = { from: 'release' as const, name: release, namespace, scope: await scopesOf(cluster) };
    const { subject } = subjectOf(stored.documents, options);
    const installed = await takeSnapshot(cluster);
    await uninstall('helm4');

    const receipt = receiptOf({ release: subject, before: installed, after: await takeSnapshot(cluster) });
    const left = theLabel(receipt);
    assert.deepEqual(
      [left.program, left.confidence, left.field?.value],
      ['node', 'likely', 'ready'],
      JSON.stringify(left.evidence),
    );
    assert.deepEqual(
      left.evidence.map(({ clue }) => clue),
      ['manager', 'mention'],
    );
    assert.match(left.evidence[0]?.says ?? '', /as a program of DaemonSet e2e-residue\/e2e-residue is called/);
    assert.ok(
      receipt.gone.some(({ id }) => id === `DaemonSet.apps/${namespace}/${release}`),
      'what the operator made',
    );
    const seen = await residueSince(cluster, before);
    const ofOurs = (id: string) => id.includes(`/${release}`) || id.includes(label) || id === definition;
    const sure = receipt.residue.filter(({ confidence }) => confidence !== 'possible');
    const named = sure.map(({ id, field }) => (field ? `label ${label} on ${id}` : id));
    assert.deepEqual(named.filter((id) => id !== definition).sort(), seen.filter((id) => ofOurs(id) && id !== definition).sort());
  });

  test('the command finds the same afterwards with the chart, and removes exactly what it showed', async () => {
    const { cluster } = opened();
    const flags = ['--chart', naiveChart, '--set', `label=${label}`];
    const shown = residue(...flags, '--check-reinstall', '-o', 'json');
    assert.equal(shown.status, 1, shown.stderr);
    const receipt = JSON.parse(shown.stdout) as Receipt;
    const [node] = (await cluster.list({ apiVersion: 'v1', kind: 'Node', metadataOnly: true })).items;
    assert.deepEqual(theLabel(receipt).remedy.steps, [
      { do: 'run', when: 'after', argv: ['kubectl', 'label', `nodes/${node?.metadata.name}`, `${label}-`] },
    ]);
    assert.deepEqual(receipt.reinstall?.refused, []);

    const save = join(directory, 'saved');
    const removed = residue(...flags, '--delete', receipt.removal?.digest ?? '', '--save', save, '-o', 'json');
    assert.equal(await labelled(), 0, removed.stderr);
    assert.deepEqual(
      (JSON.parse(removed.stdout) as Receipt).residue.filter(({ confidence }) => confidence !== 'possible'),
      [],
    );
    assert.equal(readdirSync(save).length, receipt.removal?.items.length);
    assert.equal(statSync(save).mode & 0o777, 0o700);
  });

  test('a release with history needs no chart', async () => {
    await install('helm3');
    await uninstall('helm3', '--keep-history');
    const { status, stdout, stderr } = residue('-o', 'json');
    assert.equal(status, 1, stderr);
    const receipt = JSON.parse(stdout) as Receipt;
    assert.equal(theLabel(receipt).program, 'node');
    assert.deepEqual(
      receipt.kept.map(({ by }) => by),
      ['user'],
    );
    await opened().run('helm3', ['uninstall', release, '-n', namespace]);
  });
});
