/** Carries `bookend lint` out: the preview of charts and of files, without a cluster and with a short report. */

import { outputFormat } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { withTwoForErrors } from '../preview/exit-codes.ts';
import { playAndShow } from '../preview/play-and-show.ts';
import { kindOfPath, readOffline } from '../reading/read-subject.ts';
import type { ExitCode } from '../verb.ts';
import type { LintFlags } from './flags.ts';
import { below, lintRequestsOf } from './subjects.ts';

/** @param paths as they were typed: any number of charts, files and directories of manifests */
export function runLint(paths: string[], flags: LintFlags, invocation: Invocation): Promise<ExitCode> {
  return withTwoForErrors(
    async () => {
      if (flags.explain !== undefined) return explain(flags.explain, flags, invocation);
      const named = [...paths, ...(flags.filename ?? [])];
      const { filename: _, ...others } = flags;
      const names = flags.recursive ? await below(named) : named;
      const requests = lintRequestsOf(names, others, kindOfPath);
      const [only] = requests;
      if (only && requests.length === 1) {
        return playAndShow(await readOffline(only.source, flags, invocation), { ...only, brief: true }, invocation);
      }
      const { lintSeveral } = await import('./several.ts');
      return lintSeveral(requests, flags, invocation);
    },
    invocation,
    flags.output === 'json',
  );
}

async function explain(rule: string, flags: LintFlags, { out }: Invocation): Promise<ExitCode> {
  const format = outputFormat(flags, ['text', 'json']);
  const { explanationOf } = await import('./explain.ts');
  out(explanationOf(rule, format));
  return 0;
}
