/** The command line with a Helm of the cluster that charts are tested with. */
import { bookend as run } from '../../tools/lab/command-line.ts';
import type { HelmVersion, Lab } from '../../tools/lab/lab.ts';

export function bookend(lab: Lab, args: string[], helm: HelmVersion = 'helm4') {
  return run(lab, args, { helm });
}
