/**
 * Reads the references that people write in annotations, in the form of our identities: `Deployment.apps/db/server`,
 * `ConfigMap/settings`.
 */
import { idOf, makeId, type ObjectId, parseId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { World } from './edge.ts';

export type Resolved = { id: ObjectId } | { problem: 'malformed' | 'absent' | 'ambiguous'; candidates: ObjectId[] };

/**
 * The object that a reference means. Without a group any group's kind of that name is meant; without a namespace that
 * of `from`, then a cluster-scoped object, and, when `from` is cluster-scoped, the only one of that name anywhere.
 */
export function resolveReference(text: string, from: KubernetesObject, world: World): Resolved {
  if (!/^[A-Z][A-Za-z0-9]*(\.[a-z0-9.-]+)?\/([a-z0-9.-]+\/)?[^/\s]+$/.test(text)) return { problem: 'malformed', candidates: [] };
  const wanted = parseId(text as ObjectId);
  const namespaces = wanted.namespace ? [wanted.namespace] : [from.metadata.namespace, undefined];
  for (const namespace of namespaces) {
    const id = makeId(wanted.group, wanted.kind, namespace, wanted.name);
    if (world.has(id)) return { id };
  }
  const pool = wanted.group === '' ? world.ofKindInAnyGroup(wanted.kind) : world.ofKind(wanted.group, wanted.kind);
  const named = pool.filter(({ metadata }) => metadata.name === wanted.name);
  for (const namespace of namespaces) {
    const found = named.filter(({ metadata }) => (metadata.namespace ?? undefined) === namespace);
    if (found.length > 0) return only(found.map(idOf));
  }
  return wanted.namespace || from.metadata.namespace ? { problem: 'absent', candidates: [] } : only(named.map(idOf));
}

/** The references of an annotation, separated by commas. */
export function splitReferences(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function only(ids: ObjectId[]): Resolved {
  const [id] = ids;
  if (id === undefined) return { problem: 'absent', candidates: [] };
  return ids.length === 1 ? { id } : { problem: 'ambiguous', candidates: ids };
}
