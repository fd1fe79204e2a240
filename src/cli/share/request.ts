/** What is asked for by the arguments of `bookend share`, checked before any file is read. */
import { BookendError } from '../../errors.ts';
import { type ShareDefaults, withDefaults } from '../../share/defaults.ts';
import { parseShare } from '../../share/notation.ts';
import type { Share, ShareMode } from '../../share/share.ts';
import { oneOf, outputFormat } from '../flags.ts';
import type { ShareFlags } from './flags.ts';

export type ShareRequest = {
  files: string[];
  /** Also the directories within directories. */
  recursive: boolean;
  shares: Share[];
  /** As they were written, for messages: one for each share. */
  lines: string[];
  fromAnnotations: boolean;
  /** Names of shares that are to go. */
  remove: string[];
  /** As they were written: see `selectWorkloads`. */
  workloads: string[] | undefined;
  selector: string | undefined;
  templatePath: string | undefined;
  output: ShareOutput;
};

export type ShareOutput =
  | 'manifests'
  | 'files'
  | 'diff'
  | 'patch'
  | 'explanation'
  | 'explanation as JSON'
  | 'list'
  | 'list as JSON';

const modes = ['auto', 'scratch', 'copy', 'image'] as const satisfies readonly ShareMode[];

/**
 * @param words the arguments that are no flags: shares, and files that a shell put behind the first one of `-f`
 * @param isFile whether there is a file or directory of this name
 * @throws BookendError `bad-input` with the flag, or with the place in a share's line
 */
export function shareRequest(
  words: readonly string[],
  flags: ShareFlags,
  programName: string,
  isFile: (name: string) => boolean = () => false,
): ShareRequest {
  const { filename = [], name, fromAnnotations = false, remove = [] } = flags;
  const asked = `${programName} share -f FILE 'app:/srv/www -> nginx:/usr/share/nginx/html:ro'`;
  if (filename.length === 0) throw wrong('-f', 'no manifests are named', `Write ${asked}, or -f - for the standard input.`);
  const lines = words.filter((word) => !isFileName(word, isFile));
  const output = outputOf(flags);
  checkWay(lines, flags, asked);
  if (name !== undefined && lines.length !== 1) {
    throw wrong(
      '--name',
      `is the name of one share, and there are ${lines.length}`,
      "Write the names into the shares: 'web = app:/…'.",
    );
  }
  return {
    files: [...filename, ...words.filter((word) => isFileName(word, isFile))],
    recursive: flags.recursive ?? false,
    shares: withFlags(
      lines.map((line) => parseShare(line, name)),
      flags,
    ),
    lines,
    fromAnnotations,
    remove,
    workloads: flags.workload,
    selector: flags.selector,
    templatePath: flags.templatePath,
    output,
  };
}

/** Every share has a colon. */
function isFileName(word: string, isFile: (name: string) => boolean): boolean {
  return word !== '-' && !word.includes(':') && (/\.(ya?ml|json)$/.test(word) || isFile(word));
}

/** Shares are applied, listed or removed. */
function checkWay(lines: readonly string[], { fromAnnotations, list, remove, name, explain }: ShareFlags, asked: string): void {
  const ways = [
    ...(lines.length > 0 ? ['a share'] : []),
    ...(fromAnnotations ? ['--from-annotations'] : []),
    ...(list ? ['--list'] : []),
    ...(remove ? ['--remove'] : []),
  ];
  if (ways.length === 0) throw wrong('SHARE', 'no share is named', `Write ${asked}, or --from-annotations.`);
  const alone = list ? '--list' : remove ? '--remove' : undefined;
  const other = ways.find((way) => way !== alone) ?? (name !== undefined ? '--name' : explain ? '--explain' : undefined);
  if (alone && other) throw wrong(alone, `cannot be given beside ${other}`, 'Do one after the other.');
}

/** For all shares that can have it and do not say themselves. */
function withFlags(shares: readonly Share[], { mode, medium, sizeLimit }: ShareFlags): Share[] {
  const chosen = mode === undefined ? undefined : oneOf('--mode', mode, modes);
  const canHave = ({ from }: Share) =>
    chosen === undefined || chosen === 'auto' || (chosen === 'scratch') === (from === undefined);
  if (chosen !== undefined && shares.length > 0 && !shares.some(canHave)) {
    const whose = chosen === 'scratch' ? 'without a source, and all have one' : 'with a source, and none has one';
    throw wrong('--mode', `${chosen} is for shares ${whose}`, 'Leave the flag out.');
  }
  const defaults: ShareDefaults = {
    ...(chosen !== undefined && { mode: chosen }),
    ...(medium !== undefined && { medium: oneOf('--medium', medium, ['Memory']) }),
    ...(sizeLimit !== undefined && { sizeLimit }),
  };
  return shares.map((share) => withDefaults(share, defaults));
}

function outputOf(flags: ShareFlags): ShareOutput {
  const format = outputFormat(flags, ['text', 'json', 'patch']);
  if (flags.explain && (flags.diff || flags.inPlace)) {
    throw wrong('--explain', 'cannot be given beside --diff and --in-place', 'Ask for one after the other.');
  }
  if (format === 'patch') {
    const other = flags.explain
      ? '--explain'
      : flags.diff
        ? '--diff'
        : flags.inPlace
          ? '--in-place'
          : flags.list
            ? '--list'
            : undefined;
    if (other) throw wrong('--output', `patch cannot be given beside ${other}`, 'Ask for one after the other.');
    return 'patch';
  }
  if (flags.explain) return format === 'json' ? 'explanation as JSON' : 'explanation';
  if (flags.list) return format === 'json' ? 'list as JSON' : 'list';
  if (format === 'json')
    throw wrong('--output', 'json is for --explain and --list; manifests are printed as they are written', 'Leave -o out.');
  if (!flags.inPlace) return flags.diff ? 'diff' : 'manifests';
  if (flags.diff) throw wrong('--in-place', 'cannot be given beside --diff', 'Look at the difference first.');
  if (flags.filename?.includes('-'))
    throw wrong('--in-place', 'the standard input is no file', 'Leave --in-place out, or name a file.');
  return 'files';
}

function wrong(field: string, message: string, advice: string): BookendError {
  return new BookendError('bad-input', message, { field, advice });
}
