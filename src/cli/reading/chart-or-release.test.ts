/** A name that a chart's directory and an installed release share. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serviceAccount } from '../../cluster/simulated/index.ts';
import { configMap, namespace } from '../testing/manifests.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import { storedRelease } from '../testing/stored-release.ts';

describe('a name that a chart and a release have', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-names-'));
  const from = process.cwd();
  before(() => {
    mkdirSync(join(directory, 'agent'));
    writeFileSync(join(directory, 'agent', 'Chart.yaml'), 'apiVersion: v2\nname: agent\nversion: 1.0.0\n');
    process.chdir(directory);
  });
  after(() => {
    process.chdir(from);
    rmSync(directory, { recursive: true });
  });

  async function terminal(...names: string[]) {
    const made = simulatedTerminal();
    await made.simulated.cluster.create(namespace('shop'));
    for (const name of names) await made.simulated.cluster.create(storedRelease('shop', name, [configMap('shop', 'one')]));
    return made;
  }

  for (const verb of ['preview', 'plan', 'rights']) {
    test(`${verb} asks which is meant`, async () => {
      const { run } = await terminal('agent');
      const { exitCode, err } = await run([verb, 'agent', '-n', 'shop']);
      assert.equal(exitCode, 2);
      assert.match(err, /agent is the directory of a chart, and a release in namespace shop/);
      assert.match(err, /For the chart: \.\/agent\. For the release: --release agent/);
    });
  }

  test('also without a flag that refers to a cluster', async () => {
    const { run } = await terminal('agent');
    assert.equal((await run(['plan', 'agent'], { namespace: 'shop' })).exitCode, 2);
  });

  test('the chart is taken, with a note, if the cluster does not say', async () => {
    const { run } = await terminal('agent');
    const user = serviceAccount('shop', 'nobody');
    const { err } = await run(['plan', 'agent', '-n', 'shop'], { user });
    assert.match(err, /note: agent is the chart in the directory; the cluster does not answer\. For the chart: \.\/agent/);
  });

  test('--release means the release', async () => {
    const { run } = await terminal('agent');
    const { exitCode, out } = await run(['plan', '--release', 'agent', '-n', 'shop']);
    assert.equal(exitCode, 0);
    assert.match(out, /ConfigMap shop\/one/);
  });

  test('a release of another name is not asked about', async () => {
    const { run } = await terminal('other');
    assert.match((await run(['plan', 'other', '-n', 'shop'])).out, /ConfigMap shop\/one/);
  });
});
