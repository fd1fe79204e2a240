/** The second half of `preview` and `lint`: plays the uninstall of what was read, and shows what came of it. */
import { preview } from '../../preview/preview.ts';
import type { Sourced } from '../../preview/sources/manifests.ts';
import type { Surroundings } from '../surroundings.ts';
import type { ExitCode } from '../verb.ts';
import { fittingTool } from './fitting-tool.ts';
import { helmVersion } from './helm-version.ts';
import { progressOn } from './progress.ts';
import type { PreviewRequest } from './request.ts';
import { show } from './show.ts';

/** @throws BookendError as `preview` and `show` do */
export async function playAndShow(
  { subject, notes }: Sourced,
  request: PreviewRequest & { brief?: boolean },
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { format } = request;
  const progress = progressOn(surroundings, format);
  if (format === 'text') for (const note of notes) surroundings.err(`note: ${note}\n`);
  const helm = request.tool === undefined && subject.from === 'release' ? await helmVersion(surroundings.environment) : undefined;
  const tool = request.tool ?? fittingTool(subject, helm);
  progress.at(`Playing the uninstall of ${subject.objects.length} objects …`);
  const found = await preview(
    subject,
    { ...request.scenario, tool },
    { beside: request.brief ? 'when-found' : 'always' },
  ).finally(() => progress.end());
  return show(found, request, surroundings);
}
