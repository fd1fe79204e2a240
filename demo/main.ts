/**
 * `npm run demo`: the failure that Bookend exists for and its cure, and directories that containers share, on a real cluster. Every figure printed was observed in
 * this run.
 *
 * Flags: `--json` prints only the result on standard output; `--kubeconfig FILE` and `--context NAME` use an existing cluster; `--helm3` uses Helm 3.
 */
import { parseArgs } from 'node:util';
import { BookendError } from '../src/errors.ts';
import { openLab } from '../tools/lab/lab.ts';
import { createProgress } from '../tools/local-cluster/index.ts';
import { ordered } from './ordered.ts';
import { heldLines, naiveWithPreview } from './preview.ts';
import { isWhole, share, shareTable } from './share.ts';
import { sideBySide } from './side-by-side.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
    helm3: { type: 'boolean', default: false },
  },
});

try {
  const progress = createProgress({ stream: process.stderr });
  const lab = await openLab({ kubeconfig: flags.kubeconfig, context: flags.context, progress });
  const helm = flags.helm3 ? 'helm3' : 'helm4';
  const result = {
    ...(await naiveWithPreview(lab, helm, progress)),
    ordered: await ordered(lab, helm, progress),
    share: await share(lab, progress),
  };
  await lab.close();
  const text = sideBySide(result) + heldLines(result.preview) + shareTable(result.share);
  process.stdout.write(flags.json ? `${JSON.stringify(result, null, 2)}\n` : text);
  // The demo shows a difference; without it something is wrong, and a script should notice.
  const { ordered: second, preview, share: shared } = result;
  const isClean = second.failedPreStopHooks === 0 && second.residue.length === 0 && second.order.length > 0;
  if (!isClean || !preview.agrees || !isWhole(shared)) process.exitCode = 1;
} catch (error) {
  process.stderr.write(
    `${error instanceof BookendError ? `${error.message}\n${error.advice}` : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = error instanceof BookendError ? error.exitCode : 70;
}
