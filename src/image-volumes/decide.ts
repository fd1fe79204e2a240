/** Which pools to try now, and when to look again. Pure: the same input always gives the same answer. */
import { backoff } from '../cluster/backoff.ts';
import type { Instant } from '../cluster/clock.ts';
import { type Finding, type Findings, findingOf } from './finding.ts';
import type { Pool } from './pools.ts';
import { nodeSupport, serverSupport } from './support.ts';

export type SupportState = {
  /** Of the API server. */
  version: string;
  pools: readonly Pool[];
  findings: Findings;
  /** Keys of the pools that are being tried. */
  running: ReadonlySet<string>;
};

export type Decision = {
  probe: Pool[];
  /** Keys of findings about pools that have not been there for long: there is no end of versions. */
  forget: string[];
  /** When a pool is to be tried again; undefined when only a change of the nodes can bring that. */
  until: Instant | undefined;
};

const minute = 60_000;

/** More at once would be a burden, and are never urgent. */
const mostAtOnce = 4;
const mostFindings = 64;

export function decide({ version, pools, findings, running }: SupportState, now: Instant): Decision {
  const candidates = serverSupport(version).expected ? pools.filter(canBeTried).filter(({ key }) => !running.has(key)) : [];
  const times = candidates.map((pool) => ({ pool, at: dueAt(findingOf(findings, pool)) }));
  const due = times.filter(({ at }) => at <= now).map(({ pool }) => pool);
  const later = times.map(({ at }) => at).filter((at) => at > now && at !== Infinity);
  return {
    probe: due.slice(0, Math.max(0, mostAtOnce - running.size)),
    forget: forgotten(pools, findings),
    until: later.length > 0 ? Math.min(...later) : undefined,
  };
}

/** Where the versions say no, or nobody answers, a trial would only waste its time. */
function canBeTried({ nodes }: Pool): boolean {
  return nodes.some((node) => nodeSupport(node).expected && node.ready);
}

/** What works is believed until the pool is another one; anything else is tried again, more and more rarely. */
function dueAt(finding: Finding | undefined): Instant {
  if (!finding) return -Infinity;
  if (finding.outcome === 'works') return Infinity;
  return finding.at + retryMs(finding.tries);
}

/** 1, 2, 4 … minutes, 6 hours at most. */
export function retryMs(tries: number): number {
  return backoff(Math.max(1, tries), { firstMs: minute, mostMs: 6 * 60 * minute });
}

/**
 * The oldest of pools that are not there: one that is scaled down to nothing comes back, and what was found is still
 * true then.
 */
function forgotten(pools: readonly Pool[], findings: Findings): string[] {
  const here = new Set(pools.map(({ key }) => key));
  const absent = [...findings].filter(([key]) => !here.has(key)).toSorted(([, one], [, other]) => one.at - other.at);
  return absent.slice(0, Math.max(0, findings.size - mostFindings)).map(([key]) => key);
}
