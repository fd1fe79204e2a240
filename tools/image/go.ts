/**
 * Builds our own Go programs for images: one static file that needs nothing around it. Go gives the same bytes for the
 * same sources, the same compiler and the same flags, wherever the sources lie (`-trimpath`) and whatever is checked
 * out (`-buildvcs=false`).
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BookendError } from '../../src/errors.ts';
import type { Architecture } from './debian/lock.ts';

export type GoProgram = {
  /** The directory of its go.mod and its package main. */
  directory: string;
  /** What its `main.version` says. */
  version: string;
  /** Build tags, for tests. */
  tags?: string[];
  /** What it runs on; this machine by default. */
  architecture?: Architecture;
};

/**
 * The program as bytes, for Linux.
 * @throws BookendError `unsupported` without Go, `internal` with the compiler's words when it does not compile.
 */
export async function buildGoProgram({ directory, version, tags = [], architecture }: GoProgram): Promise<Buffer> {
  const scratch = mkdtempSync(join(tmpdir(), 'bookend-go-'));
  const output = join(scratch, 'program');
  try {
    const flags = ['-trimpath', '-ldflags', `-s -w -X main.version=${version}`, '-tags', tags.join(',')];
    await go(directory, ['build', ...flags, '-o', output, '.'], architecture);
    return readFileSync(output);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The compiler that `go` in this directory is: another one makes another program. */
export async function goCompiler(directory: string): Promise<string> {
  return (await go(directory, ['env', 'GOVERSION', 'GOAMD64', 'GOARM64'])).trim();
}

async function go(directory: string, args: string[], architecture?: Architecture): Promise<string> {
  const target = architecture && { GOARCH: architecture };
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOWORK: 'off', GOOS: 'linux', ...target };
  try {
    return (await promisify(execFile)('go', args, { cwd: directory, env })).stdout;
  } catch (cause) {
    const { code, stderr = '', message } = cause as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') {
      throw new BookendError('unsupported', `${directory} is built with Go, and there is no working \`go\` on the PATH`, {
        cause,
        advice: 'Install Go 1.26 or newer (https://go.dev/dl).',
      });
    }
    throw new BookendError('internal', `go ${args.join(' ')} in ${directory} failed:\n${stderr.trim() || message}`, { cause });
  }
}
