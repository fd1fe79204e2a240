/** The stages of `npm test`, in the order in which they run: what is quick and says most comes first. */
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { lastWordsOfEnded, type Progress } from '../local-cluster/index.ts';
import type { TestArguments } from './arguments.ts';
import { runCommand } from './command.ts';
import { runGoTests } from './go-tests.ts';
import { importProblems, type SourceFile, sourceFiles } from './import-direction.ts';
import { runNodeTests } from './node-tests.ts';
import { checked, type StageName, type StageResult } from './stage.ts';
import type { TestCluster } from './test-cluster.ts';
import type { TestCount } from './test-count.ts';
import { touchedTests } from './touched.ts';

export type Stage = {
  name: StageName;
  title: string;
  /** It may run at the same time as that stage, on a cluster of its own. */
  beside?: StageName;
  /** @param detail says what it is at just now */
  run(context: StageContext, detail: (text: string) => void): Promise<StageResult>;
};

type StageContext = {
  root: string;
  args: TestArguments;
  /** The stage's log file. */
  log: string;
  signal: AbortSignal;
  cluster: TestCluster;
  progress: Progress;
  /** Only unit tests that these files touch; absent: all. */
  changed?: readonly string[];
};

/** A test that takes longer is named while the stage runs, in ms. */
const worthALineMs = 2_000;

export const stages: readonly Stage[] = [
  command('types', 'Types (tsc --noEmit)', ['node_modules/typescript/bin/tsc', '--noEmit']),
  command(
    'lint',
    'Lint (biome check, markdownlint, knip)',
    ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
    ['node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs'],
    ['node_modules/knip/bin/knip.js', '--no-progress'],
  ),
  { name: 'imports', title: 'Import direction', run: checkImports },
  command('generated', 'Generated files are current', ['tools/generate/main.ts', '--check']),
  nodeTests('unit', 'Unit and property tests', ['{src,tools,bench,demo,examples,test/corpus,test/differential}/**/*.test.ts'], {
    concurrency: availableParallelism(),
  }),
  nodeTests('fuzz', 'Fuzzing', ['test/fuzz/**/*.fuzz.ts'], { concurrency: 1 }),
  { name: 'seed', title: 'The copy tool (Go)', run: testSeed },
  nodeTests('browser', 'The HTML report in a browser', ['test/browser/**/*.browser.ts'], { concurrency: 1 }),
  nodeTests('site', 'The documentation site', ['test/site/**/*.site.ts'], { concurrency: 1 }),
  { name: 'cluster', title: 'A cluster to test on', run: startCluster },
  nodeTests('e2e', 'End to end', ['test/e2e/**/*.e2e.ts'], { concurrency: 1, cluster: true }),
  besideEndToEnd(nodeTests('charts', 'Charts', ['test/charts/**/*.test.ts'], { concurrency: 1, cluster: true })),
  besideEndToEnd(
    nodeTests('contract', 'The cluster contract on a real API server', ['test/contract/**/*.contract.ts'], {
      concurrency: 1,
      cluster: true,
    }),
  ),
  besideEndToEnd(
    nodeTests('attacks', 'Attacks and chaos on a real cluster', ['test/attacks/**/*.attack.ts'], {
      concurrency: 1,
      cluster: true,
    }),
  ),
  told(
    nodeTests('differential', 'The simulated cluster against the real one', ['test/differential/**/*.scenarios.ts'], {
      concurrency: 1,
      cluster: true,
    }),
    'differential.json',
  ),
  told(
    nodeTests('corpus', 'The preview against real uninstalls', ['test/corpus/**/*.corpus.ts'], { concurrency: 1, cluster: true }),
    'corpus.json',
  ),
  nodeTests('local-cluster', 'The local cluster itself', ['tools/local-cluster/**/*.e2e.ts'], { concurrency: 1, cluster: true }),
  told(
    nodeTests('uninstalls', 'bookend uninstall of every situation', ['test/corpus/**/*.uninstall.ts'], {
      concurrency: 1,
      cluster: true,
    }),
    'uninstalls.json',
  ),
];

/** Both mostly wait for Pods: on two cores they take little more time together than the longer one takes alone. */
function besideEndToEnd(stage: Stage): Stage {
  return { ...stage, beside: 'e2e' };
}

/** @param programs each with its arguments; the first one that fails ends the stage */
function command(name: StageName, title: string, ...programs: string[][]): Stage {
  return {
    name,
    title,
    async run({ root, log, signal }) {
      let result = checked();
      for (const args of programs) {
        result = await runCommand({ title, args, cwd: root, log, signal });
        if (result.failures.length > 0) break;
      }
      return result;
    },
  };
}

