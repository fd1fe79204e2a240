/**
 * The chart and the image of an older commit, made from the history of this repository: for upgrades and downgrades in
 * the middle of something, and to see that a test of today fails on the code of then.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { run } from '../local-cluster/machine/command.ts';
import { cacheDirectory } from '../local-cluster/machine/paths.ts';
import { type Lab, root } from './lab.ts';

export type OlderRelease = {
  /** Its checkout. */
  directory: string;
  /** The directory of its chart. */
  chart: string;
  /** What Helm must be told so that the Pods run the image of that commit, each `name=value`. */
  values: string[];
};

/**
 * Builds what is not in the user's cache yet, and loads the image into the cluster.
 * @throws BookendError `unsupported` where the commit is not in this clone
 */
export async function releaseOfCommit(lab: Lab, commit: string): Promise<OlderRelease> {
  const full = await fullName(commit);
  const directory = join(cacheDirectory(), 'commits', full);
  const complete = join(directory, '.complete');
  if (!existsSync(complete)) {
    rmSync(directory, { recursive: true, force: true });
    await checkOut(full, directory);
    writeFileSync(complete, '');
  }
  const image = await imageOf(directory);
  await lab.load(image);
  const tag = image.name.slice(image.name.lastIndexOf(':') + 1);
  return { directory, chart: join(directory, 'charts', 'bookend'), values: [`image.tag=${tag}`] };
}

async function fullName(commit: string): Promise<string> {
  try {
    return (await run('git', ['-C', root, 'rev-parse', '--verify', '--quiet', `${commit}^{commit}`])).trim();
  } catch (cause) {
    throw new BookendError('unsupported', `The commit ${commit} is not in this clone, so its chart and image cannot be built`, {
      cause,
      advice: 'Fetch the whole history: git fetch --unshallow, or clone without --depth.',
    });
  }
}

/**
 * A copy of the commit outside of this checkout, with its own packages and with a version of its own, so that its
 * images have a tag of their own.
 */
async function checkOut(commit: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const archive = join(directory, 'commit.tar');
  await run('git', ['-C', root, 'archive', `--output=${archive}`, commit]);
  await run('tar', ['-xf', archive, '-C', directory]);
  rmSync(archive);
  await run('npm', ['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: directory,
  });
  const file = join(directory, 'package.json');
  const description = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  writeFileSync(file, JSON.stringify({ ...description, version: `${description.version}-${commit.slice(0, 7)}` }, null, 2));
}

type Image = { name: string; tar: string; digest: string };

/**
 * Built by the commit's own tools, into a cache of its own: that of today keeps only the last few builds of an image.
 */
async function imageOf(directory: string): Promise<Image> {
  const environment = {
    XDG_CACHE_HOME: join(directory, '.cache'),
    GOCACHE: join(cacheDirectory(), '..', 'go-build'),
  };
  const printed = await run(process.execPath, ['tools/image/main.ts', '--json'], { cwd: directory, environment });
  const image = (JSON.parse(printed) as Image[]).find(({ name }) => /\/bookend:/.test(name));
  if (image) return image;
  throw new BookendError('internal', `${directory} builds no image of the operator`);
}
