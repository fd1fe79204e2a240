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
  scenario: Omit<Scenario, 'tool'>;
  format: Format;
  outputFile?: string;
  /** Write SARIF there too, whatever the format of the report is. */
  sarifFile?: string;
  failOn: FailOn;
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
export function requestOf(what: string | undefined, flags: PreviewFlags, kindOf: KindOfPath): PreviewRequest {
  const source = sourceOf(what, flags, kindOf);
  const tool = flags.with === undefined ? undefined : oneOf('--with', flags.with, named);
  if (source.from === 'namespace' && tool !== undefined && tool !== 'bookend')
    throw refusal('--with', `${tool} does not delete namespaces`, 'Omit --with, or use --with bookend.');
  const seed = Number(flags.seed ?? '1');
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw refusal('--seed', `--seed cannot be "${flags.seed}"`, 'For example: --seed 1');
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
    ...(flags.sarifFile !== undefined && { sarifFile: flags.sarifFile }),
    failOn: oneOf('--fail-on', flags.failOn ?? 'error', failOns),
    live: source.from === 'release' || source.from === 'namespace' || (flags.live ?? false),
  };
}

/** Whether findings of this severity end the program with 1. */
export function failsOn(severity: Severity, failOn: FailOn): boolean {
  return failOns.indexOf(severity) <= failOns.indexOf(failOn) && failOn !== 'never';
}
