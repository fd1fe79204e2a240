/** A check that is a program of its own: it passes when the program ends with 0. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { checked, type StageResult } from './stage.ts';

export type CommandOptions = {
  /** What is checked, for the summary. */
  title: string;
  /** Arguments for this very Node. */
  args: string[];
  cwd: string;
  /** Gets all that the program says. */
  log: string;
  signal: AbortSignal;
};

/** So many of the last lines of a failed program are shown. */
const shownLines = 60;

export function runCommand({ title, args, cwd, log, signal }: CommandOptions): Promise<StageResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      env: { ...process.env, NO_COLOR: '1' },
    });
    let said = '';
    const collect = (data: Buffer) => {
      said += data.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const end = (failure?: string) => {
      writeFileSync(log, said);
      const text = [...said.trimEnd().split('\n').slice(-shownLines), ...(failure ? [failure] : [])].join('\n');
      resolve(checked(failure ? { name: title, text } : undefined));
    };
    child.on('error', (error) => end(`it did not run to its end: ${error.message}`));
    child.on('close', (code, by) => end(code === 0 ? undefined : `it ended with ${code ?? by}`));
  });
}
