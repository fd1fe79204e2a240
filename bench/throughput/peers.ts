/** Which tools of others take part: those of the cluster, and those that are on the PATH. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { helm, kapp, kubectl } from './commands.ts';
import type { Contender, Setup } from './contender.ts';

/** @returns who takes part, and a line for each that does not */
export function peers(setup: Setup): { contenders: Contender[]; leftOut: string[] } {
  const contenders = [kubectl(setup), helm(setup, 'helm4')];
  const leftOut: string[] = [];
  // An existing cluster has the one Helm that is on the PATH.
  if (setup.lab.bin === undefined) leftOut.push('helm3: only with the local cluster');
  else contenders.push(helm(setup, 'helm3'));
  const program = onPath('kapp');
  if (program === undefined) leftOut.push('kapp: not found on the PATH');
  else contenders.push(kapp(setup, program));
  return { contenders, leftOut };
}

function onPath(program: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, program));
  return places.find((place) => existsSync(place));
}
