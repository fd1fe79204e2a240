/**
 * Kinds that a field of a custom resource is called after: `project` of an Argo CD Application means an AppProject,
 * `storageLocation` of a Velero Backup a BackupStorageLocation, `gateways` of an Istio VirtualService Gateways. Only
 * kinds of the object's own API group count, of which there are objects.
 */
import { isMap, textOf } from '../../objects/fields.ts';
import { groupOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import type { World } from '../edge.ts';

/** The kinds that a field of this object may mean, the best first. */
export type OwnKinds = (object: KubernetesObject, key: string) => readonly { kind: string; group: string }[];

export function ownKinds(world: World): OwnKinds {
  const kinds = new Map<string, Set<string>>();
  for (const { apiVersion, kind } of world.objects) {
    const group = groupOf(apiVersion);
    if (isBuiltInGroup(group)) continue;
    const known = kinds.get(group) ?? new Set();
    kinds.set(group, known.add(kind));
  }
  const found = new Map<string, readonly { kind: string; group: string }[]>();
  return ({ apiVersion, kind: own }, key) => {
    const group = groupOf(apiVersion);
    // `dependsOn` names others of the same kind.
    if (key === 'dependsOn') return [{ kind: own, group }];
    const place = `${group}/${key}`;
    const known = found.get(place) ?? meant(key, [...(kinds.get(group) ?? [])]).map((kind) => ({ kind, group }));
    found.set(place, known);
    return known;
  };
}

/** Texts in a field that may be names of objects: itself, its items, or the `name` of either. */
export function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => (Array.isArray(each) ? [] : namesIn(each)));
  const name = textOf(isMap(value) ? value.name : value);
  return name !== undefined && name.length <= longest && isName.test(name) ? [name] : [];
}

const longest = 253 + 1 + 63;
const isName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/;

/** `clusterQueue` means a ClusterQueue, `flavors` ResourceFlavors: the whole kind, or its last words. */
function meant(key: string, kinds: readonly string[]): string[] {
  const words = new Set(
    [key, key.replace(/ies$/, 'y'), key.replace(/es$/, ''), key.replace(/s$/, '')].map((each) => each.toLowerCase()),
  );
  return kinds
    .flatMap((kind) => {
      const at = endings(kind).findIndex((ending) => words.has(ending));
      return at < 0 ? [] : [{ kind, at }];
    })
    .sort((a, b) => a.at - b.at || (a.kind < b.kind ? -1 : 1))
    .map(({ kind }) => kind);
}

/** `BackupStorageLocation`: backupstoragelocation, storagelocation, location. */
function endings(kind: string): string[] {
  const words = kind.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+/g) ?? [kind];
  return words.map((_, index) => words.slice(index).join('').toLowerCase());
}
