/** The command line as a process, with the Helm of the cluster that charts are tested with. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type HelmVersion, type Lab, root } from '../../tools/lab/lab.ts';

export function bookend({ bin }: Lab, args: string[], helm: HelmVersion = 'helm4') {
  const env = { ...process.env, HELM_BIN: bin ? join(bin, helm) : 'helm' };
  const program = join(root, 'bin', 'bookend.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: root, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}
