import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { serviceAccount } from '../../cluster/simulated/index.ts';
import { readYaml } from '../../objects/yaml.ts';
import type { Preview } from '../../preview/document.ts';
import { account, deployment, documents } from '../../preview/rules/examples.ts';
import { agentChart } from '../../preview/testing/charts.ts';
import { type RunOptions, simulatedTerminal } from '../testing/simulated-terminal.ts';
import { previewSchema } from './schema.ts';

const directory = mkdtempSync(join(tmpdir(), 'bookend-preview-'));
const fileOf = (name: string, text: string) => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};

const harmless = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';

const run = (args: string[], input = '') => simulatedTerminal().run(args, { input, offline: true });
const parsed = (text: string) => previewSchema.parse(JSON.parse(text));

describe('bookend preview of files', () => {
  test('ends with 0 when there is nothing to find', async () => {
    const { exitCode, out, err } = await run(['preview', '-f', '-'], harmless);
    assert.equal(exitCode, 0);
    assert.match(out, /^✓ kubectl delete -f -: nothing found\. It reports success/);
    assert.equal(err, '');
  });

  test('ends with 1 for an error, names the place in the file, and with 0 when nothing is to fail', async () => {
    const file = fileOf('agent.yaml', agentChart);
    const { exitCode, out } = await run(['preview', '-f', file, '--with', 'helm4']);
    assert.equal(exitCode, 1);
    assert.match(out, /^✗ helm uninstall of .*agent\.yaml: \d+ error/);
    assert.match(out, /agent\.yaml:\d+\)/);
    assert.equal((await run(['preview', '-f', file, '--with', 'helm4', '--fail-on', 'never'])).exitCode, 0);
  });

  test('prints every format, and JSON as its schema says', async () => {
    const file = fileOf('agent.yaml', agentChart);
    const as = async (format: string) => (await run(['preview', '-f', file, '--with', 'helm4', '-o', format])).out;
    const preview: Preview = parsed(await as('json'));
    assert.equal(preview.scenario.tool, 'helm4');
    assert.ok(preview.findings.some(({ severity }) => severity === 'error'));
    assert.ok(preview.bookend);
    const sarif = JSON.parse(await as('sarif')) as { version: string; runs: { results: unknown[] }[] };
    assert.equal(sarif.version, '2.1.0');
    assert.equal(sarif.runs[0]?.results.length, preview.findings.length);
    assert.match(await as('html'), /^<!doctype html>/);
    assert.match(await as('mermaid'), /^gantt\n/);
  });

  test('names the command that looks at the cluster too, and that can be run as it is printed', async () => {
    const rule = '{apiGroups: [""], resources: [secrets], verbs: [create]}';
    const file = fileOf('maker.yaml', documents(account('maker', rule), deployment('maker', 'serviceAccountName: maker')));
    const { out } = await run(['preview', '-f', file, '-n', 'shop', '-o', 'json']);
    const steps = parsed(out).findings.flatMap(({ remedies }) => remedies.flatMap((remedy) => remedy.steps));
    const step = steps.flatMap((each) => (each.do === 'run' && each.argv[1] === 'preview' ? each : []))[0];
    assert.deepEqual(step?.argv, ['bookend', 'preview', '-f', file, '--live', '-n', 'shop']);
    assert.equal((await run(step?.argv.slice(1) ?? [])).exitCode, 0);
  });

  test('is the same for the same seed', async () => {
    const args = ['preview', '-f', '-', '-o', 'json', '--seed', '7'];
    assert.equal((await run(args, agentChart)).out, (await run(args, agentChart)).out);
  });

  test('writes the report into a file and the verdict to the standard error', async () => {
    const report = join(directory, 'report.html');
    const { exitCode, out, err } = await run(['preview', '-f', '-', '-o', 'html', '--output-file', report], harmless);
    assert.deepEqual([exitCode, out], [0, '']);
    assert.match(err, /nothing found.*\nhtml report: .*report\.html\n$/s);
    assert.match(readFileSync(report, 'utf8'), /<\/html>\n$/);
    const elsewhere = await run(['preview', '-f', '-', '--output-file', join(directory, 'no', 'r.txt')], harmless);
    assert.equal(elsewhere.exitCode, 2);
    assert.match(elsewhere.err, /cannot be written/);
  });

  test('ends with 2 for what is no manifest, with file and line, and says the same as JSON', async () => {
    const broken = fileOf('broken.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\nkind: [\n');
    const text = await run(['preview', '-f', broken]);
    assert.equal(text.exitCode, 2);
    assert.match(text.err, /broken\.yaml:\d+/);
    const json = await run(['preview', '-f', broken, '-o', 'json']);
    assert.equal((JSON.parse(json.err) as { error: { exitCode: number } }).error.exitCode, 2);
    const template = await run([
      'preview',
      '-f',
      fileOf('template.yaml', 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}\n'),
    ]);
    assert.equal(template.exitCode, 2);
    assert.match(template.err, /template\.yaml:4: this is an unrendered template/);
    assert.equal((await run(['preview', '-f', fileOf('empty.yaml', '# nothing\n')])).exitCode, 2);
    assert.equal((await run(['preview'])).exitCode, 2);
    assert.match((await run(['preview', directory])).err, /is not a chart/);
  });

  test('says what it does not know of kinds that nobody defines', async () => {
    const { exitCode, err } = await run(['preview', '-f', '-'], 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n');
    assert.equal(exitCode, 0);
    assert.match(err, /^note: Thing\.example\.com is defined neither here nor by Kubernetes/);
  });
});

