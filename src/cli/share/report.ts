/** The summary on standard error: what changed in which workload, and probable mistakes. */
import { isDeepStrictEqual } from 'node:util';
import type { ShareWarning } from '../../share/share.ts';
import { type Found, whereabouts } from './manifests.ts';
import { fieldPathOf } from './path.ts';
import { type PodSpec, type ShareChange, whatChanged } from './what-changed.ts';
import { nameOf, type Workload } from './workloads.ts';

/** A workload, and its Pod spec before and after. */
export type Outcome = {
  found: Workload;
  before: PodSpec;
  spec: PodSpec;
  /** Keys of annotations that are gone too. */
  annotations?: readonly string[];
};

/** Lines that are shown; nobody reads thousands. */
const mostLines = 20;

export function outcomeLines(outcomes: readonly Outcome[]): string[] {
  return firstLines(outcomes, 'workloads', (outcome) => {
    return `${nameOf(outcome.found)} (${whereabouts(outcome.found)}): ${sentence(outcome)}`;
  });
}

function sentence({ before, spec, annotations = [] }: Outcome): string {
  const changes = whatChanged(before, spec).filter(({ what }) => what !== 'unchanged');
  const words = [...changes.map(inWords), ...annotations.map((key) => `removed annotation ${key}`)];
  if (words.length > 0) return words.join(', ');
  return isDeepStrictEqual(before, spec) ? 'nothing to change' : 'updated';
}

function inWords({ name, what, mode }: ShareChange): string {
  return `${what} share ${name} (${mode})`;
}

/** A field of the object, and the line that it is on. */
export type Warned = { found: Found; warning: ShareWarning };

export function warningLines(warned: readonly Warned[]): string[] {
  return firstLines(warned, 'warnings', ({ found, warning: { field, message } }) => {
    const { place } = found;
    const where = whereabouts(found, fieldPathOf(field));
    return `Warning: ${where}: ${nameOf(found)}: ${place === '' ? field : `${place}.${field}`}: ${message}`;
  });
}

function firstLines<T>(entries: readonly T[], what: string, lineOf: (entry: T) => string): string[] {
  const more = entries.length - mostLines;
  return [...entries.slice(0, mostLines).map(lineOf), ...(more > 0 ? [`… and ${more} more ${what}`] : [])];
}
