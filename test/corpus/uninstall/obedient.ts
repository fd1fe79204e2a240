/**
 * A person who uninstalls a release with `bookend uninstall`, and does to the letter what it prints, until it has
 * nothing more to say.
 */
import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import type { Receipt } from '../../../src/residue/receipt.ts';
import { type Ended, startBookend } from '../../../tools/lab/command-line.ts';
import type { Lab } from '../../../tools/lab/lab.ts';
import type { Place } from '../situation.ts';

/** Every sentence of advice that an uninstall prints, and what a person does then. */
const advices = {
  delete: { says: /Pass --custom-resources delete to delete (it|them) first/, flags: ['--custom-resources', 'delete'] },
  keep: { says: /or --custom-resources keep to keep (it|them) with the operator/, flags: ['--custom-resources', 'keep'] },
  'no-hooks': { says: /pass --no-hooks/i, flags: ['--no-hooks'] },
  unblock: { says: /Remove the blocker, then run the same command again to continue/, flags: [] },
} as const;
export type Advice = keyof typeof advices;

export type Attempt = {
  flags: readonly string[];
  status: number | null;
  receipt: Receipt | undefined;
  /** Of the error, if it ended with one. */
  says: string;
  advice: string;
  /** Kind, namespace and name of what it is about. */
  object: string;
};

/** Longer than anything takes that is not stuck. */
const patience = ['--timeout', '60s', '--hook-timeout', '15s'];

export function uninstallWith(lab: Lab, { name, namespace }: Place, flags: readonly string[]) {
  const args = ['uninstall', name, '-n', namespace, '--kubeconfig', lab.kubeconfig, '--yes', '-o', 'json', ...patience, ...flags];
  const started = startBookend(lab, args);
  return { ...started, attempt: async () => attemptOf(flags, await started.ended) };
}

function attemptOf(flags: readonly string[], { status, stdout, stderr }: Ended): Attempt {
  const receipt = stdout.trim() === '' ? undefined : (JSON.parse(stdout) as Receipt);
  const line = stderr.split('\n').findLast((each) => each.startsWith('{"error"'));
  const { message = '', advice = '', object = '' } = line === undefined ? {} : JSON.parse(line).error;
  return { flags, status, receipt, says: line === undefined ? stderr : message, advice, object };
}

/**
 * @param wants which of two ways to take where it names both
 * @returns the flags to try next; undefined: it gives no advice that a person could follow by flags alone
 */
export function nextFlags({ flags, advice }: Attempt, wants: 'delete' | 'keep'): { took: Advice; flags: string[] } | undefined {
  for (const took of [wants, 'no-hooks', 'unblock'] as const)
    if (advices[took].says.test(advice)) return { took, flags: [...flags, ...advices[took].flags] };
  return undefined;
}

/** A command as it is printed, in the shell of a person. @throws what it prints when it fails */
export function inShell({ bin, kubeconfig }: Lab, command: string): Promise<void> {
  const path = [...(bin ? [bin] : []), process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, PATH: path, KUBECONFIG: kubeconfig };
  return new Promise((resolve, reject) => {
    execFile('/bin/sh', ['-c', command], { env, timeout: commandMs }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ended with ${error.code ?? error.signal}:\n${stderr}${stdout}`));
      else resolve();
    });
  });
}

const commandMs = 45_000;