describe('bookend preview of what is installed', () => {
  const packed = (manifest: string) =>
    gzipSync(
      JSON.stringify({
        ...{ name: 'agent', namespace: 'shop', version: 1, manifest },
        info: { status: 'deployed' },
        chart: { metadata: { name: 'agent', version: '1.0.0' } },
      }),
    ).toString('base64');

  async function installed(type = 'helm.sh/release.v1') {
    const terminal = simulatedTerminal();
    const { cluster } = terminal.simulated;
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const labels = { owner: 'helm', name: 'agent', version: '1', status: 'deployed' };
    const metadata = { name: 'sh.helm.release.v1.agent.v1', namespace: 'shop', labels };
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      type,
      metadata,
      data: { release: Buffer.from(packed(agentChart)).toString('base64') },
    });
    for (const { object } of readYaml(agentChart, 'agent')) await cluster.create(object);
    await terminal.simulated.settle();
    // Reads take no time of the cluster's, and the play has a cluster of its own.
    return { ...terminal, run: (args: string[], options: RunOptions = {}) => terminal.run(args, { offline: true, ...options }) };
  }
  const ofRelease = ['preview', 'agent', '-n', 'shop', '--with', 'helm4'];

  test('reads the release and what is around it, and changes nothing', async () => {
    const { run: runOn, simulated } = await installed();
    let writes = 0;
    simulated.intercept.beforeWrite = () => {
      writes += 1;
    };
    const { exitCode, out } = await runOn([...ofRelease, '-o', 'json']);
    const preview = parsed(out);
    assert.equal(exitCode, 1);
    assert.deepEqual([preview.subject.from, preview.subject.live, preview.subject.objects], ['release', true, 4]);
    assert.equal(writes, 0);
  });

  test('plays the deletion of a namespace', async () => {
    const { run: runOn } = await installed();
    const { out } = await runOn(['preview', '--namespace-delete', 'shop', '-o', 'json', '--fail-on', 'never']);
    const preview = parsed(out);
    assert.deepEqual([preview.scenario.tool, preview.subject.name], ['namespace', 'shop']);
    assert.ok(preview.timeline.some(({ object }) => object.kind === 'DaemonSet'));
  });

  test('ends with 2 where there is no such release, it is of another Helm, or may not be read', async () => {
    const { run: runOn } = await installed();
    const absent = await runOn(['preview', 'other', '-n', 'shop']);
    assert.equal(absent.exitCode, 2);
    assert.match(absent.err, /there is no release other in namespace shop/);
    const foreign = await (await installed('helm.sh/release.v9')).run(ofRelease);
    assert.equal(foreign.exitCode, 2);
    assert.match(foreign.err, /release\.v9/);
    const forbidden = await runOn(ofRelease, { user: serviceAccount('shop', 'nobody') });
    assert.equal(forbidden.exitCode, 2);
    assert.match(forbidden.err, /cannot search for releases/);
  });

  test('shows what it is at to a person at a terminal, and to nobody else', async () => {
    const { run: runOn } = await installed();
    assert.match((await runOn(ofRelease, { interactive: true })).err, /Reading the cluster …/);
    assert.equal((await runOn(ofRelease)).err, '');
    assert.equal((await runOn([...ofRelease, '-o', 'json'], { interactive: true })).err, '');
  });
});
