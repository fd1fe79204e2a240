/**
 * `npm run image`: builds the container images without Docker and says where they are. `-- --json` prints a document
 * instead; `-- --architecture arm64` builds for other nodes; `-- --update` takes the newest Debian packages;
 * `-- --dist` writes dist/bookend.mjs and what it loads: the program that the npm package carries.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BookendError } from '../../src/errors.ts';
import { ownArchitecture } from './archive.ts';
import { buildImages } from './build.ts';
import { bundle, repository } from './bundle.ts';
import type { Architecture } from './debian/lock.ts';
import { updateLock } from './debian/update.ts';

try {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      dist: { type: 'boolean' },
      update: { type: 'boolean' },
      architecture: { type: 'string' },
    },
  });
  if (values.dist) await writeDist();
  else if (values.update) for (const line of updateLock()) process.stdout.write(`${line.split(' ', 2).join(' ')}\n`);
  else await printImages(values.json ?? false, architectureOf(values.architecture));
} catch (error) {
  const known = error instanceof BookendError ? error : undefined;
  if (!known && !(error instanceof TypeError)) throw error;
  process.stderr.write(`${(error as Error).message}\n${known ? `${known.advice}\n` : ''}`);
  process.exitCode = known?.exitCode ?? 2;
}

function architectureOf(text = ownArchitecture as string): Architecture {
  if (text === 'amd64' || text === 'arm64') return text;
  throw new BookendError('bad-input', `--architecture ${text}: images are made for amd64 and arm64`);
}

async function printImages(json: boolean, architecture: Architecture): Promise<void> {
  const images = await buildImages({ architecture, progress: (line) => process.stderr.write(`${line}\n`) });
  if (json) process.stdout.write(`${JSON.stringify(images, undefined, 2)}\n`);
  else for (const { name, digest, tar } of images) process.stdout.write(`${name}@${digest}\n  ${tar}\n`);
}

async function writeDist(): Promise<void> {
  const commit = currentCommit();
  const { files, licences } = await bundle(commit === undefined ? {} : { commit });
  const directory = join(repository, 'dist');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  for (const { name, content } of files) writeFileSync(join(directory, name), content);
  writeFileSync(join(directory, 'LICENSES.txt'), licences);
  const bytes = files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  process.stdout.write(`${join(directory, 'bookend.mjs')}: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB\n`);
}

/**
 * What is checked out, marked when it was changed since; nothing where Git or the repository is missing, as in a source
 * archive.
 */
function currentCommit(): string | undefined {
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--abbrev=40', '--exclude=*', '--dirty'], {
    cwd: repository,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}
