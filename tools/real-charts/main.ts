/**
 * `npm run real-charts -- --from DIR`: how much of what real public charts show `bookend lint` finds, and what it says
 * that is not so. DIR has a checkout of each chart's repository, `DIR/OWNER/NAME`, at the commit that its expectation
 * names; the charts are no part of this repository. docs/benchmarks.md says how to get them.
 *
 * Flags: `--half open|locked|fresh|second|all` (default all), `--json`, `--show` also lists what was missed and what is
 * unjudged.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import type { Finding } from '../../src/preview/finding.ts';
import { bookend } from '../lab/command-line.ts';
import { root } from '../lab/lab.ts';
import { type Expectation, readExpectation } from './expectation.ts';
import { type ChartScore, kindsIn, recallOf, scoreOf } from './score.ts';

const { values: flags } = parseArgs({
  options: {
    from: { type: 'string' },
    half: { type: 'string', default: 'all' },
    json: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
});

const halves = flags.half === 'all' ? ['open', 'locked', 'fresh', 'second'] : [flags.half];
const notRun: string[] = [];
const scores: ChartScore[] = [];
for (const half of halves) {
  for (const { name, expectation } of expectationsOf(half)) {
    const findings = findingsIn(expectation, flags.from ?? '');
    if (typeof findings === 'string') notRun.push(`${name}: ${findings}`);
    else scores.push(scoreOf(name, expectation, findings));
    process.stderr.write(`${half}/${name} ${typeof findings === 'string' ? findings : `${findings.length} findings`}\n`);
  }
}
const result = summaryOf(scores);
if (flags.json)
  process.stdout.write(`${JSON.stringify({ ...result, notRun, charts: flags.show ? scores : undefined }, null, 2)}\n`);
else process.stdout.write(textOf(result));
if (notRun.length > 0) process.exitCode = 1;

function expectationsOf(half: string): { name: string; expectation: Expectation }[] {
  const folder = join(root, 'test', 'real-charts', half);
  if (!existsSync(folder)) throw new Error(`--half ${half}: there is no ${folder}`);
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.sort().map((file) => ({ name: basename(file, '.yaml'), expectation: readExpectation(join(folder, file)) }));
}

/** What lint finds; a text where the chart could not be read. */
function findingsIn({ chart, values }: Expectation, from: string): Finding[] | string {
  const checkout = join(from, ...new URL(chart.repository).pathname.split('/').filter((part) => part !== ''));
  if (!existsSync(join(checkout, chart.path))) return `${join(checkout, chart.path)} does not exist`;
  const commit = execFileSync('git', ['-C', checkout, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  if (commit !== chart.commit) return `${checkout} is at ${commit}, not at ${chart.commit}`;
  const folder = mkdtempSync(join(tmpdir(), 'bookend-real-charts-'));
  try {
    const file = join(folder, 'values.yaml');
    writeFileSync(file, stringify(values));
    const ended = bookend({ bin: '' }, [
      'lint',
      join(checkout, chart.path),
      '--values',
      file,
      '-o',
      'json',
      '--fail-on',
      'never',
    ]);
    if (ended.status !== 0) return `lint ended with ${ended.status}: ${ended.stderr.trim().slice(0, 300)}`;
    return (JSON.parse(ended.stdout) as { findings: Finding[] }).findings;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function summaryOf(all: readonly ChartScore[]) {
  const count = (of: (score: ChartScore) => readonly unknown[]) => all.reduce((sum, score) => sum + of(score).length, 0);
  return {
    charts: all.length,
    hazards: { found: count(({ found }) => found), missed: count(({ missed }) => missed) },
    recall: {
      all: rounded(recallOf(all)),
      manifest: rounded(recallOf(all, ({ when }) => when === 'manifest')),
      user: rounded(recallOf(all, ({ when }) => when === 'user')),
      byKind: Object.fromEntries(kindsIn(all).map((kind) => [kind, rounded(recallOf(all, (hazard) => hazard.kind === kind))])),
    },
    findings: {
      expected: count(({ expected }) => expected),
      judgedTrue: count(({ judgedTrue }) => judgedTrue),
      untrue: count(({ untrue }) => untrue),
      unjudged: count(({ unjudged }) => unjudged),
    },
  };
}

function textOf({ charts, hazards, recall, findings }: ReturnType<typeof summaryOf>): string {
  const lines = [
    `${charts} charts, ${hazards.found + hazards.missed} hazards: ${hazards.found} found, ${hazards.missed} missed`,
    `recall ${recall.all}; seen in the manifests ${recall.manifest}; depends on what users create ${recall.user}`,
    ...Object.entries(recall.byKind).map(([kind, share]) => `  ${kind}: ${share}`),
    `errors and warnings: ${findings.expected} expected, ${findings.judgedTrue} judged true, ${findings.untrue} not so, ${findings.unjudged} unjudged`,
  ];
  if (flags.show) for (const score of scores) lines.push(...detailsOf(score));
  return `${lines.join('\n')}\n`;
}

function detailsOf({ chart, missed, untrue, unjudged }: ChartScore): string[] {
  return [
    '',
    chart,
    ...missed.map(({ kind, when, objects, what }) => `  missed   ${kind} (${when}) ${objects.join(', ')}: ${what.trim()}`),
    ...untrue.map(({ finding, why }) => `  not so   ${finding.rule}: ${finding.title} [${why.trim()}]`),
    ...unjudged.map((finding) => `  unjudged ${finding.severity} ${finding.rule}: ${finding.title}`),
  ];
}

function rounded(share: number): number {
  return Math.round(share * 1_000) / 1_000;
}
