/**
 * The timeline as rows that can be drawn: for each object from when to when it ended, and for a Pod what of it was
 * without rights. What went at once, and has nothing to tell, is not a row: a chart of a thousand objects has a handful
 * that matter.
 */
import { describeId, describeRef, type ObjectId } from '../../objects/identity.ts';
import type { TimelineEntry } from '../document.ts';
import type { PodEnd } from '../play/outcome.ts';
import { duration } from './words.ts';

/** So long an object may take and still count as gone at once, in ms. */
const atOnceMs = 1_000;

export type Row = {
  id: ObjectId;
  label: string;
  from: number;
  /** Absent: it never goes. */
  to?: number;
  /** From here on the Pod lacks a permission that it had. */
  withoutRightsFrom?: number;
  isPod: boolean;
  hook?: 'succeeded' | 'failed' | 'not-run';
  /** What happens to it, with times, a line each. */
  notes: string[];
};

export type Rows = {
  rows: Row[];
  /** What is not among the rows: gone as soon as it was deleted. */
  atOnce: { label: string; at: number }[];
  /** Nobody deletes them. */
  untouched: string[];
  /** Made while it went on, by a hook or a controller, and not deleted. */
  made: string[];
};

export function rowsOf(timeline: readonly TimelineEntry[]): Rows {
  const touched = timeline.filter((entry) => beginOf(entry) !== undefined);
  const idle = timeline.filter((entry) => beginOf(entry) === undefined);
  const rows = touched.filter((entry) => !isAtOnce(entry)).map(rowOf);
  return {
    rows: rows.sort((a, b) => a.from - b.from || a.label.localeCompare(b.label, 'en')),
    atOnce: touched
      .filter(isAtOnce)
      .map((entry) => ({ label: describeRef(entry.object), at: entry.goneAt ?? 0 }))
      .sort((a, b) => a.at - b.at),
    untouched: idle.filter(({ notes }) => !notes.some(isMaking)).map(({ object }) => describeRef(object)),
    made: idle.filter(({ notes }) => notes.some(isMaking)).map(({ object }) => describeRef(object)),
  };
}

function beginOf({ calledAt, terminatingAt, goneAt, pod }: TimelineEntry): number | undefined {
  return pod?.stoppingAt ?? calledAt ?? terminatingAt ?? goneAt;
}

function isAtOnce(entry: TimelineEntry): boolean {
  const { goneAt, pod, notes } = entry;
  const begin = beginOf(entry) ?? 0;
  return goneAt !== undefined && goneAt - begin < atOnceMs && notes.every(isMaking) && (pod === undefined || isUneventful(pod));
}

/** What every hook and every Pod has to tell is no event. */
function isMaking(note: string): boolean {
  return note.startsWith('made at ');
}

function isUneventful({ lost, missed, preStop }: PodEnd): boolean {
  return lost.length === 0 && missed.length === 0 && preStop === undefined;
}

function rowOf(entry: TimelineEntry): Row {
  const { id, object, goneAt, pod, notes } = entry;
  const from = beginOf(entry) ?? 0;
  const lostAt = pod && pod.lost.length > 0 ? Math.max(from, Math.min(...pod.lost.map(({ at }) => at))) : undefined;
  return {
    id,
    label: describeRef(object),
    from,
    ...(goneAt !== undefined && { to: Math.max(from, goneAt) }),
    ...(lostAt !== undefined && { withoutRightsFrom: lostAt }),
    isPod: pod !== undefined,
    ...(pod?.preStop && { hook: pod.preStop.outcome }),
    notes: [...(pod ? podNotes(pod) : []), ...notes.filter((note) => !(pod?.preStop && note.startsWith('preStop hook failed')))],
  };
}

function podNotes({ lost, missed, preStop, account }: PodEnd): string[] {
  const lostNotes = lost.map(({ at, by, what }) => ({ at, text: `${account} loses ${what}${causeOf(what, by)}` }));
  const missedNotes = missed.map(({ at, id }) => ({ at, text: `${describeId(id)} is gone` }));
  const timed = [...lostNotes, ...missedNotes].sort((a, b) => a.at - b.at).map(({ at, text }) => `${duration(at)} ${text}`);
  return [...timed, ...(preStop ? [hookNote(preStop)] : [])];
}

/** Unless it is said already. */
function causeOf(what: string, by: ObjectId): string {
  return what.includes(describeId(by)) ? '' : `: ${describeId(by)} is deleted`;
}

function hookNote({ containers, outcome, message }: NonNullable<PodEnd['preStop']>): string {
  const hook = `preStop of ${containers.join(', ')}`;
  const why = message ? `: ${message}` : '';
  if (outcome === 'succeeded') return `${hook} succeeds`;
  return outcome === 'failed' ? `${hook} fails${why}` : `${hook} does not run${why}`;
}
