import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Log } from 'sarif';
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

  test('explains a rule with what it finds and what it passes, and names the one that is meant', async () => {
    const { exitCode, out } = await lint('--explain', 'hook-breaks-retry');
    assert.equal(exitCode, 0);
    assert.match(out, /^hook-breaks-retry: .* \((error|warning|note)\)\n\n[\s\S]*\nFound: [\s\S]*kind: Job[\s\S]*\nNot found: /);
    const json = JSON.parse((await lint('--explain', 'kept', '-o', 'json')).out) as { rule: string; fails: { yaml: string } };
    assert.equal(json.rule, 'kept');
    const wrong = await lint('--explain', 'hook-break-retry');
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.err, /there is no rule hook-break-retry; did you mean hook-breaks-retry\?/);
  });

  describe('with accepted findings', () => {
    const agent = readFileSync(new URL('../../../examples/node-agent/objects.yaml', import.meta.url), 'utf8');
    const ignore =
      'annotations: {bookend.dev/ignore: "permissions-before-pods", bookend.dev/ignore-reason: "The nodes go too."}, name: node-agent';
    const written = (name: string, text: string) => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    };

    test('reports those that an annotation names as suppressed, with the reason, and does not fail', async () => {
      const daemonSet = agent.indexOf('kind: DaemonSet');
      const annotated = agent.slice(0, daemonSet) + agent.slice(daemonSet).replace('name: node-agent', ignore);
      const before = await lint(written('agent.yaml', agent));
      assert.equal(before.exitCode, 1);
      const after = await lint(written('annotated.yaml', annotated), '--sarif-file', join(directory, 'annotated.sarif'));
      assert.equal(after.exitCode, 0, after.out);
      assert.match(after.out, /nothing found \(1 suppressed\)/);
      assert.match(after.out, /permissions-before-pods: .*\(ignored by annotation: The nodes go too\.\)/s);
      const { runs } = JSON.parse(readFileSync(join(directory, 'annotated.sarif'), 'utf8')) as Log;
      assert.deepEqual(runs[0]?.results?.[0]?.suppressions, [
        { kind: 'inSource', status: 'accepted', justification: 'The nodes go too.' },
      ]);
    });

    test('writes a baseline, and then fails for what is new only', async () => {
      const file = written('known.yaml', agent);
      const baseline = join(directory, 'baseline.json');
      const first = await lint(file, '--write-baseline', baseline);
      assert.equal(first.exitCode, 0);
      assert.match(first.err, /baseline of 1 finding: /);
      const again = await lint(file, '--baseline', baseline);
      assert.equal(again.exitCode, 0);
      assert.match(again.out, /known in the baseline/);
      writeFileSync(file, agent.replaceAll('node-agent', 'other-agent'));
      assert.equal((await lint(file, '--baseline', baseline)).exitCode, 1);
    });

    test('refuses a baseline that is none, with the field', async () => {
      const wrong = written('wrong.json', '{"version": 1, "findings": [{"rule": "x"}]}');
      const { exitCode, err } = await lint(join(directory, 'a.yaml'), '--baseline', wrong);
      assert.equal(exitCode, 2);
      assert.match(err, /wrong\.json is not a baseline: findings\.0\.subject/);
      assert.match(
        (await lint(join(directory, 'a.yaml'), '--baseline', join(directory, 'absent.json'))).err,
        /absent\.json cannot be read/,
      );
    });
  });

  test('ends with 2 for what it cannot read', async () => {
    const absent = await lint(join(directory, 'absent.yaml'));
    assert.equal(absent.exitCode, 2);
    assert.match(absent.err, /absent\.yaml does not exist/);
    assert.equal((await lint()).exitCode, 2);
    assert.equal((await lint(directory, '--fail-on', 'sometimes')).exitCode, 2);
  });
});
