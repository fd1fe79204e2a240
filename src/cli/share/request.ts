/** What is asked for by the arguments of `bookend share`, checked before any file is read. */
import { BookendError } from '../../errors.ts';
import { parseShare } from '../../share/notation.ts';
import type { Share, ShareMode } from '../../share/share.ts';
import { oneOf, outputFormat } from '../flags.ts';
import { type IsWanted, workloadFilter } from './filter.ts';
import type { ShareFlags } from './flags.ts';

export type ShareRequest = {
  files: string[];
  shares: Share[];
  /** As they were written, for messages: one for each share. */
  lines: string[];
  fromAnnotations: boolean;
  isWanted: IsWanted;
  output: 'manifests' | 'files' | 'diff' | 'explanation' | 'explanation as JSON';
};

const modes = ['auto', 'scratch', 'copy', 'image'] as const satisfies readonly ShareMode[];

/** @throws BookendError `bad-input` with the flag, or with the place in a share's line */
export function shareRequest(lines: readonly string[], flags: ShareFlags, programName: string): ShareRequest {
  const { filename: files = [], name, fromAnnotations = false } = flags;
  const asked = `${programName} share -f FILE 'app:/srv/www -> nginx:/usr/share/nginx/html:ro'`;
  if (files.length === 0) throw wrong('-f', 'no manifests are named', `Write ${asked}, or -f - for the standard input.`);
  if (lines.length === 0 && !fromAnnotations) throw wrong('SHARE', 'no share is named', `Write ${asked}, or --from-annotations.`);
  if (name !== undefined && lines.length !== 1) {
    throw wrong(
      '--name',
      `is the name of one share, and there are ${lines.length}`,
      "Write the names into the shares: 'web = app:/…'.",
    );
  }
  return {
    files,
    shares: lines.map((line) => withDefaults(parseShare(line, name), flags)),
    lines: [...lines],
    fromAnnotations,
    isWanted: workloadFilter(flags.workload, flags.selector),
    output: outputOf(flags),
  };
}

/** A share's own word counts more than the flag's, which is for all of them. */
function withDefaults(share: Share, { mode, medium, sizeLimit }: ShareFlags): Share {
  return {
    ...(mode !== undefined && { mode: oneOf('--mode', mode, modes) }),
    ...(medium !== undefined && { medium: oneOf('--medium', medium, ['Memory']) }),
    ...(sizeLimit !== undefined && { sizeLimit }),
    ...share,
  };
}

function outputOf(flags: ShareFlags): ShareRequest['output'] {
  const format = outputFormat(flags, ['text', 'json']);
  if (flags.explain && (flags.diff || flags.inPlace)) {
    throw wrong('--explain', 'cannot be given beside --diff and --in-place', 'Ask for one after the other.');
  }
  if (flags.explain) return format === 'json' ? 'explanation as JSON' : 'explanation';
  if (format === 'json')
    throw wrong('--output', 'json is for --explain; manifests are printed as they are written', 'Leave -o out.');
  if (!flags.inPlace) return flags.diff ? 'diff' : 'manifests';
  if (flags.diff) throw wrong('--in-place', 'cannot be given beside --diff', 'Look at the difference first.');
  if (flags.filename?.includes('-'))
    throw wrong('--in-place', 'the standard input is no file', 'Leave --in-place out, or name a file.');
  return 'files';
}

function wrong(field: string, message: string, advice: string): BookendError {
  return new BookendError('bad-input', message, { field, advice });
}
