/** Each object's way from the delete call to gone, for people: what a play's moments say, object by object. */
import { idOf, type ObjectId, parseId } from '../objects/identity.ts';
import type { Subject } from '../reading/subject.ts';
import type { ToolStep } from '../uninstall/step.ts';
import type { TimelineEntry } from './document.ts';
import type { Moment, Play, PodEnd } from './play/outcome.ts';

/** In the order in which each was first touched. Objects that nothing happened to are left out. */
export function timelineOf(play: Play, subject: Subject): TimelineEntry[] {
  const entries = new Entries(versionsOf(subject, play), play.moments);
  for (const step of play.steps) noteStep(entries, step);
  const pods = new Map(play.pods.map((pod) => [pod.uid, pod]));
  for (const moment of play.moments)
    if (shown.has(moment.what)) noteMoment(entries.at(moment.at, moment.id, moment.uid), moment, pods);
  for (const { id, at, by, message, overcome } of play.refused)
    entries.at(at, id).notes.push(`${parseId(by).kind} ${parseId(by).name}: ${message}${overcome ? '' : ', for good'}`);
  return entries.inOrder();
}

/** One for each object; a successor of the same name has its own. */
class Entries {
  readonly #entries = new Map<string, Entry>();
  readonly #versions: ReadonlyMap<ObjectId, string>;
  /** Of the first object of each name: what tools and refusals are about. */
  readonly #uids: ReadonlyMap<ObjectId, string>;

  constructor(versions: ReadonlyMap<ObjectId, string>, moments: readonly Moment[]) {
    this.#versions = versions;
    this.#uids = new Map(moments.toReversed().map(({ id, uid }) => [id, uid]));
  }

  /** The object's entry; made at its first touch. */
  at(at: number, id: ObjectId, uid = this.#uids.get(id) ?? ''): Entry {
    const key = `${id}\0${uid}`;
    const entry = this.#entries.get(key) ?? { id, object: described(id, this.#versions), notes: [], touchedAt: at };
    this.#entries.set(key, entry);
    return entry;
  }

  inOrder(): TimelineEntry[] {
    const entries = [...this.#entries.values()].sort((one, other) => one.touchedAt - other.touchedAt);
    return entries.map(({ touchedAt: _, ...entry }) => entry);
  }
}

type Entry = TimelineEntry & { touchedAt: number };

function noteStep(entries: Entries, step: ToolStep): void {
  if (step.what === 'keep') entries.at(step.at, step.id).notes.push('skipped: keep policy');
  if ((step.what !== 'delete' && step.what !== 'delete-hook') || step.answer === 'absent') return;
  const entry = entries.at(step.at, step.id);
  entry.calledAt ??= step.at;
  if (step.answer === 'failed') entry.notes.push(step.message);
}

const shown = new Set(['created', 'terminating', 'gone', 'stopping', 'stopped', 'killed', 'pre-stop-failed']);

function noteMoment(entry: Entry, { what, at, uid, message }: Moment, pods: ReadonlyMap<string, PodEnd>): void {
  const pod = pods.get(uid);
  if (pod) entry.pod = pod;
  if (what === 'terminating') entry.terminatingAt ??= at;
  if (what === 'gone') entry.goneAt = at;
  if (what === 'created') entry.notes.push(`made at ${inSeconds(at)}`);
  if (what === 'pre-stop-failed') entry.notes.push(`preStop hook failed: ${message ?? 'no reason is known'}`);
  if (what === 'killed' && message !== undefined && pod?.stoppedAt === at) entry.notes.push(`killed: ${message}`);
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)}s`;
}

function versionsOf({ objects, hooks, crds, surroundings }: Subject, { left }: Play): Map<ObjectId, string> {
  const known = new Map<ObjectId, string>(left.map(({ id, object }) => [id, object.apiVersion]));
  for (const object of surroundings.objects) known.set(idOf(object), object.apiVersion);
  for (const { object } of [...crds, ...hooks, ...objects]) known.set(idOf(object), object.apiVersion);
  return known;
}

/** Built-in kinds that controllers make have one version each in which everybody knows them. */
function described(id: ObjectId, versions: ReadonlyMap<ObjectId, string>): TimelineEntry['object'] {
  const { group, kind, namespace, name } = parseId(id);
  const apiVersion = versions.get(id) ?? (group === '' ? 'v1' : `${group}/v1`);
  return { kind, apiVersion, ...(namespace !== undefined && { namespace }), name };
}
