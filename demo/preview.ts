/**
 * The demo begins with a look ahead: `bookend preview` of the naive chart's live release, just before it is
 * uninstalled. What it predicted is then held to what was observed.
 */
import type { Preview } from '../src/preview/document.ts';
import { textReport } from '../src/preview/report/text.ts';
import { printedBy } from '../tools/lab/command-line.ts';
import type { HelmVersion, Lab } from '../tools/lab/lab.ts';
import type { Progress } from '../tools/local-cluster/index.ts';
import { type NaiveResult, naive } from './naive.ts';

type Predicted = {
  failedPreStopHooks: number;
  /** Objects that stay, beside the definitions that Helm keeps on purpose. */
  leftBehind: string[];
  /** Pods whose clean-up outside of themselves is not done: here the label on their node. */
  podsNotCleaned: string[];
  errors: { rule: string; title: string }[];
  /** Of the simulation. */
  uninstallMs: number;
  /** The same uninstall through Bookend. */
  throughBookend: { failedPreStopHooks: number };
};

export type PreviewResult = { predicted: Predicted; agrees: boolean };

/** The naive chart's uninstall, with a look ahead before it. */
export async function naiveWithPreview(
  lab: Lab,
  helm: HelmVersion,
  progress: Progress,
): Promise<{ preview: PreviewResult; naive: NaiveResult }> {
  let predicted: Predicted | undefined;
  const observed = await naive(lab, helm, progress, async (where) => {
    predicted = await predict(lab, helm, progress, where);
  });
  if (!predicted) throw new Error('the naive chart was uninstalled without a look ahead');
  return { preview: held(predicted, observed), naive: observed };
}

/** As a person would, with the command line, and shows what it says. */
async function predict(
  lab: Lab,
  helm: HelmVersion,
  progress: Progress,
  { release, namespace }: { release: string; namespace: string },
): Promise<Predicted> {
  const args = ['preview', release, '-n', namespace, '--with', helm, '--wait', '-o', 'json', '--fail-on', 'never'];
  const preview = await progress.step(
    'Preview: what will helm uninstall --wait do?',
    async () => JSON.parse(printedBy(lab, [...args, '--kubeconfig', lab.kubeconfig], { helm })) as Preview,
  );
  for (const line of textReport(preview, { columns: 120 }).trimEnd().split('\n')) progress.line(`  ${line}`);
  const { timeline, findings, left, returnedMs, bookend } = preview;
  const kept = left.filter(({ why }) => why !== 'pod-effects' && why !== 'crd');
  return {
    failedPreStopHooks: timeline.filter(({ pod }) => pod?.preStop?.outcome === 'failed').length,
    leftBehind: kept.map(({ id }) => id).sort(),
    podsNotCleaned: left.filter(({ why }) => why === 'pod-effects').map(({ id }) => id),
    errors: findings.filter(({ severity }) => severity === 'error').map(({ rule, title }) => ({ rule, title })),
    uninstallMs: Math.round(returnedMs),
    throughBookend: { failedPreStopHooks: bookend?.failedPreStopHooks ?? 0 },
  };
}

/**
 * Whether what was predicted is what then happened: as many failed hooks, the same objects left, and something not
 * cleaned by Pods exactly when so foretold.
 */
function held(predicted: Predicted, { failedPreStopHooks, residue }: NaiveResult): PreviewResult {
  const effects = residue.filter((each) => each.startsWith('label '));
  const objects = residue.filter((each) => !each.startsWith('label '));
  const agrees =
    predicted.failedPreStopHooks === failedPreStopHooks &&
    predicted.podsNotCleaned.length > 0 === effects.length > 0 &&
    predicted.leftBehind.join() === [...objects].sort().join();
  return { predicted, agrees };
}

/** The end of the demo for people: one line, and what differs. */
export function heldLines({ predicted, agrees }: PreviewResult): string {
  const { failedPreStopHooks, podsNotCleaned, leftBehind } = predicted;
  const foretold = `${failedPreStopHooks} failed preStop hooks, ${podsNotCleaned.length} Pods that clean nothing up, ${leftBehind.length} objects left`;
  return `\nThe preview had said: ${foretold}. ${agrees ? 'So it was.' : 'It was otherwise.'}\n`;
}
