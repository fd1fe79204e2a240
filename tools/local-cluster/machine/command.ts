/**
 * Runs the machine's programs (ip, go, openssl, …) and turns a failure into an error that shows what the program said.
 */
import { spawn } from 'node:child_process';
import { BookendError } from '../../../src/errors.ts';

export type CommandOptions = {
  cwd?: string;
  /** Set on top of this process's own environment. */
  environment?: Record<string, string>;
  /** Given to the program on its standard input. */
  input?: string;
  /** Called with each line that the program writes to its standard error. */
  onLine?: (line: string) => void;
  /** What to tell a person when the program fails. */
  advice?: string;
};

/** The environment that programs of ours run in: the directories of system tools are missing from many users' PATH. */
export function commandEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/local/sbin`, ...extra };
}

/**
 * Runs a program to its end and gives its standard output.
 * @throws BookendError `unsupported` when the program is not there, `internal` when it fails, with the end of what it
 * said.
 */
export function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: commandEnvironment(options.environment),
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    let said = '';
    let unfinished = '';
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-8_000);
      const lines = (unfinished + chunk).split('\n');
      unfinished = lines.pop() ?? '';
      for (const line of lines) options.onLine?.(line);
    });
    child.on('error', (cause) => reject(notStarted(program, cause)));
    child.on('close', (code, signal) => {
      const stdout = Buffer.concat(output).toString('utf8');
      if (code === 0) resolve(stdout);
      else reject(failed(program, args, code ?? signal, said.trim() || stdout.trim().slice(-2_000), options.advice));
    });
    if (options.input !== undefined) {
      // A program that ends without reading its input closes the pipe; its exit code tells the story.
      child.stdin?.on('error', () => {}).end(options.input);
    }
  });
}

function notStarted(program: string, cause: NodeJS.ErrnoException): BookendError {
  const missing = cause.code === 'ENOENT';
  const message = missing ? `The program ${program} is not installed` : `${program} cannot be started: ${cause.message}`;
  return new BookendError('unsupported', message, { cause, advice: `Install ${program} and make sure that it is on the PATH.` });
}

function failed(program: string, args: readonly string[], outcome: unknown, said: string, advice?: string): BookendError {
  const message = `${[program, ...args].join(' ')} ended with ${outcome}${said ? `:\n${said}` : ''}`;
  return new BookendError('internal', message, advice === undefined ? {} : { advice });
}
