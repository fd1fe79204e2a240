/**
 * Objects as they are in a cluster that was read: stored without admission, authorization or validation, with their
 * UIDs, owners, finalizers, status and deletionTimestamp. What has no UID is taken as written in a manifest and gets
 * what the API server fills in at its creation.
 */
import { groupOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { ApiServer } from './api/api-server.ts';
import { definitionsKey, kindsOf } from './api/custom-resources.ts';
import { asCreated, withDefaults } from './api/defaults.ts';
import { type Kind, keyOf } from './api/kind.ts';
import type { Stored } from './api/store.ts';
import { copy } from './json.ts';
import { makeUid, type Random } from './random.ts';
import { timestamp } from './timestamp.ts';

/**
 * Stores the objects, definitions and namespaces first, so that their order does not matter. One that stands there
 * already is replaced.
 * @param random of the UIDs that objects without one get
 * @returns what is stored now, in the order given
 */
export function adopt(server: ApiServer, random: Random, objects: readonly KubernetesObject[]): Stored[] {
  const stored = new Map<KubernetesObject, Stored>();
  const first = objects.filter(isFirst);
  for (const object of [...first, ...objects.filter((each) => !isFirst(each))]) {
    const kind = server.kinds.find(object.apiVersion, object.kind) ?? unknownKind(server, object);
    const complete = asStored(kind, object, object.metadata.uid ?? makeUid(random), timestamp(server.clock.now()));
    const { namespace, name, uid } = complete.metadata;
    const present = server.store.get(kind.key, namespace, name);
    if (present && present.metadata.uid !== uid) server.store.remove(kind, present);
    if (kind.key === definitionsKey) server.kinds.serve(name, kindsOf(complete));
    stored.set(object, server.store.put(kind, complete));
  }
  return objects.flatMap((object) => stored.get(object) ?? []);
}

function isFirst({ apiVersion, kind }: KubernetesObject): boolean {
  return (apiVersion === 'v1' && kind === 'Namespace') || kind === 'CustomResourceDefinition';
}

function asStored(kind: Kind, object: KubernetesObject, uid: string, now: string): Stored {
  const copied = copy(object);
  const { namespace, ...metadata } = copied.metadata;
  const stored = {
    ...copied,
    metadata: {
      ...metadata,
      ...(kind.namespaced && { namespace: namespace ?? 'default' }),
      uid,
      resourceVersion: '',
      creationTimestamp: metadata.creationTimestamp ?? now,
      ...(kind.generation !== 'none' && metadata.generation === undefined && { generation: 1 }),
    },
  };
  const complete = withDefaults(kind, stored);
  return object.metadata.uid === undefined ? asCreated(kind, complete) : complete;
}

/**
 * A kind that no definition here gives: of an aggregated API, or a version of a built-in kind that is not served here.
 */
function unknownKind({ kinds }: ApiServer, { apiVersion, kind, metadata }: KubernetesObject): Kind {
  const group = groupOf(apiVersion);
  const version = group === '' ? apiVersion : apiVersion.slice(group.length + 1);
  const other = kinds.inGroup(group, kind);
  const resource = pluralOf(kind);
  const made: Kind = other
    ? { ...other, apiVersion, version }
    : {
        apiVersion,
        group,
        version,
        kind,
        resource,
        namespaced: metadata.namespace !== undefined,
        verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
        subresources: [],
        shortNames: [],
        categories: [],
        key: keyOf(resource, group),
        hasStatus: false,
        generation: 'content',
      };
  kinds.add(made);
  return made;
}

function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (/(s|x|ch|sh)$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
