/** What is mounted, read from the kernel: containers and volumes leave mounts behind when their keepers are killed. */
import { readFileSync } from 'node:fs';
import { run } from './command.ts';

export type Mount = { point: string; type: string };

/** Every mount that this process sees, in the order in which they were made. */
export function mounts(): Mount[] {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** The text of /proc/PID/mountinfo as data (proc_pid_mountinfo(5)). */
export function parseMounts(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      // The kernel writes blanks and backslashes in paths as octal numbers.
      const point = (before.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_all, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
      return { point, type: after.split(' ')[0] ?? '' };
    });
}

/** Takes away every mount below (or at) these directories, the last one first. Nothing may use them any more. */
export async function unmountBelow(directories: readonly string[]): Promise<void> {
  const points = () =>
    mounts()
      .map(({ point }) => point)
      .filter((point) => directories.some((directory) => point === directory || point.startsWith(`${directory}/`)))
      .reverse();
  // A mount that was made twice on one point is listed twice; each pass removes the topmost ones.
  for (let found = points(); found.length > 0; found = points()) {
    for (let from = 0; from < found.length; from += 100)
      await run('umount', ['--lazy', ...new Set(found.slice(from, from + 100))]);
  }
}
