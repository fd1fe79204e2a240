/**
 * The input of a verb: an installed release, a chart, files or a namespace. Pure: the caller has looked at paths.
 */
import { BookendError } from '../../errors.ts';

/** Where the objects come from. */
export type Source =
  | { from: 'release'; name: string }
  | { from: 'chart'; chart: string; flags: string[] }
  | { from: 'files'; files: string[]; recursive: boolean }
  | { from: 'namespace'; name: string };

/** The flags by which a person names what to look at; `preview` and `plan` have the same. */
export type SourceFlags = {
  filename?: string[];
  release?: string;
  recursive?: boolean;
  namespaceDelete?: string;
  values?: string[];
  set?: string[];
  setString?: string[];
};

/** What is at a path: a chart, or something else. Undefined: nothing is. */
export type KindOfPath = (name: string) => 'chart' | 'other' | undefined;

/**
 * The one thing that was named.
 * @param what as it was typed: a release, or a chart where there is one
 * @param others what else the verb takes, for the message
 * @throws BookendError `bad-input` when it is none or several, or flags of charts are given for something else
 */
export function sourceOf(what: string | undefined, flags: SourceFlags, kindOf: KindOfPath, others = ''): Source {
  const source = namedBy(what, flags, kindOf, others);
  if (source.from !== 'chart') refuseChartFlags(flags);
  return source;
}

function namedBy(what: string | undefined, flags: SourceFlags, kindOf: KindOfPath, others: string): Source {
  const { filename, namespaceDelete, release, recursive = false } = flags;
  const given = [what, filename, namespaceDelete, release].filter((each) => each !== undefined);
  if (given.length !== 1) {
    const message = given.length === 0 ? 'no input given' : 'more than one input given';
    throw refusal(
      undefined,
      message,
      `Give one of: a release, a chart, -f with files, --namespace-delete with a namespace${others}.`,
    );
  }
  if (filename) return { from: 'files', files: filename, recursive };
  if (namespaceDelete !== undefined) return { from: 'namespace', name: namespaceDelete };
  if (release !== undefined) return { from: 'release', name: release };
  const name = what ?? '';
  const kind = kindOf(name);
  if (kind === 'chart' || (kind === undefined && isRemote(name))) return { from: 'chart', chart: name, flags: chartFlags(flags) };
  if (/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) return { from: 'release', name };
  throw kind === 'other'
    ? refusal(undefined, `${name} is not a chart: it has no Chart.yaml`, `For manifests use -f ${name}.`)
    : refusal(
        undefined,
        `${name} does not exist: it is neither a path nor the name of a release`,
        'Correct the path or the name.',
      );
}

/** What Helm fetches itself: `oci://…`, `https://….tgz`, `repository/chart`. */
function isRemote(name: string): boolean {
  return /^(oci|https?):\/\//.test(name) || /^[a-z0-9][-a-z0-9._]*\/[a-z0-9][-a-z0-9._]*$/i.test(name);
}

/** Helm's own words for the same flags. */
export function chartFlags({
  values = [],
  set = [],
  setString = [],
}: Pick<SourceFlags, 'values' | 'set' | 'setString'>): string[] {
  return [
    ...values.flatMap((file) => ['--values', file]),
    ...set.flatMap((pair) => ['--set', pair]),
    ...setString.flatMap((pair) => ['--set-string', pair]),
  ];
}

function refuseChartFlags({ values, set, setString }: SourceFlags): void {
  const flag = values ? '--values' : set ? '--set' : setString ? '--set-string' : undefined;
  if (flag !== undefined)
    throw refusal(flag, `${flag} is for charts only`, 'Omit it: a release and files contain their values already.');
}

export function refusal(field: string | undefined, message: string, advice: string): BookendError {
  return new BookendError('bad-input', message, { ...(field !== undefined && { field }), advice });
}
