/**
 * Writes the newest versions of the locked packages into packages.lock. apt answers, from lists of its own in a scratch
 * directory, so that it verifies the signature of Debian's archive and leaves the machine's lists alone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BookendError } from '../../../src/errors.ts';
import { lockedPackages, lockFile } from './lock.ts';
import { addressOf } from './mirror.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** @returns the lines that changed, as they are now. */
export function updateLock(): string[] {
  if (!existsSync(keyring)) {
    throw new BookendError('unsupported', `apt cannot verify Debian's archive: there is no ${keyring}`, {
      advice: 'Run it on Debian or Ubuntu, after: apt-get install debian-archive-keyring',
    });
  }
  const text = readFileSync(lockFile, 'utf8');
  const release = /^# release: (\S+)$/m.exec(text)?.[1] ?? '';
  const scratch = mkdtempSync(join(tmpdir(), 'bookend-apt-'));
  try {
    const ask = apt(scratch, release);
    const lines = lockedPackages('amd64').map(({ name }) => lockLine(name, ask));
    const comments = text.split('\n').filter((line) => line.startsWith('#'));
    writeFileSync(lockFile, `${[...comments, ...lines].join('\n')}\n`);
    return lines.filter((line) => !text.includes(`${line}\n`));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Gives the fields of the newest version of `name:architecture`. */
function apt(directory: string, release: string): (target: string) => Map<string, string> {
  for (const path of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(directory, path), { recursive: true });
  const source = (path: string, suite: string) =>
    `deb [signed-by=${keyring}] ${addressOf(path).slice(0, -path.length)} ${suite} main\n`;
  writeFileSync(join(directory, 'sources.list'), source('pool/', release) + source('pool/updates/', `${release}-security`));
  const settings = {
    'Dir::Etc::sourcelist': join(directory, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(directory, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(directory, 'cache'),
    'APT::Architecture': 'amd64',
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': 'root',
  };
  const flags = Object.entries(settings).map(([name, value]) => `-o${name}=${value}`);
  flags.push('-oAPT::Architectures::=amd64', '-oAPT::Architectures::=arm64');
  run('apt-get', [...flags, 'update', '--error-on=any']);
  return (target) => {
    const stanza = run('apt-cache', [...flags, 'show', '--no-all-versions', target]);
    return new Map([...stanza.matchAll(/^([A-Za-z0-9-]+): (.*)$/gm)].map(([, field = '', value = '']) => [field, value]));
  };
}

function lockLine(name: string, ask: (target: string) => Map<string, string>): string {
  const amd64 = ask(`${name}:amd64`);
  const of = (fields: Map<string, string>, field: string) => fields.get(field) ?? '';
  const start = `${name} ${of(amd64, 'Version')} ${dirname(of(amd64, 'Filename'))}`;
  if (of(amd64, 'Architecture') === 'all') return `${start} all=${of(amd64, 'SHA256')}`;
  const arm64 = ask(`${name}:arm64`);
  if (of(amd64, 'Version') !== of(arm64, 'Version')) {
    throw new BookendError('unsupported', `${name} is ${of(amd64, 'Version')} for amd64 and ${of(arm64, 'Version')} for arm64`, {
      advice: 'Debian builds one of them later. Run it again in a few hours.',
    });
  }
  return `${start} amd64=${of(amd64, 'SHA256')} arm64=${of(arm64, 'SHA256')}`;
}

function run(program: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error || status !== 0) {
    throw new BookendError('unsupported', `${program} failed: ${(stderr || error?.message || '').trim()}`, {
      advice: 'Run it as root on Debian or Ubuntu, with a mirror that is reachable.',
    });
  }
  return stdout;
}
