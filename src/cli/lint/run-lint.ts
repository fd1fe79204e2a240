/** Carries `bookend lint` out: the preview of a chart or of files, without a cluster and with a short report. */
import { BookendError } from '../../errors.ts';
import type { LintFlags } from '../lint.ts';
import { withTwoForErrors } from '../preview/exit-codes.ts';
import { playAndShow } from '../preview/play-and-show.ts';
import { kindOfPath, readOffline } from '../preview/read-subject.ts';
import { type PreviewRequest, requestOf } from '../preview/request.ts';
import type { KindOfPath } from '../preview/source.ts';
import type { Surroundings } from '../surroundings.ts';
import type { ExitCode } from '../verb.ts';

/** @param paths as they were typed: one chart, or any number of files and directories of manifests */
export function runLint(paths: string[], flags: LintFlags, surroundings: Surroundings): Promise<ExitCode> {
  return withTwoForErrors(
    async () => {
      const request = lintRequestOf(paths, flags, kindOfPath);
      const { source } = request;
      if (source.from !== 'chart' && source.from !== 'files')
        throw new BookendError('internal', 'lint knows charts and files only');
      const sourced = await readOffline(source, flags, surroundings);
      return playAndShow(sourced, { ...request, brief: true }, surroundings);
    },
    surroundings,
    flags.output === 'json',
  );
}

/**
 * @throws BookendError `bad-input` when nothing is named, or a chart and something else
 */
export function lintRequestOf(paths: readonly string[], flags: LintFlags, kindOf: KindOfPath): PreviewRequest {
  const names = [...paths, ...(flags.filename ?? [])];
  const charts = names.filter((name) => kindOf(name) === 'chart');
  if (names.length === 0) {
    throw new BookendError('bad-input', 'nothing is named to look at', {
      advice: 'Name a chart, or files and directories of manifests.',
    });
  }
  if (charts.length > 0 && names.length > 1) {
    throw new BookendError('bad-input', `${charts[0]} is a chart, and not alone`, {
      advice: 'Look at each chart by itself: one call for each.',
    });
  }
  const { filename: _, ...rest } = flags;
  return charts.length > 0 ? requestOf(charts[0], rest, kindOf) : requestOf(undefined, { ...rest, filename: names }, kindOf);
}
