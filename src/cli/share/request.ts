/** The arguments of `bookend share`, checked before any file is read. */
import { BookendError } from '../../errors.ts';
import { type ShareDefaults, withDefaults } from '../../share/defaults.ts';
import { parseShare } from '../../share/notation.ts';
import type { Share, ShareMode } from '../../share/share.ts';
import { type GlobalFlags, oneOf, outputFormat } from '../flags.ts';

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

type ShareOutput = 'manifests' | 'files' | 'diff' | 'patch' | 'explanation' | 'explanation as JSON' | 'list' | 'list as JSON';

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
  const asked = `For example: ${programName} share -f web.yaml 'app:/srv/www -> nginx:/usr/share/nginx/html:ro'`;
  if (filename.length === 0) throw wrong('-f', 'no manifests given', `${asked}, or -f - for standard input`);
  const lines = words.filter((word) => !isFileName(word, isFile));
  const output = outputOf(flags);
  checkWay(lines, flags, asked);
  if (name !== undefined && lines.length !== 1) {
    throw wrong(
      '--name',
      `--name needs one share, and ${lines.length} are given`,
      "Write the name into each share: 'web = app:/…'",
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
  if (ways.length === 0) throw wrong('share', 'no share given', `${asked}, or --from-annotations`);
  const alone = list ? '--list' : remove ? '--remove' : undefined;
  const other = ways.find((way) => way !== alone) ?? (name !== undefined ? '--name' : explain ? '--explain' : undefined);
  if (alone && other) throw wrong(alone, `${alone} cannot be combined with ${other}`, `Leave out ${alone} or ${other}.`);
}

/** For all shares that can have it and do not say themselves. */
function withFlags(shares: readonly Share[], { mode, medium, sizeLimit }: ShareFlags): Share[] {
  const chosen = mode === undefined ? undefined : oneOf('--mode', mode, modes);
  const canHave = ({ from }: Share) =>
    chosen === undefined || chosen === 'auto' || (chosen === 'scratch') === (from === undefined);
  if (chosen !== undefined && shares.length > 0 && !shares.some(canHave)) {
    const why = chosen === 'scratch' ? 'needs a share without a source' : 'needs a share with a source';
    throw wrong('--mode', `--mode ${chosen} ${why}`, 'Leave out --mode.');
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
  checkFlags(flags, format);
  if (format === 'patch') return 'patch';
  if (flags.explain) return format === 'json' ? 'explanation as JSON' : 'explanation';
  if (flags.list) return format === 'json' ? 'list as JSON' : 'list';
  if (flags.inPlace) return 'files';
  return flags.diff ? 'diff' : 'manifests';
}

/** Flags that exclude each other: there is one output. */
function checkFlags(flags: ShareFlags, format: string): void {
  if (flags.explain) checkAlone('--explain', '--explain', { '--diff': flags.diff, '--in-place': flags.inPlace });
  if (format === 'patch') {
    const others = { '--explain': flags.explain, '--diff': flags.diff, '--in-place': flags.inPlace, '--list': flags.list };
    checkAlone('--output', '-o patch', others);
  }
  if (flags.explain || flags.list || format === 'patch') return;
  if (format === 'json') throw wrong('--output', '-o json needs --explain or --list', 'Leave out -o.');
  if (flags.inPlace) checkAlone('--in-place', '--in-place', { '--diff': flags.diff });
  if (flags.inPlace && flags.filename?.includes('-'))
    throw wrong('--in-place', '--in-place cannot change standard input', 'Leave out --in-place, or name a file.');
}

function checkAlone(field: string, flag: string, others: Readonly<Record<string, boolean | undefined>>): void {
  const [other] = Object.keys(others).filter((each) => others[each]);
  if (other) throw wrong(field, `${flag} cannot be combined with ${other}`, `Leave out ${flag} or ${other}.`);
}

function wrong(field: string, message: string, advice: string): BookendError {
  return new BookendError('bad-input', message, { field, advice });
}

export type ShareFlags = GlobalFlags & {
  filename?: string[];
  recursive?: boolean;
  name?: string;
  mode?: string;
  medium?: string;
  sizeLimit?: string;
  fromAnnotations?: boolean;
  list?: boolean;
  remove?: string[];
  workload?: string[];
  selector?: string;
  templatePath?: string;
  inPlace?: boolean;
  diff?: boolean;
  explain?: boolean;
  quiet?: boolean;
  cluster?: boolean;
  probe?: boolean;
  seedImage: string;
};
