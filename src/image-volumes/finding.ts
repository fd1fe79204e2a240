/**
 * What was found out about a pool of nodes by trying, and how it is written down: in a ConfigMap of the operator's
 * namespace, one key for each pool, so that every replica, the next leader and the command line know it too.
 */
import type { Instant } from '../cluster/clock.ts';
import { isMap, textMapOf, textOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Pool } from './pools.ts';

/**
 * works: the directory of the image was seen. fails: something else was seen in its place, or the container could not
 * be started with it. unclear: the trial came to no result, for reasons of its own.
 */
export type Outcome = 'works' | 'fails' | 'unclear';

export type Finding = {
  /** `Pool.description`. */
  pool: string;
  outcome: Outcome;
  /** What was seen, in words; empty when it works. */
  message: string;
  /** The node that it was tried on, where one was. */
  node?: string;
  at: Instant;
  /** How often in a row it did not work. */
  tries: number;
};

/** By the key of the pool. */
export type Findings = ReadonlyMap<string, Finding>;

/** Name of the ConfigMap in the operator's namespace. Fixed, as the name of its Lease is. */
export const findingsName = 'bookend-image-volumes';

export const configMapKind = { apiVersion: 'v1', kind: 'ConfigMap' } as const;

/** What cannot be read counts as not there, and is found out again. */
export function readFindings(configMap: KubernetesObject | undefined): Findings {
  const entries = Object.entries(textMapOf(configMap?.data)).flatMap(([key, text]): [string, Finding][] => {
    const finding = readFinding(text);
    return finding ? [[key, finding]] : [];
  });
  return new Map(entries);
}

/** The value of one key. */
export function writeFinding({ at, ...finding }: Finding): string {
  return JSON.stringify({ ...finding, at: new Date(at).toISOString() });
}

function readFinding(text: string): Finding | undefined {
  const fields = parsed(text);
  const [pool, node, at] = [textOf(fields.pool), textOf(fields.node), Date.parse(textOf(fields.at) ?? '')];
  const outcome = outcomes.find((each) => each === fields.outcome);
  if (pool === undefined || outcome === undefined || Number.isNaN(at)) return undefined;
  const tries = typeof fields.tries === 'number' && fields.tries > 0 ? Math.floor(fields.tries) : 0;
  return { pool, outcome, message: textOf(fields.message) ?? '', ...(node !== undefined && { node }), at, tries };
}

const outcomes: readonly Outcome[] = ['works', 'fails', 'unclear'];

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isMap(value) ? value : {};
  } catch {
    return {};
  }
}

/** The finding that is about this very pool: its key alone could be that of another. */
export function findingOf(findings: Findings, { key, description }: Pick<Pool, 'key' | 'description'>): Finding | undefined {
  const finding = findings.get(key);
  return finding?.pool === description ? finding : undefined;
}
