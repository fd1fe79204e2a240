/**
 * Fetches locked Debian packages once into the cache of images. The SHA-256 of the lock file decides whether a file is
 * the right one, wherever it came from.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { BookendError } from '../../../src/errors.ts';
import type { DebianPackage } from './lock.ts';
import { addressOf, mirrorVariable } from './mirror.ts';

export type Fetching = {
  /** The cache of images. */
  cache: string;
  progress: (line: string) => void;
  environment?: NodeJS.ProcessEnv;
};

/**
 * The file of a package.
 * @throws BookendError `not-found` when the mirror no longer has this version, `bad-input` when the file is another one
 * than the lock file says, `unreachable` when the mirror does not answer.
 */
export async function fetchPackage(wanted: DebianPackage, { cache, progress, environment }: Fetching): Promise<Buffer> {
  const file = join(cache, 'debian', basename(wanted.path));
  if (existsSync(file)) {
    const kept = readFileSync(file);
    if (sha256(kept) === wanted.sha256) return kept;
    rmSync(file);
  }
  const { address, headers } = withoutPassword(addressOf(wanted.path, environment));
  progress(`Debian: fetching ${wanted.name} ${wanted.version} …`);
  const content = await download(wanted, address, headers);
  if (sha256(content) !== wanted.sha256) {
    throw new BookendError(
      'bad-input',
      `${address} is not the package that packages.lock names: its SHA-256 is ${sha256(content)}`,
      {
        object: `Debian package ${wanted.name} ${wanted.version}`,
        advice: 'Do not use this mirror until you know why. If Debian replaced the file, try: npm run image -- --update',
      },
    );
  }
  mkdirSync(join(cache, 'debian'), { recursive: true });
  const unfinished = `${file}.${process.pid}.tmp`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, file);
  return content;
}

/** apt takes a user and password in the address of a mirror; errors must not print them. */
function withoutPassword(text: string): { address: string; headers: Record<string, string> } {
  const url = new URL(text);
  const { username, password } = url;
  if (username === '') return { address: text, headers: {} };
  url.username = '';
  url.password = '';
  const account = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { address: url.href, headers: { authorization: `Basic ${Buffer.from(account).toString('base64')}` } };
}

async function download({ name, version }: DebianPackage, address: string, headers: Record<string, string>): Promise<Buffer> {
  // The proxy that the environment names, as apt and npm use it.
  const dispatcher = new EnvHttpProxyAgent();
  try {
    const response = await fetch(address, { dispatcher, headers, signal: AbortSignal.timeout(120_000) });
    if (response.ok) return Buffer.from(await response.arrayBuffer());
    if (response.status !== 404 && response.status !== 410) {
      throw new BookendError('unreachable', `${address} answers ${response.status} ${response.statusText}`, {
        advice: `Check the mirror, or set ${mirrorVariable} to another one.`,
      });
    }
  } catch (cause) {
    if (cause instanceof BookendError) throw cause;
    const { message, cause: inner } = cause as Error;
    throw new BookendError('unreachable', `${address} does not answer: ${(inner as Error | undefined)?.message ?? message}`, {
      cause,
      advice: `Check the network, or set ${mirrorVariable} to another mirror.`,
    });
  } finally {
    await dispatcher.close();
  }
  throw new BookendError('not-found', `Debian package ${name} ${version} is no longer on the mirror (${address})`, {
    advice: 'A mirror keeps only the newest version. Take it with: npm run image -- --update',
  });
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
