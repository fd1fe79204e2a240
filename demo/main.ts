/**
 * `npm run demo`: the failure that Bookend exists for and its cure. First on the simulated cluster, in seconds and on
 * any system that runs Node; then, with directories that containers share, on a real one, where every figure printed
 * was observed in this run.
 *
 * Flags: `--simulated` ends after the simulated cluster; `--json` prints only the result on standard output;
 * `--kubeconfig FILE` and `--context NAME` use an existing cluster; `--helm3` uses Helm 3.
 */
import { parseArgs } from 'node:util';
import { BookendError } from '../src/errors.ts';
import { showsDifference, simulated } from './simulated.ts';

const { values: flags } = parseArgs({
  options: {
    simulated: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
    helm3: { type: 'boolean', default: false },
  },
});

try {
  const helm = flags.helm3 ? 'helm3' : 'helm4';
  const { result, text } = await simulated(helm);
  if (!flags.json) process.stdout.write(text);
  else if (flags.simulated) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  if (!showsDifference(result)) process.exitCode = 1;
  if (!flags.simulated) {
    if (!flags.json) process.stdout.write('\nThe same on a real cluster\n\n');
    // What builds and runs a real cluster is not needed, and not everywhere possible, before.
    const { onRealCluster } = await import('./real.ts');
    if (!(await onRealCluster({ ...flags, helm }))) process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(
    `${error instanceof BookendError ? `${error.message}\n${error.advice}` : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = error instanceof BookendError ? error.exitCode : 70;
}
