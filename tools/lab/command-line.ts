/** The command line as a process of its own, as people run it, with the Helm of the lab's cluster. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type HelmVersion, type Lab, root } from './lab.ts';

export type Ended = { status: number | null; stdout: string; stderr: string };

export type RunOptions = {
  helm?: HelmVersion;
  input?: string;
  timeoutMs?: number;
  /** The checkout whose command line runs. */
  directory?: string;
  /** Added to this process's environment. */
  environment?: Record<string, string>;
};

/**
 * Runs `bookend` of this checkout, or of another one, and waits for its end, whatever code that has.
 *
 * @param lab with programs of its own, or those that are on the PATH
 * @param args a cluster is not among them by itself: `--kubeconfig` names it
 * @param options `input` is its standard input, otherwise empty; after `timeoutMs` it is stopped
 * @throws when it cannot be started, does not end in time, or prints more than 64 MiB
 */
export function bookend(
  { bin }: Pick<Lab, 'bin'>,
  args: readonly string[],
  { helm = 'helm4', input = '', timeoutMs = 300_000, directory = root, environment = {} }: RunOptions = {},
): Ended {
  const { error, status, stdout, stderr } = spawnSync(process.execPath, [join(directory, 'bin', 'bookend.js'), ...args], {
    cwd: directory,
    env: { ...process.env, ...environment, ...(bin && { HELM_BIN: join(bin, helm) }) },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    input,
    timeout: timeoutMs,
  });
  if (error) throw new Error(`bookend ${args.join(' ')}: ${error.message}`, { cause: error });
  return { status, stdout, stderr };
}

/** The same, for whoever only wants what it prints. @throws when it ends with another code than 0 */
export function printedBy(...run: Parameters<typeof bookend>): string {
  const { status, stdout, stderr } = bookend(...run);
  if (status === 0) return stdout;
  throw new Error(`bookend ${run[1].join(' ')} ended with ${status}:\n${stderr}${stdout}`);
}

/** The same without waiting: it can be ended, and others can run meanwhile. Its standard input is empty. */
export function startBookend(
  { bin }: Pick<Lab, 'bin'>,
  args: readonly string[],
  { helm = 'helm4', directory = root, environment = {} }: Omit<RunOptions, 'input' | 'timeoutMs'> = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [join(directory, 'bin', 'bookend.js'), ...args], {
    cwd: directory,
    env: { ...process.env, ...environment, ...(bin && { HELM_BIN: join(bin, helm) }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = (async () => {
    const [stdout, stderr, status] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject)),
    ]);
    return { status, stdout, stderr };
  })();
  return { child, ended };
}
