/**
 * The Debian packages that images with Node contain: packages.lock names each by version and SHA-256, so that the same
 * commit gives the same image on any machine, whatever that machine has installed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../../src/errors.ts';

/** As Debian and `GOARCH` name them. */
export type Architecture = 'amd64' | 'arm64';

/** One package for one architecture. */
export type DebianPackage = {
  name: string;
  version: string;
  /** Path on a mirror: `pool/main/g/glibc/libc6_2.41-12_amd64.deb`. */
  path: string;
  /** SHA-256 of the package, in hexadecimal. */
  sha256: string;
};

export const lockFile = join(import.meta.dirname, 'packages.lock');

/** The packages of an architecture, in the order of the lock file. */
export function lockedPackages(architecture: Architecture): DebianPackage[] {
  return parseLock(readFileSync(lockFile, 'utf8'), architecture);
}

/** @throws BookendError `bad-input` when a line is not complete. */
export function parseLock(text: string, architecture: Architecture): DebianPackage[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => parseLine(line, architecture));
}

/** Debian names a file after the version without its epoch: `1:2.0-1` is `…_2.0-1_amd64.deb`. */
function parseLine(line: string, architecture: Architecture): DebianPackage {
  const [name = '', version = '', directory = '', ...digests] = line.trim().split(/\s+/);
  for (const kind of [architecture, 'all']) {
    const sha256 = digests.find((digest) => digest.startsWith(`${kind}=`))?.slice(kind.length + 1);
    if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) continue;
    return { name, version, path: `${directory}/${name}_${version.replace(/^\d+:/, '')}_${kind}.deb`, sha256 };
  }
  throw new BookendError('bad-input', `${lockFile} has no SHA-256 of ${name || 'a package'} for ${architecture}: ${line}`, {
    advice: 'Try: npm run image -- --update',
  });
}