async function checkImports({ root, log }: StageContext): Promise<StageResult> {
  const problems = importProblems(sourceFiles(root));
  writeFileSync(log, problems.map((problem) => `${problem}\n`).join(''));
  return checked(problems.length === 0 ? undefined : { name: 'Import direction', text: problems.join('\n') });
}

function testSeed({ root, args, log, signal }: StageContext, detail: (text: string) => void): Promise<StageResult> {
  return runGoTests({
    directory: join(root, 'tools', 'seed'),
    ...(args.grep !== undefined && { grep: args.grep }),
    log,
    signal,
    environment: process.env,
    onTest: (count) => detail(inWords(count)),
  });
}

async function startCluster({ cluster, progress, log }: StageContext): Promise<StageResult> {
  const started = await cluster.start(progress);
  const failure = 'failure' in started ? started.failure : '';
  writeFileSync(log, failure);
  return checked(failure ? { name: 'A cluster to test on', text: failure } : undefined);
}

type NodeTestStage = { concurrency: number; cluster?: boolean };

function nodeTests(name: StageName, title: string, patterns: string[], { concurrency, cluster }: NodeTestStage): Stage {
  return {
    name,
    title,
    async run(context, detail) {
      const { root, args, log, signal, progress } = context;
      const all = globSync(patterns, { cwd: root, exclude: ['**/node_modules/**'] }).sort();
      if (all.length === 0) return checked({ name: title, text: `there are no files ${patterns.join(', ')}` });
      const files = cluster ? all : touchedOf(context, all);
      if (files.length === 0) return { passed: 0, failures: [] };
      const started = cluster ? await context.cluster.start(progress) : { environment: withoutCluster(process.env) };
      if ('failure' in started) return checked({ name: `${title}: there is no cluster`, text: started.failure });
      const result = await runNodeTests({
        files: files.map((file) => join(root, file)),
        concurrency,
        ...(!cluster && concurrency > 1 && { groupsIn: join(root, '.cache', 'test', 'groups') }),
        nearestFirst: files !== all,
        ...(args.grep !== undefined && { grep: args.grep }),
        // Most of what a short test does is to compile the same modules, unless it finds them compiled.
        environment: { NODE_COMPILE_CACHE: join(root, '.cache', 'compiled'), ...started.environment },
        cwd: root,
        log,
        signal,
        onTest(count, ms) {
          detail(inWords(count));
          if (ms > worthALineMs && cluster) progress.line(`  ${count.latest}: ${(ms / 1000).toFixed(1)} s`);
        },
      });
      return cluster ? withLastWords(result, context.cluster.name) : result;
    },
  };
}

/** Of these files of tests those that the context asks for: all, if it knows of no changes. */
function touchedOf({ root, changed, progress }: StageContext, all: string[]): string[] {
  if (changed === undefined) return all;
  const files = touchedTests(allCode(root), all, changed);
  progress.line(`  ${files.length} of ${all.length} files of tests are touched`);
  return files;
}

function inWords({ passed, failures, latest }: Pick<TestCount, 'passed' | 'failures' | 'latest'>): string {
  return `${passed} passed${failures.length > 0 ? `, ${failures.length} failed` : ''}, ${latest}`;
}

/** All files that a test may import or run. */
function allCode(root: string): SourceFile[] {
  const patterns = ['{src,tools,test,examples,bin,demo,bench,charts}/**/*.{ts,js,mjs}'];
  const paths = globSync(patterns, { cwd: root, exclude: ['**/node_modules/**'] }).map((path) => path.replaceAll('\\', '/'));
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** Prints what the stage's tests counted, from the file in `.cache/test` in which they wrote it down. */
function told(stage: Stage, file: string): Stage {
  return {
    ...stage,
    async run(context, detail) {
      const path = join(context.root, '.cache', 'test', file);
      rmSync(path, { force: true });
      const result = await stage.run(context, detail);
      if (!existsSync(path)) return result;
      const counts = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>);
      context.progress.line(`  ${counts.map(([what, count]) => `${count} ${what}`).join(', ')}`);
      return result;
    },
  };
}

/** When a component of the local cluster has ended under the tests, that is the reason for whatever failed. */
function withLastWords(result: StageResult, clusterName: string): StageResult {
  const words = lastWordsOfEnded(clusterName);
  const [first, ...others] = result.failures;
  if (first === undefined || words.length === 0) return result;
  return { ...result, failures: [{ ...first, text: [...words, first.text].join('\n') }, ...others] };
}

/** Unit tests need no cluster, and none that happens to be configured may change what they find. */
function withoutCluster({ KUBECONFIG: _, ...rest }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return rest;
}
