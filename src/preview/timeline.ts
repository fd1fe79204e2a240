/** Each object's way from the delete call to gone, for people: what a play's moments say, told object by object. */
import { idOf, type ObjectId, parseId } from '../objects/identity.ts';
import type { Subject } from '../reading/subject.ts';
import type { TimelineEntry } from './document.ts';
import type { Moment, Play, PodEnd } from './play/outcome.ts';

/** In the order in which each was first touched. Objects that nothing happened to are left out. */
export function timelineOf(play: Play, subject: Subject): TimelineEntry[] {
  const versions = versionsOf(subject, play);
  const entries = new Map<string, Entry>();
  const entryOf = (id: ObjectId, uid: string, at: number) => {
    const key = `${id}\0${uid}`;
    const known = entries.get(key);
    if (known) return known;
    const made: Entry = { id, object: described(id, versions), notes: [], touchedAt: at };
    entries.set(key, made);
    return made;
  };
  const uids = new Map<ObjectId, string>();
  for (const moment of play.moments) if (!uids.has(moment.id)) uids.set(moment.id, moment.uid);
  for (const { what, id, at, answer, message } of play.steps) {
    if (id === undefined || answer === 'absent' || (what !== 'delete' && what !== 'keep' && what !== 'delete-hook')) continue;
    const entry = entryOf(id, uids.get(id) ?? '', at);
    if (what === 'keep') entry.notes.push('kept');
    else entry.calledAt ??= at;
    if (answer === 'failed') entry.notes.push(message ?? 'the request failed');
  }
  const pods = new Map(play.pods.map((pod) => [pod.uid, pod]));
  for (const moment of play.moments) if (told.has(moment.what)) tell(entryOf(moment.id, moment.uid, moment.at), moment, pods);
  for (const { id, at, by, message, overcome } of play.refused) {
    const note = `${parseId(by).kind} ${parseId(by).name}: ${message}${overcome ? '' : ', for good'}`;
    entryOf(id, uids.get(id) ?? '', at).notes.push(note);
  }
  return [...entries.values()].sort((one, other) => one.touchedAt - other.touchedAt).map(({ touchedAt: _, ...entry }) => entry);
}

type Entry = TimelineEntry & { touchedAt: number };

const told = new Set(['created', 'terminating', 'gone', 'stopping', 'stopped', 'killed', 'pre-stop-failed']);

function tell(entry: TimelineEntry, { what, at, uid, message }: Moment, pods: ReadonlyMap<string, PodEnd>): void {
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
