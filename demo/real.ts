/**
 * The demo on a real cluster: the naive uninstall with a preview before it, the same chart by
 * `bookend uninstall`, the ordered one, and shared directories.
 */
import { type HelmVersion, openLab } from '../tools/lab/lab.ts';
import { createProgress } from '../tools/local-cluster/index.ts';
import { ordered } from './ordered.ts';
import { heldLines, naiveWithPreview } from './preview.ts';
import { isWhole, share, shareTable } from './share.ts';
import { sideBySide } from './side-by-side.ts';
import { uninstalled } from './uninstalled.ts';

export type Flags = { json: boolean; kubeconfig?: string | undefined; context?: string | undefined; helm: HelmVersion };

/** @returns whether it shows the difference; a script should notice when it does not */
export async function onRealCluster({ json, kubeconfig, context, helm }: Flags): Promise<boolean> {
  const progress = createProgress({ stream: process.stderr });
  const lab = await openLab({ kubeconfig, context, helm3: helm === 'helm3', progress });
  const result = {
    ...(await naiveWithPreview(lab, helm, progress)),
    uninstall: await uninstalled(lab, helm, progress),
    ordered: await ordered(lab, helm, progress),
    share: await share(lab, progress),
  };
  await lab.close();
  const text = sideBySide(result) + heldLines(result.preview) + shareTable(result.share);
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : text);
  const { ordered: second, uninstall, preview, share: shared } = result;
  const isClean = second.failedPreStopHooks === 0 && second.residue.length === 0 && second.order.length > 0;
  const isCured = uninstall.failedPreStopHooks === 0 && uninstall.residue.length === 0 && uninstall.order.length > 0;
  return isClean && isCured && preview.agrees && isWhole(shared);
}
