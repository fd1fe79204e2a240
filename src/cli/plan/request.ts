/** The arguments of `bookend plan`, checked. Pure: the caller has looked at paths. */

import { type GlobalFlags, outputFormat } from '../flags.ts';
import { type KindOfPath, refusal, type Source, type SourceFlags, sourceOf } from '../reading/source.ts';

const formats = ['text', 'json', 'mermaid', 'dot'] as const;
export type Format = (typeof formats)[number];

export type PlanRequest = {
  source: Source | { from: 'everything' };
  /** `KIND/NAME`, as they were typed: only what these need, and what needs them. */
  of: string[];
  format: Format;
  explain: boolean;
  /** Read what surrounds it from a cluster. */
  live: boolean;
};

/**
 * @param what as it was typed: a release, or a chart where there is one
 * @throws BookendError `bad-input` when it does not say exactly one thing to look at. `--of` alone asks of the whole
 * cluster.
 */
export function requestOf(what: string | undefined, flags: PlanFlags, kindOf: KindOfPath): PlanRequest {
  const { of = [], explain = false, live = false } = flags;
  const source = sourceFor(what, flags, kindOf);
  return {
    source,
    of,
    format: outputFormat(flags, formats),
    explain,
    live: live || source.from === 'release' || source.from === 'namespace' || source.from === 'everything',
  };
}

function sourceFor(what: string | undefined, flags: PlanFlags, kindOf: KindOfPath): PlanRequest['source'] {
  const names = [what, flags.filename, flags.namespaceDelete, flags.release].filter((each) => each !== undefined);
  const everything = flags.everything ?? (names.length === 0 && flags.of !== undefined);
  if (!everything) return sourceOf(what, flags, kindOf, ', --everything');
  if (names.length === 0) return { from: 'everything' };
  throw refusal('--everything', '--everything cannot be combined with another input', 'Omit one of them.');
}

export type PlanFlags = GlobalFlags & SourceFlags & { everything?: boolean; of?: string[]; explain?: boolean; live?: boolean };
