/**
 * Builds the programs of a cluster from Go modules, once for each version, into the user's cache.
 *
 * A group appears in the cache complete or not at all (built aside, then renamed). After an interruption Go's own build
 * cache still has what was compiled.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../machine/command.ts';
import { withLock } from '../machine/lock.ts';
import { cacheDirectory } from '../machine/paths.ts';
import { requireGo } from '../machine/platform.ts';
import { duration, type Progress } from '../progress.ts';
import { BuildShare } from './build-share.ts';
import {
  cacheKey,
  kubernetesGoModule,
  kwok,
  ldflags,
  type Program,
  type ProgramGroup,
  programGroups,
  registry,
} from './recipes.ts';

/** The directory of each group of built programs. */
export type Programs = Record<keyof ReturnType<typeof programGroups>, string>;

/**
 * Makes sure that every program for a Kubernetes release is built.
 * @param needs Helm 3 may be left out: then the path of it leads nowhere yet
 * @throws BookendError `unsupported` without Go, `internal` with the compiler's words when a build fails.
 */
export async function buildPrograms(release: string, progress: Progress, needs: { helm3: boolean }): Promise<Programs> {
  const groups = programGroups(release);
  const missing = Object.values(groups).filter((group) => !isBuilt(group) && (needs.helm3 || group !== groups.helm3));
  if (missing.length > 0) await buildMissing(missing, progress);
  const { kubernetes, containerd, coredns, helm3, helm4, pause } = groups;
  return {
    kubernetes: directoryOf(kubernetes),
    containerd: directoryOf(containerd),
    coredns: directoryOf(coredns),
    helm3: directoryOf(helm3),
    helm4: directoryOf(helm4),
    pause: directoryOf(pause),
  };
}

/** Both Helms alone, for what needs no cluster. */
export async function buildHelms(release: string, progress: Progress): Promise<{ helm3: string; helm4: string }> {
  const { helm3, helm4 } = programGroups(release);
  const missing = [helm4, helm3].filter((group) => !isBuilt(group));
  if (missing.length > 0) await buildMissing(missing, progress);
  return { helm3: join(directoryOf(helm3), 'helm'), helm4: join(directoryOf(helm4), 'helm') };
}

/** The path of Helm 4, for what only renders charts. */
export async function buildHelm4(release: string, progress: Progress): Promise<string> {
  const { helm4 } = programGroups(release);
  if (!isBuilt(helm4)) await buildMissing([helm4], progress);
  return join(directoryOf(helm4), 'helm');
}

/** The path of a registry, for tests. */
export function buildRegistry(progress: Progress): Promise<string> {
  return buildAlone(registry, progress);
}

/** The path of kwok, for the benchmark of scale. */
export function buildKwok(progress: Progress): Promise<string> {
  return buildAlone(kwok, progress);
}

/** A program that no cluster needs, on demand. */
async function buildAlone(group: ProgramGroup, progress: Progress): Promise<string> {
  if (!isBuilt(group)) await buildMissing([group], progress);
  return join(directoryOf(group), group.name);
}

function directoryOf(group: ProgramGroup): string {
  const own = ownSource(group);
  const source =
    own === undefined
      ? ''
      : readdirSync(own)
          .map((file) => readFileSync(join(own, file), 'utf8'))
          .join('\n');
  return join(cacheDirectory(), 'programs', cacheKey(group, source, `${process.platform}-${process.arch}`));
}

/** The directory of a source that is part of this project. */
function ownSource({ source }: ProgramGroup): string | undefined {
  return typeof source === 'string' ? undefined : fileURLToPath(new URL(`../${source.directory}/`, import.meta.url));
}

function isBuilt(group: ProgramGroup): boolean {
  return existsSync(directoryOf(group));
}

