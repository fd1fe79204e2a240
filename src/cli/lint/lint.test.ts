import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import type { LintFlags } from './flags.ts';
import { lintRequestsOf } from './subjects.ts';

const directory = mkdtempSync(join(tmpdir(), 'bookend-lint-'));
mkdirSync(join(directory, 'below'));
writeFileSync(join(directory, 'a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
writeFileSync(join(directory, 'below', 'b.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n');

const lint = (...args: string[]) => simulatedTerminal().run(['lint', ...args], { offline: true });
const kindOf = (name: string) => (name.startsWith('chart') ? 'chart' : 'other');

describe('bookend lint', () => {
  test('says in short that nothing was found', async () => {
    const { exitCode, out } = await lint(directory);
    assert.equal(exitCode, 0);
    assert.match(out, /^✓ /);
    assert.doesNotMatch(out, /Timeline/);
  });

  test('takes files and directories as arguments or with -f, and on request those below', async () => {
    const objects = async (...args: string[]) =>
      (JSON.parse((await lint(...args, '-o', 'json')).out) as { subject: { objects: number } }).subject.objects;
    assert.equal(await objects(directory), 1);
    assert.equal(await objects('-R', directory), 2);
    assert.equal(await objects(join(directory, 'a.yaml'), '-f', join(directory, 'below')), 2);
  });

  test('takes each chart by itself, and manifests together', () => {
    const sources = (paths: string[], flags: LintFlags = {}) => lintRequestsOf(paths, flags, kindOf).map(({ source }) => source);
    const ofChart = (chart: string) => ({ from: 'chart', chart, flags: ['--set', 'a=1'] });
    assert.deepEqual(sources(['chart'], { set: ['a=1'] }), [ofChart('chart')]);
    assert.deepEqual(sources(['chart1', 'a.yaml', 'chart2', 'b.yaml', 'chart1'], { set: ['a=1'] }), [
      ...['chart1', 'chart2'].map(ofChart),
      { from: 'files', files: ['a.yaml', 'b.yaml'], recursive: false },
    ]);
    assert.throws(() => sources(['a.yaml'], { set: ['a=1'] }), /--set is for charts only/);
    assert.throws(() => sources([]), /no input given/);
  });

  test('prints text and writes SARIF in one run, for one and for several', async () => {
    const chart = join(directory, 'chart');
    mkdirSync(join(chart, 'templates'), { recursive: true });
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: chart\nversion: 0.1.0\ntype: library\n');
    for (const paths of [[directory], [directory, chart]]) {
      const report = join(directory, `report-${paths.length}.sarif`);
      const { exitCode, out } = await lint(...paths, '--sarif-file', report);
      assert.equal(exitCode, 0);
      assert.match(out, /^✓ /);
      assert.equal((JSON.parse(readFileSync(report, 'utf8')) as { version: string }).version, '2.1.0');
    }
    const elsewhere = await lint(directory, '--sarif-file', join(directory, 'no', 'r.sarif'));
    assert.equal(elsewhere.exitCode, 2);
    assert.match(elsewhere.err, /--sarif-file/);
  });

  test('ends with 2 for what it cannot read', async () => {
    const absent = await lint(join(directory, 'absent.yaml'));
    assert.equal(absent.exitCode, 2);
    assert.match(absent.err, /absent\.yaml does not exist/);
    assert.equal((await lint()).exitCode, 2);
    assert.equal((await lint(directory, '--fail-on', 'sometimes')).exitCode, 2);
  });
});
