/**
 * Puts objects into the simulated cluster without asking anybody: no admission, no authorization, no validation. What is read from a live cluster exists whatever a
 * webhook would say of it today, and a chart that is looked at was installable once. What the API server fills in at creation is filled in.
 */

import { kindsOf } from '../../cluster/simulated/custom-resources.ts';
import { asCreated, withDefaults } from '../../cluster/simulated/defaults.ts';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { type Kind, keyOf } from '../../cluster/simulated/kind.ts';
import { makeRandom, makeUid, type Random } from '../../cluster/simulated/random.ts';
import type { Stored } from '../../cluster/simulated/store.ts';
import { timestamp } from '../../cluster/simulated/timestamp.ts';
import { validate } from '../../cluster/simulated/validation.ts';
import { BookendError } from '../../errors.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { describeRef, groupOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isBuiltInGroup, isCrd } from '../../objects/scopes.ts';

export type Loader = {
  /** Stores the object, or leaves what stands there already when it has the same UID. Undefined for what the API server would not have taken. */
  put(object: KubernetesObject): Stored | undefined;
  /** What was left out, with the API server's reason. */
  refused: string[];
};

/** @param seed of the UIDs that objects without one get. */
export function loaderFor({ server, clock }: SimulatedCluster, seed: number): Loader {
  const uids: Random = makeRandom(seed).fork('supposed');
  const kindOf = (object: KubernetesObject): Kind => {
    const served = server.kinds.find(object.apiVersion, object.kind);
    if (served) return served;
    server.kinds.serve(`${object.apiVersion}/${object.kind}`, [
      kindOfUnknown(object, server.kinds.inGroup(groupOf(object.apiVersion), object.kind)),
    ]);
    return server.kind(object.apiVersion, object.kind);
  };
  const at = (kind: Kind, { metadata }: KubernetesObject) =>
    server.store.get(kind.key, kind.namespaced ? metadata.namespace : undefined, metadata.name);
  const refused: string[] = [];
  return {
    refused,
    put(object) {
      if (!object.metadata.name) return undefined;
      const kind = kindOf(object);
      const present = at(kind, object);
      const { uid } = object.metadata;
      if (present && (uid === undefined || uid === present.metadata.uid)) return present;
      if (present) server.store.remove(kind, present);
      const stored = complete(kind, object, uid ?? makeUid(uids), timestamp(clock.now()));
      const why = uid === undefined ? faultOf(kind, stored) : undefined;
      if (why !== undefined) {
        refused.push(
          `${describeRef({ kind: object.kind, ...object.metadata })} is left out: the API server would not take it: ${why}`,
        );
        return undefined;
      }
      if (isCrd(stored)) server.kinds.serve(stored.metadata.name, kindsOf(stored));
      return server.store.put(kind, stored);
    },
  };
}

/** A live object stays as it is, with its status and finalizers; one from a manifest gets what its creation gives it. */
function complete(kind: Kind, object: KubernetesObject, uid: string, now: string): Stored {
  const { namespace, ...metadata } = object.metadata;
  const isLive = object.metadata.uid !== undefined;
  const stored: Stored = {
    ...object,
    metadata: {
      ...metadata,
      ...(kind.namespaced && { namespace: namespace ?? 'default' }),
      uid,
      resourceVersion: '0',
      creationTimestamp: object.metadata.creationTimestamp ?? now,
      ...(kind.generation !== 'none' && metadata.generation === undefined && { generation: 1 }),
    },
  };
  const filled = withDefaults(kind, stored);
  return isLive ? filled : asCreated(kind, filled);
}

/** Why an object of a manifest cannot be in any cluster. What a simulated controller reads must have the shape that it relies on. */
function faultOf(kind: Kind, object: Stored): string | undefined {
  if (isCrd(object)) {
    const names = fieldAt(object.spec, 'names');
    if (textOf(fieldAt(names, 'plural')) === undefined || textOf(fieldAt(names, 'kind')) === undefined)
      return 'spec.names: Required value';
    if (listOf(fieldAt(object.spec, 'versions')).length === 0) return 'spec.versions: Required value';
  }
  try {
    validate(kind, object, undefined);
    return undefined;
  } catch (error) {
    if (error instanceof BookendError) return error.message;
    throw error;
  }
}

/** A kind that nothing defines here: of another release's CustomResourceDefinition, or a built-in one in a version that the simulated API server does not have. */
function kindOfUnknown({ apiVersion, kind, metadata }: KubernetesObject, otherVersion: Kind | undefined): Kind {
  const group = groupOf(apiVersion);
  const version = apiVersion.slice(group === '' ? 0 : group.length + 1);
  if (otherVersion) return { ...otherVersion, apiVersion, version, generation: otherVersion.generation };
  const resource = plural(kind);
  return {
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
    generation: isBuiltInGroup(group) ? 'spec' : 'content',
  };
}

function plural(kind: string): string {
  const singular = kind.toLowerCase();
  if (/(s|x|ch|sh)$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