async function buildMissing(missing: ProgramGroup[], progress: Progress): Promise<void> {
  await requireGo();
  const total = missing.reduce((sum, group) => sum + group.programs.length, 0);
  progress.line(
    `Building ${total} programs with Go; this happens once (ten to fifteen minutes on two cores when Go's own cache is empty)`,
  );
  const started = performance.now();
  const share = new BuildShare(missing.flatMap(({ programs }) => programs));
  let number = 0;
  for (const group of missing) {
    const lock = join(cacheDirectory(), 'locks', `${basename(directoryOf(group))}.lock`);
    const waits = () => progress.line(`Another process builds ${group.name} ${group.version}: waiting for it`);
    const announce = (program: Program) => {
      number += 1;
      share.begin(program);
      return { count: `${number} of ${total}`, describe: () => share.describe(performance.now() - started) };
    };
    await withLock(
      lock,
      async () => {
        // The other process may have built it meanwhile.
        if (isBuilt(group)) group.programs.forEach(announce);
        else await buildGroup(group, progress, announce, () => share.compiled());
      },
      waits,
    );
  }
  const size = await directorySize(missing.map(directoryOf));
  progress.line(`Built ${total} programs in ${duration(performance.now() - started)}, ${Math.round(size / 1e6)} MB`);
}

/**
 * @param announce is called with each program before it is built
 * @param onPackage is called with each package that is compiled
 */
async function buildGroup(
  group: ProgramGroup,
  progress: Progress,
  announce: (program: Program) => { count: string; describe: () => string },
  onPackage: () => void,
): Promise<void> {
  const { name, version } = group;
  const unfinished = `${directoryOf(group)}.unfinished`;
  const source = join(unfinished, 'source');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(source, { recursive: true });
  await progress.step(`Fetching the source of ${name} ${version}`, (detail) => prepare(group, source, detail));
  for (const program of group.programs) {
    const { count, describe } = announce(program);
    await progress.step(`Building ${program.name} ${version} (${count})`, (detail) => {
      detail(describe());
      return build(group, program, unfinished, () => {
        onPackage();
        detail(describe());
      });
    });
  }
  await rm(source, { recursive: true });
  await rename(unfinished, directoryOf(group));
}

/** Puts a Go module that can build the group into `source`. */
async function prepare(group: ProgramGroup, source: string, detail: (text: string) => void): Promise<void> {
  const own = ownSource(group);
  if (own !== undefined) {
    for (const file of await readdir(own)) await copyFile(join(own, file), join(source, file));
    return;
  }
  if (group.source === 'module') {
    await writeFile(join(source, 'go.mod'), 'module bookend.dev/local-cluster\n');
    return;
  }
  const answer = await go(['mod', 'download', '-json', `k8s.io/kubernetes@v${group.version}`], source, detail);
  const { GoMod, Dir } = JSON.parse(answer) as { GoMod: string; Dir: string };
  await writeFile(join(source, 'go.mod'), kubernetesGoModule(await readFile(GoMod, 'utf8'), group.version));
  await copyFile(join(Dir, 'go.sum'), join(source, 'go.sum'));
  await chmod(join(source, 'go.sum'), 0o644);
  // A file that imports the programs would need `go mod tidy`, which asks for the tests' dependencies too; `-mod=mod`
  // does not.
  await writeFile(join(source, 'package.go'), 'package cluster\n');
}

async function build(group: ProgramGroup, program: Program, directory: string, onLine: (line: string) => void): Promise<void> {
  const source = join(directory, 'source');
  if (group.source === 'module') {
    // `go install` of a version builds exactly what the module's own go.mod and go.sum say.
    const target = `${program.package}@v${group.version}`;
    await go(['install', '-v', '-trimpath', '-ldflags', ldflags(program), target], source, onLine, { GOBIN: directory });
    return;
  }
  const output = join(directory, program.name);
  await go(['build', '-v', '-mod=mod', '-trimpath', '-ldflags', ldflags(program), '-o', output, program.package], source, onLine);
}

function go(
  args: string[],
  cwd: string,
  onLine: (line: string) => void,
  environment: Record<string, string> = {},
): Promise<string> {
  return run('go', args, {
    cwd,
    environment: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOWORK: 'off', GO111MODULE: 'on', ...environment },
    onLine,
    advice:
      'Check that the Go module proxy is reachable (go env GOPROXY) and that the disk is not full, then run the command again.',
  });
}

async function directorySize(directories: string[]): Promise<number> {
  const sizes = await Promise.all(
    directories.map(async (directory) => {
      const files = await readdir(directory);
      return files.reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
