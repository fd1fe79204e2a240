/** What is asked of a preview, from the flags. Pure: what a path is has been looked at before. */
import { BookendError } from '../../errors.ts';
import type { Scenario, Severity, Tool } from '../../preview/model.ts';
import { durationFlag, oneOf, outputFormat } from '../flags.ts';
import type { PreviewFlags } from '../preview.ts';

export const formats = ['text', 'json', 'sarif', 'html', 'mermaid'] as const;
export type Format = (typeof formats)[number];

/** Where the objects come from. */
export type Source =
  | { from: 'release'; name: string }
  | { from: 'chart'; chart: string; flags: string[] }
  | { from: 'files'; files: string[]; recursive: boolean }
  | { from: 'namespace'; name: string };

export type PreviewRequest = {
  source: Source;
  /** Absent: what fits the objects. */
  tool?: Tool;
  scenario: Omit<Scenario, 'tool'>;
  format: Format;
  outputFile?: string;
  failOn: FailOn;
  /** Read what surrounds them from a cluster. */
  live: boolean;
};

const failOns = ['error', 'warning', 'note', 'never'] as const;
export type FailOn = (typeof failOns)[number];

const named = ['helm4', 'helm3', 'kubectl', 'argocd', 'flux', 'bookend'] as const satisfies readonly Tool[];

/** What is at a path: a chart, or something else. Undefined: nothing is. */
export type KindOfPath = (name: string) => 'chart' | 'other' | undefined;

/**
 * @param what as it was typed: a release, or a chart where there is one
 * @throws BookendError `bad-input` when it does not say exactly one thing to look at, or a flag fits nothing
 */
export function requestOf(what: string | undefined, flags: PreviewFlags, kindOf: KindOfPath): PreviewRequest {
  const source = sourceOf(what, flags, kindOf);
  const tool = flags.with === undefined ? undefined : oneOf('--with', flags.with, named);
  if (source.from === 'namespace' && tool !== undefined && tool !== 'bookend')
    throw refusal('--with', `${tool} does not delete namespaces`, 'Leave --with out, or give --with bookend.');
  if (source.from !== 'chart') refuseChartFlags(flags);
  const seed = Number(flags.seed ?? '1');
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw refusal('--seed', `--seed cannot be "${flags.seed}"`, 'Give a whole number, such as 1.');
  return {
    source,
    ...(tool !== undefined && { tool }),
    scenario: {
      wait: flags.wait ?? false,
      hooks: flags.hooks ?? true,
      timeoutMs: durationFlag('--timeout', flags.timeout ?? '5m'),
      seed,
    },
    format: outputFormat(flags, formats),
    ...(flags.outputFile !== undefined && { outputFile: flags.outputFile }),
    failOn: oneOf('--fail-on', flags.failOn ?? 'error', failOns),
    live: source.from === 'release' || source.from === 'namespace' || (flags.live ?? false),
  };
}

/** Whether findings of this severity end the program with 1. */
export function failsOn(severity: Severity, failOn: FailOn): boolean {
  return failOns.indexOf(severity) <= failOns.indexOf(failOn) && failOn !== 'never';
}

function sourceOf(what: string | undefined, flags: PreviewFlags, kindOf: KindOfPath): Source {
  const { filename, namespaceDelete, recursive = false } = flags;
  const given = [what, filename, namespaceDelete].filter((each) => each !== undefined);
  if (given.length !== 1) {
    const message = given.length === 0 ? 'nothing is named to look at' : 'more than one thing is named to look at';
    throw refusal(undefined, message, 'Give one of: a release, a chart, -f FILE, --namespace-delete NAMESPACE.');
  }
  if (filename) return { from: 'files', files: filename, recursive };
  if (namespaceDelete !== undefined) return { from: 'namespace', name: namespaceDelete };
  const name = what ?? '';
  const kind = kindOf(name);
  if (kind === 'chart' || (kind === undefined && isRemote(name))) return { from: 'chart', chart: name, flags: chartFlags(flags) };
  if (/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) return { from: 'release', name };
  throw kind === 'other'
    ? refusal(undefined, `${name} is no chart: it has no Chart.yaml`, `For manifests write -f ${name}.`)
    : refusal(undefined, `${name} does not exist, and is no name of a release either`, 'Correct the path or the name.');
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
}: Pick<PreviewFlags, 'values' | 'set' | 'setString'>): string[] {
  return [
    ...values.flatMap((file) => ['--values', file]),
    ...set.flatMap((pair) => ['--set', pair]),
    ...setString.flatMap((pair) => ['--set-string', pair]),
  ];
}

function refuseChartFlags({ values, set, setString }: PreviewFlags): void {
  const flag = values ? '--values' : set ? '--set' : setString ? '--set-string' : undefined;
  if (flag !== undefined) throw refusal(flag, `${flag} is for charts only`, 'A release and files have their values already.');
}

function refusal(field: string | undefined, message: string, advice: string): BookendError {
  return new BookendError('bad-input', message, { ...(field !== undefined && { field }), advice });
}
