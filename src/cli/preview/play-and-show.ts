/** The second half of `preview` and `lint`: plays the uninstall of what was read, and shows what came of it. */
import type { Preview } from '../../preview/document.ts';
import { preview } from '../../preview/preview.ts';
import type { Sourced } from '../../reading/manifests.ts';
import type { Invocation } from '../invocation.ts';
import { helmVersion } from '../reading/helm-version.ts';
import { progressOn } from '../reading/progress.ts';
import { asLines } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { fittingTool } from './fitting-tool.ts';
import type { PreviewRequest } from './request.ts';
import { show } from './show.ts';

type Request = PreviewRequest & { brief?: boolean };

/** @throws BookendError as `preview` and `show` do */
export async function playAndShow(sourced: Sourced, request: Request, invocation: Invocation): Promise<ExitCode> {
  return show(await played(sourced, request, invocation), request, invocation);
}

/** @throws BookendError as `preview` does */
export async function played({ subject, notes }: Sourced, request: Request, invocation: Invocation): Promise<Preview> {
  const { format } = request;
  const progress = progressOn(invocation, format);
  if (format === 'text') for (const note of notes) invocation.err(asLines([`note: ${note}`]));
  const helm = request.tool === undefined && subject.from === 'release' ? await helmVersion(invocation.environment) : undefined;
  const tool = request.tool ?? fittingTool(subject, helm);
  progress.at(`Simulating the uninstall of ${subject.objects.length} objects …`);
  return await preview(subject, { ...request.scenario, tool }, { beside: request.brief ? 'when-found' : 'always' }).finally(() =>
    progress.end(),
  );
}
