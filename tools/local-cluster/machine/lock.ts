/**
 * One at a time: two `up`s must not build the same programs, and `up` and `down` must not change one cluster together.
 *
 * The lock is the kernel's own (flock), held by a small process that lives as long as its standard input: whatever
 * becomes of us, even kill -9, the lock is released.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { BookendError } from '../../../src/errors.ts';

/**
 * Runs `work` while holding the lock on `file`.
 * @param onWait called once when somebody else holds it, before waiting.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait = () => {}): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  let release = await acquire(file, ['--nonblock']);
  if (!release) onWait();
  release ??= await acquire(file, []);
  if (!release) throw new BookendError('internal', `The lock ${file} could not be taken`);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** The exit code that tells "held by another" from flock's own failures. */
const heldByAnother = 75;

function acquire(file: string, options: string[]): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const holder = spawn(
      'flock',
      [...options, '--conflict-exit-code', `${heldByAnother}`, file, 'sh', '-c', 'echo held; exec cat'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        // In a process group of its own: Ctrl-C must not release the lock before our own clean-up is done.
        detached: true,
      },
    );
    const ended = new Promise<void>((done) => holder.on('close', () => done()));
    holder.on('error', (cause) =>
      reject(
        new BookendError('unsupported', `flock cannot be started: ${cause.message}`, { cause, advice: 'Install util-linux.' }),
      ),
    );
    holder.on('exit', (code) => {
      if (code === heldByAnother) resolve(undefined);
      else reject(new BookendError('internal', `flock ${file} ended with ${code}`));
    });
    holder.stdout.once('data', () =>
      resolve(async () => {
        holder.stdin.end();
        await ended;
      }),
    );
  });
}
