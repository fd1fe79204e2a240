/** Builds the documentation site: collect the pages, write the reports, run VitePress, check the result. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { repository } from '../image/bundle.ts';
import { installPackages, isCurrent } from '../install-packages.mjs';
import { bookend } from '../lab/command-line.ts';
import { sourceOf, unknownSource } from '../release/commit.ts';
import { findHelm } from './helm.ts';
import { siteProblems } from './html-check.ts';
import type { ReportCommand } from './reports.ts';
import { settingsEnvironment } from './settings.ts';
import { writeSources } from './sources.ts';

export type SiteOptions = {
  /** An empty directory. */
  out: string;
  /** Where the site is on its host: `/` or `/bookend/`. */
  base: string;
  environment?: NodeJS.ProcessEnv;
};

const generator = import.meta.dirname;

/** @throws BookendError `bad-input` for a dead link or anchor, with each of them; `unsupported` without Helm or Go */
export async function buildSite({ out, base, environment = process.env }: SiteOptions): Promise<{ pages: number }> {
  installGenerator();
  const work = mkdtempSync(join(tmpdir(), 'bookend-site-'));
  try {
    const sources = join(work, 'sources');
    // The pages become modules, and modules find packages in a directory above them.
    symlinkSync(join(generator, 'node_modules'), join(work, 'node_modules'));
    const { sections, reports } = writeSources(sources);
    await writeReports(join(sources, 'public'), reports, environment);
    const { description } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { description: string };
    const built = join(work, 'out');
    const address = sourceOf(environment) ?? unknownSource;
    const settings = settingsEnvironment({
      ...{ sources, out: built, cache: join(work, 'cache'), base, description, sections },
      repository: { address, revision: environment.GITHUB_SHA ?? 'main' },
    });
    runVitePress({ ...environment, ...settings });
    checkLinks(built, base);
    cpSync(built, out, { recursive: true });
    return { pages: globSync('**/*.html', { cwd: out }).length };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function installGenerator(): void {
  try {
    if (!isCurrent(generator)) installPackages(generator, isCurrent);
  } catch (cause) {
    throw new BookendError('unsupported', cause instanceof Error ? cause.message : String(cause), {
      advice: 'The first build of the site needs the npm registry.',
      cause,
    });
  }
}

async function writeReports(directory: string, reports: readonly ReportCommand[], environment: NodeJS.ProcessEnv): Promise<void> {
  if (reports.length === 0) return;
  const helm = await findHelm(environment);
  for (const { args, path } of reports) {
    const { status, stdout, stderr } = bookend({ bin: undefined }, args, { environment: { HELM_BIN: helm } });
    // 1 means that the preview found something.
    if (status !== 0 && status !== 1) {
      throw new BookendError('internal', `bookend ${args.join(' ')} ended with ${status}:\n${stderr.trim()}`);
    }
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), stdout);
  }
}

function runVitePress(environment: NodeJS.ProcessEnv): void {
  const program = join(generator, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [program, 'build', generator], {
    env: { ...environment, NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  const words = `${stdout}${stderr}`.trim();
  if (status !== 0) throw new BookendError('bad-input', `the site cannot be built:\n${words}`, { advice: 'Correct the page.' });
}

function checkLinks(directory: string, base: string): void {
  const all = globSync('**/*', { cwd: directory }).filter((path) => statSync(join(directory, path)).isFile());
  const read = (path: string) => readFileSync(join(directory, path), 'utf8');
  const problems = siteProblems({ base, files: new Set(all), read });
  if (problems.length === 0) return;
  throw new BookendError('bad-input', `the site has dead links:\n${problems.join('\n')}`, {
    advice: 'Correct the links in docs/.',
  });
}
