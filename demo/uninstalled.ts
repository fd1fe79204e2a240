/**
 * The cure without a change to the chart: the naive chart again, untouched, by `bookend uninstall`. What it left is
 * what its own receipt says.
 */
import type { Receipt } from '../src/residue/receipt.ts';
import { bookend } from '../tools/lab/command-line.ts';
import type { HelmVersion, Lab } from '../tools/lab/lab.ts';
import { failedPreStopHooks } from '../tools/lab/observe.ts';
import type { Progress } from '../tools/local-cluster/index.ts';
import { installNaive, naiveRelease } from './naive.ts';
import { receiptIn, residueIn } from './receipts.ts';
import { clearAway, freshNamespace, label } from './stage.ts';

export type UninstalledResult = {
  failedPreStopHooks: number;
  residue: string[];
  uninstallMs: number;
  order: string[];
  receipt: Receipt;
};

export async function uninstalled(lab: Lab, helm: HelmVersion, progress: Progress): Promise<UninstalledResult> {
  const { release, namespace } = naiveRelease;
  await clearAway(lab, release, namespace);
  await freshNamespace(lab, namespace);
  await progress.step('Uninstall: installing the naive chart once more', () => installNaive(lab, helm));
  const started = performance.now();
  const { stdout, stderr } = await progress.step('Uninstall: bookend uninstall', async () =>
    bookend(lab, ['uninstall', release, '-n', namespace, '--yes', '-o', 'json', '--kubeconfig', lab.kubeconfig], { helm }),
  );
  const uninstallMs = Math.round(performance.now() - started);
  const receipt = receiptIn(stdout, stderr);
  const hooks = await failedPreStopHooks(lab.cluster, namespace);
  await clearAway(lab, release, namespace);
  await lab.run('kubectl', ['delete', 'crd', 'nodeagents.example.bookend.dev', '--ignore-not-found']);
  await lab.run('kubectl', ['label', 'nodes', '--all', `${label}-`]);
  const order = receipt.gone.flatMap(({ id, goneAt }) => (goneAt === undefined ? [] : [{ id, goneAt }]));
  return {
    failedPreStopHooks: Math.max(hooks.length, receipt.failedPreStopHooks.length),
    residue: residueIn(receipt),
    uninstallMs,
    order: order.sort((one, other) => (one.goneAt < other.goneAt ? -1 : 1)).map(({ id }) => id),
    receipt,
  };
}
