/** The second half of `preview` and `lint`: plays the uninstall of what was read, and shows what came of it. */
import type { Preview } from '../../preview/document.ts';
import { withHelm3 } from '../../preview/helm-3-beside.ts';
import { orderedPlay, type PreviewOptions, preview } from '../../preview/preview.ts';
import { findingRules } from '../../preview/rules/rules.ts';
import { type Baseline, unknownIgnored, withoutSuppressed } from '../../preview/suppression.ts';
import type { Sourced } from '../../reading/manifests.ts';
import type { Tool } from '../../uninstall/scenario.ts';
import type { Invocation } from '../invocation.ts';
import { helmVersion } from '../reading/helm-version.ts';
import { progressOn } from '../reading/progress.ts';
import { asLines } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { fittingTool } from './fitting-tool.ts';
import type { PreviewRequest } from './request.ts';
import { show } from './show.ts';

type Request = PreviewRequest & { brief?: boolean };

const ruleIds = new Set(findingRules.map(({ meta }) => meta.id));

/** @throws BookendError as `preview` and `show` do */
export async function playAndShow(sourced: Sourced, request: Request, invocation: Invocation): Promise<ExitCode> {
  const document = await played(sourced, request, await baselineOf(request), invocation);
  const exitCode = await show(document, request, invocation);
  if (request.writeBaseline === undefined) return exitCode;
  await saveBaseline(request.writeBaseline, [document], invocation);
  return 0;
}

/** The baseline that was named, read once and before anything is played. @throws BookendError as `readBaseline` does */
export async function baselineOf({ baseline }: PreviewRequest): Promise<Baseline | undefined> {
  return baseline === undefined ? undefined : (await import('./baseline.ts')).readBaseline(baseline);
}

/** @throws BookendError as `writeBaseline` does */
export async function saveBaseline(file: string, previews: readonly Preview[], { err }: Invocation): Promise<void> {
  const { writeBaseline } = await import('./baseline.ts');
  const count = await writeBaseline(file, previews);
  err(asLines([`baseline of ${count} ${count === 1 ? 'finding' : 'findings'}: ${file}`]));
}

/** A check must be quick: it tries remedies on small charts only, in objects times plays. */
const trialsOfCheck = 160;

/** A check, which does not know which Helm will be used, plays both. */
async function simulated(subject: Sourced['subject'], { brief, tool: asked, scenario }: Request, tool: Tool): Promise<Preview> {
  const options: PreviewOptions = {
    ...(brief && { beside: 'when-found', trials: trialsOfCheck }),
    ordered: orderedPlay(subject, scenario),
  };
  const whole = await preview(subject, { ...scenario, tool }, options);
  return brief && asked === undefined && tool === 'helm4' ? withHelm3(whole, subject, scenario, options) : whole;
}

/** @throws BookendError as `preview` does */
export async function played(
  { subject, notes }: Sourced,
  request: Request,
  baseline: Baseline | undefined,
  invocation: Invocation,
): Promise<Preview> {
  const { format } = request;
  const progress = progressOn(invocation, format);
  if (format === 'text') for (const note of notes) invocation.err(asLines([`note: ${note}`]));
  const helm = request.tool === undefined && subject.from === 'release' ? await helmVersion(invocation.environment) : undefined;
  const tool = request.tool ?? fittingTool(subject, helm);
  progress.at(`Simulating the uninstall of ${subject.objects.length} objects …`);
  const whole = await simulated(subject, request, tool).finally(() => progress.end());
  for (const note of unknownIgnored(subject, ruleIds)) invocation.err(asLines([`note: ${note}`]));
  const { findings, suppressed } = withoutSuppressed(whole.findings, subject, baseline);
  return suppressed.length === 0 ? whole : { ...whole, findings, suppressed };
}
