/** Carries `bookend preview` out. */

import type { Invocation } from '../invocation.ts';
import { refuseAmbiguous } from '../reading/chart-or-release.ts';
import { kindOfPath, readOffline } from '../reading/read-subject.ts';
import type { ExitCode } from '../verb.ts';
import { withTwoForErrors } from './exit-codes.ts';
import type { PreviewFlags } from './flags.ts';
import { playAndShow } from './play-and-show.ts';
import { requestOf } from './request.ts';

/** @param what a release or a chart, as it was typed */
export function runPreview(what: string | undefined, given: PreviewFlags, invocation: Invocation): Promise<ExitCode> {
  return withTwoForErrors(
    async () => {
      const request = requestOf(what, given, kindOfPath);
      const { source, live, namespace } = request;
      const flags = namespace === undefined ? given : { ...given, namespace };
      await refuseAmbiguous(what, source, flags, invocation);
      if (!live && (source.from === 'chart' || source.from === 'files')) {
        return playAndShow(await readOffline(source, flags, invocation), request, invocation);
      }
      const { readLive } = await import('../reading/read-live.ts');
      return playAndShow(await readLive(source, flags, request.format, invocation), request, invocation);
    },
    invocation,
    given.output === 'json',
  );
}
