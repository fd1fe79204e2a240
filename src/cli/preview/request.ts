/** What is asked of a preview, from the flags. Pure: what a path is has been looked at before. */

import type { Severity } from '../../preview/finding.ts';
import type { Scenario, Tool } from '../../uninstall/scenario.ts';
import { durationFlag, oneOf, outputFormat } from '../flags.ts';
import { type KindOfPath, refusal, type Source, sourceOf } from '../reading/source.ts';
import type { PreviewFlags } from './flags.ts';

const formats = ['text', 'json', 'sarif', 'html', 'mermaid'] as const;
export type Format = (typeof formats)[number];

export type PreviewRequest = {
  source: Source;
  /** Absent: what fits the objects. */
  tool?: Tool;
  /** Of the objects that name none, in place of the one of the context. */
  namespace?: string;
  scenario: Omit<Scenario, 'tool'>;
  format: Format;
  outputFile?: string;
  /** Write SARIF there too, whatever the format of the report is. */
  sarifFile?: string;
  failOn: FailOn;
  /** Findings in this file are known and do not fail. */
  baseline?: string;
  /** Write what is found to this file, as a baseline, in place of failing. */
  writeBaseline?: string;
  /** Read what surrounds them from a cluster. */
  live: boolean;
};

const failOns = ['error', 'warning', 'note', 'never'] as const;
export type FailOn = (typeof failOns)[number];

const named = ['helm4', 'helm3', 'kubectl', 'argocd', 'flux', 'bookend'] as const satisfies readonly Tool[];

/**
 * @param what as it was typed: a release, or a chart where there is one
 * @throws BookendError `bad-input` when it does not say exactly one thing to look at, or a flag fits nothing
 */
export function requestOf(what: string | undefined, given: PreviewFlags, kindOf: KindOfPath): PreviewRequest {
  const inNamespace = namespaceOfInput(what, given);
  const { namespaceDelete, ...others } = given;
  const flags = inNamespace === undefined ? given : others;
  const source = sourceOf(what, flags, kindOf);
  if (inNamespace !== undefined) refuseRelease(source);
  const asked = flags.with === undefined ? undefined : oneOf('--with', flags.with, named);
  const tool = inNamespace === undefined ? asked : 'namespace';
  if (source.from === 'namespace' && tool !== undefined && tool !== 'bookend')
    throw refusal('--with', `${tool} does not delete namespaces`, 'Omit --with, or use --with bookend.');
  return {
    source,
    ...(tool !== undefined && { tool }),
    ...(inNamespace !== undefined && { namespace: inNamespace }),
    scenario: scenarioOf(flags),
    format: outputFormat(flags, formats),
    ...filesOf(flags),
    failOn: oneOf('--fail-on', flags.failOn ?? 'error', failOns),
    live: source.from === 'release' || source.from === 'namespace' || (flags.live ?? false),
  };
}

/**
 * The namespace whose deletion is previewed of a chart or of files that are not installed: they are taken to be in it.
 * Undefined where nothing but the namespace is named, which is then read from the cluster.
 */
function namespaceOfInput(what: string | undefined, flags: PreviewFlags): string | undefined {
  const { namespaceDelete, filename, namespace } = flags;
  if (namespaceDelete === undefined || (what === undefined && filename === undefined)) return undefined;
  if (flags.with !== undefined)
    throw refusal('--with', '--with cannot be combined with --namespace-delete and a chart or files', 'Omit --with.');
  if (namespace !== undefined && namespace !== namespaceDelete)
    throw refusal(
      '--namespace',
      `the objects are in ${namespace}, and ${namespaceDelete} is deleted`,
      'Name the same namespace.',
    );
  return namespaceDelete;
}

function refuseRelease({ from }: Source): void {
  if (from === 'release')
    throw refusal(
      '--namespace-delete',
      'a release is read with its namespace',
      'Omit the release: its namespace is previewed whole.',
    );
}

function scenarioOf({ seed: given = '1', wait = false, hooks = true, timeout = '5m' }: PreviewFlags): PreviewRequest['scenario'] {
  const seed = Number(given);
  if (!Number.isSafeInteger(seed) || seed < 0) throw refusal('--seed', `--seed cannot be "${given}"`, 'For example: --seed 1');
  return { wait, hooks, timeoutMs: durationFlag('--timeout', timeout), seed };
}

/** The files that are written and read beside the report. */
function filesOf({ outputFile, sarifFile, baseline, writeBaseline }: PreviewFlags) {
  return {
    ...(outputFile !== undefined && { outputFile }),
    ...(sarifFile !== undefined && { sarifFile }),
    ...(baseline !== undefined && { baseline }),
    ...(writeBaseline !== undefined && { writeBaseline }),
  };
}

/** Whether findings of this severity end the program with 1. */
export function failsOn(severity: Severity, failOn: FailOn): boolean {
  return failOns.indexOf(severity) <= failOns.indexOf(failOn) && failOn !== 'never';
}
