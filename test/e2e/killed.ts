/** A command that does not come to its end: its process is killed, as by a crash. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../tools/lab/lab.ts';

/** Runs `bookend` as a person would, and kills it without mercy. */
export async function killedAfter(ms: number, words: string[]): Promise<void> {
  const running: ChildProcess = spawn(process.execPath, [join(root, 'src', 'cli', 'main.ts'), ...words], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
  const timer = setTimeout(() => running.kill('SIGKILL'), ms);
  await ended;
  clearTimeout(timer);
}
