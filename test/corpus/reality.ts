/**
 * What really became of a situation: everything of its that is in the cluster before the uninstall and after, and what
 * the tool and the kubelet said.
 */
import { inTurns } from '../../src/cluster/in-turns.ts';
import type { Cluster } from '../../src/cluster/port.ts';
import { groupOf, idOf, makeId, type ObjectId } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { failedPreStopHooks } from '../../tools/lab/observe.ts';
import { tolerant } from '../../tools/lab/remove.ts';
import { restless } from '../../tools/lab/residue.ts';
import type { Place } from './situation.ts';

export type Existing = {
  id: ObjectId;
  uid: string;
  terminating: boolean;
  finalizers: readonly string[];
  /** Its owners. */
  of: readonly ObjectId[];
};

export type Reality = {
  /** Exit code of the tool; undefined: it would not have ended. */
  code: number | undefined;
  /** What it printed. */
  output: string;
  /** There now, and not before the release was installed; or terminating. */
  left: Existing[];
  /** There now, and before the release was installed as well. */
  older: ObjectId[];
  /**
   * There before the uninstall, and not now, or made anew, though the uninstall was not told to delete it; what goes
   * with its owner is not counted.
   */
  lost: ObjectId[];
  /** `namespace/name` of Pods whose preStop hook failed. */
  failedPreStop: string[];
};

/** What belongs to the place, by name: what other tests have in the same cluster is left out. */
export async function existing(cluster: Cluster, place: Place): Promise<Map<ObjectId, Existing>> {
  const { kinds } = await cluster.kinds();
  const found = new Map<ObjectId, Existing>();
  await inTurns(6, kinds, async ({ apiVersion, kind, verbs }) => {
    if ((restless.has(kind) && kind !== 'APIService') || !verbs.includes('list')) return;
    for (const object of await listed(cluster, { apiVersion, kind })) {
      const id = idOf(object);
      if (belongs(id, place) && !isMadeForEverybody(object)) found.set(id, described(object));
    }
  });
  return found;
}

/** What Helm writes down of its releases, and the API services of custom resources. */
function isMadeForEverybody({ metadata }: KubernetesObject): boolean {
  return (
    metadata.name.startsWith('sh.helm.release.') || metadata.labels?.['kube-aggregator.kubernetes.io/automanaged'] !== undefined
  );
}

/** A kind whose conversion fails, or whose definition has just gone, shows nothing. */
async function listed(cluster: Cluster, kind: { apiVersion: string; kind: string }): Promise<readonly KubernetesObject[]> {
  return (await tolerant(cluster.list({ ...kind, metadataOnly: true })))?.items ?? [];
}

export function belongs(id: string, { name, group }: Place): boolean {
  return id.includes(name) || id.includes(group);
}

function described(object: KubernetesObject): Existing {
  const { uid = '', deletionTimestamp, finalizers = [], namespace, ownerReferences = [] } = object.metadata;
  return {
    id: idOf(object),
    uid,
    terminating: deletionTimestamp !== undefined,
    finalizers,
    of: ownerReferences.map((owner) => makeId(groupOf(owner.apiVersion), owner.kind, namespace, owner.name)),
  };
}

export async function failedHooks(cluster: Cluster, place: Place): Promise<string[]> {
  const failed = await Promise.all(
    [place.namespace, place.elsewhere].map(async (namespace) =>
      (await failedPreStopHooks(cluster, namespace)).map(({ pod }) => `${namespace}/${pod}`),
    ),
  );
  return [...new Set(failed.flat())].sort();
}

/**
 * @param installed before the release was
 * @param before the uninstall
 * @param asked what the uninstall was told to delete
 */
export function changes(
  installed: ReadonlyMap<ObjectId, Existing>,
  before: ReadonlyMap<ObjectId, Existing>,
  now: ReadonlyMap<ObjectId, Existing>,
  asked: ReadonlySet<ObjectId>,
): Pick<Reality, 'left' | 'older' | 'lost'> {
  const gone = (id: ObjectId) => now.get(id)?.uid !== before.get(id)?.uid;
  const withOwner = ({ of }: Existing): boolean => of.some((owner) => before.has(owner) && gone(owner));
  const isLeft = ({ id, terminating }: Existing) => terminating || !installed.has(id);
  return {
    left: [...now.values()].filter(isLeft),
    older: [...now.values()].filter((each) => !isLeft(each)).map(({ id }) => id),
    lost: [...before.values()]
      .filter((each) => gone(each.id) && !asked.has(each.id) && !withOwner(each))
      .map(({ id }) => id)
      .sort(),
  };
}
