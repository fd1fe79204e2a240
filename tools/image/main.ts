/**
 * `npm run image`: builds the container images without Docker and says where they are. `-- --json` prints a document
 * instead; `-- --dist` writes dist/bookend.mjs and what it loads: the program that the npm package carries.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BookendError } from '../../src/errors.ts';
import { repository } from './bundle.ts';
import { buildImages, bundle } from './index.ts';

try {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, dist: { type: 'boolean' } } });
  if (values.dist) await writeDist();
  else await printImages(values.json ?? false);
} catch (error) {
  const known = error instanceof BookendError ? error : undefined;
  if (!known && !(error instanceof TypeError)) throw error;
  process.stderr.write(`${(error as Error).message}\n${known ? `${known.advice}\n` : ''}`);
  process.exitCode = known?.exitCode ?? 2;
}

async function printImages(json: boolean): Promise<void> {
  const images = await buildImages({ progress: (line) => process.stderr.write(`${line}\n`) });
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
