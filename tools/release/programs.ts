/** Runs the programs of others that a release needs: git, gpg, npm, helm, qemu. */
import { spawnSync } from 'node:child_process';
import { BookendError } from '../../src/errors.ts';

type Options = { cwd?: string; input?: string | Buffer; environment?: NodeJS.ProcessEnv };

/** What each program is for, and how to get it. */
const advice: Readonly<Record<string, string>> = {
  git: 'Install Git, and release from a clone.',
  gpg: 'Install GnuPG (Debian: apt-get install gnupg).',
  'qemu-aarch64-static': 'Install it (Debian: apt-get install qemu-user-static), or leave the check out: --skip-arm64',
  helm: 'Install Helm 4, or set HELM4 (and HELM3) to the program.',
};

/**
 * What the program prints.
 * @throws BookendError `unsupported` without the program, `internal` with its words when it fails.
 */
export function run(program: string, args: readonly string[], { cwd, input, environment }: Options = {}): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...(cwd !== undefined && { cwd }),
    ...(input !== undefined && { input }),
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const name = program.split('/').at(-1) ?? program;
  if (error) {
    throw new BookendError('unsupported', `the release needs ${program}: ${error.message}`, {
      cause: error,
      ...(advice[name] !== undefined && { advice: advice[name] }),
    });
  }
  if (status !== 0) throw new BookendError('internal', `${[program, ...args].join(' ')} failed:\n${(stderr || stdout).trim()}`);
  return stdout;
}
