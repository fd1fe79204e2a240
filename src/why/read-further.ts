/**
 * Reads more objects: those that the words of an object name, step by step; the storage around a volume, a claim or a
 * class; and the whole of custom resources whose metadata was read. All with limits, because words can name anything.
 */
import type { KindInfo, Query } from '../cluster/port.ts';
import { groupOf, idOf, type ObjectId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import type { Reader } from '../reading/reader.ts';
import { inUseQueries } from './in-use.ts';
import { isMentioned, mentionsIn } from './mentions.ts';
import { deletingSince } from './since.ts';
import { statementsOf } from './statements.ts';
import { storageQueries } from './storage.ts';

export type Further = { objects: KubernetesObject[]; events: KubernetesObject[] };

const mostSteps = 4;
const mostObjects = 40;

/** @returns all that was read around the object, now with what more was found, and Events about it */
export async function readFurther(
  reader: Reader,
  object: KubernetesObject,
  around: readonly KubernetesObject[],
): Promise<Further> {
  const known = new Map(around.map((each) => [idOf(each), each]));
  const queries = [...storageQueries(object, reader), ...inUseQueries(object, reader)];
  // Custom resources were read without their status, which says what they are bound to.
  for (const each of await reader.listAll(queries)) known.set(idOf(each), each);
  for (const each of await unreadableDefinitions(reader)) if (!known.has(idOf(each))) known.set(idOf(each), each);
  const events: KubernetesObject[] = [];
  const asked = new Set<ObjectId>([idOf(object)]);
  let next = [object, ...(await whole(reader, endingBeside(object, [...known.values()])))];
  for (let step = 0; step < mostSteps && next.length > 0 && asked.size < mostObjects; step++) {
    for (const each of next) if (each !== object) known.set(idOf(each), each);
    const told = await reader.listAll(next.map((each) => eventsOf(each)));
    events.push(...told);
    const found = await Promise.all(next.map((each) => namedBy(reader, each, told)));
    const fresh = found.flat().filter((each) => !asked.has(idOf(each)));
    for (const each of fresh) asked.add(idOf(each));
    next = await whole(reader, fresh.slice(0, mostObjects));
  }
  return { objects: [...known.values()].filter((each) => idOf(each) !== idOf(object)), events };
}

/** Whose resources could not be listed: their conversion may be dead. */
async function unreadableDefinitions(reader: Reader): Promise<KubernetesObject[]> {
  const notSeen = [...reader.notSeen];
  const info = reader.kind('apiextensions.k8s.io', 'CustomResourceDefinition');
  if (notSeen.length === 0 || !info) return [];
  const definitions = await reader.listAll([{ apiVersion: info.apiVersion, kind: info.kind }]);
  return definitions.filter(({ metadata }) => notSeen.some((text) => text.startsWith(metadata.name)));
}

/** Custom resources were read without their status: those that end may say why they do not. */
function endingBeside(object: KubernetesObject, around: readonly KubernetesObject[]): KubernetesObject[] {
  const isWhole = deletingSince(object) === undefined;
  if (isWhole) return [];
  return around
    .filter((each) => deletingSince(each) !== undefined && !isBuiltInGroup(groupOf(each.apiVersion)))
    .slice(0, mostObjects);
}

async function whole(reader: Reader, objects: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
  return reader.getAll(objects.map(refOf));
}

function eventsOf({ metadata }: KubernetesObject): Query {
  const fieldSelector = `involvedObject.name=${metadata.name}`;
  return { apiVersion: 'v1', kind: 'Event', namespace: metadata.namespace ?? 'default', fieldSelector };
}

/** Objects that its own words name. Of kinds with a namespace those of its own, and those named as `shop/web`. */
async function namedBy(
  reader: Reader,
  object: KubernetesObject,
  events: readonly KubernetesObject[],
): Promise<KubernetesObject[]> {
  if (deletingSince(object) === undefined) return [];
  const found = await Promise.all(
    statementsOf(object, { events }).map(async ({ says }) => {
      const mentions = mentionsIn(says, reader.kinds);
      const namespaces = [object.metadata.namespace, ...[...mentions.pairs].map((pair) => pair.slice(0, pair.indexOf('/')))];
      const listed = await reader.listAll(mentions.kinds.flatMap((kind) => listsOf(kind, namespaces)));
      return listed.filter((each) => isMentioned(each, mentions, object));
    }),
  );
  return found.flat();
}

function listsOf({ apiVersion, kind, namespaced, verbs }: KindInfo, namespaces: readonly (string | undefined)[]): Query[] {
  if (!verbs.includes('list')) return [];
  const query = { apiVersion, kind, metadataOnly: true };
  if (!namespaced) return [query];
  const named = [...new Set(namespaces.filter((namespace) => namespace !== undefined))].filter((each) =>
    /^[a-z0-9-]+$/.test(each),
  );
  return named.length === 0 ? [query] : named.map((namespace) => ({ ...query, namespace }));
}
