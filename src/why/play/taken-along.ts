/** What a remedy ends beyond what it names: nothing may go that was not going, or belongs to what goes. */
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeRef, groupOf, idOf, idOfRef, type ObjectId, refOf } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { definedBy, isCrd } from '../../objects/scopes.ts';

/** Kept and replaced by controllers. */
const passing = new Set(['Event', 'EndpointSlice', 'Endpoints', 'Lease', 'ControllerRevision']);

export function lostIn(before: readonly KubernetesObject[], after: readonly KubernetesObject[]): KubernetesObject[] {
  const left = new Set(after.map(({ metadata }) => metadata.uid));
  return before.filter(({ kind, metadata }) => !left.has(metadata.uid) && !passing.has(kind));
}

/**
 * @param lost what is gone
 * @param named what the remedy and its blocker are about
 * @returns the first object that is gone and should not be
 */
export function takenAlong(
  lost: readonly KubernetesObject[],
  before: readonly KubernetesObject[],
  named: readonly (ObjectRef | KubernetesObject)[],
): string | undefined {
  const ids = new Set<ObjectId>(named.map((each) => ('metadata' in each ? idOf(each) : idOfRef(each))));
  const going = goingWith(before, ids);
  const first = lost.find(({ metadata }) => !going.has(metadata.uid ?? ''));
  return first && describeRef(refOf(first));
}

/** UIDs of what is named or being deleted, of what is in it, and of what that owns. */
function goingWith(objects: readonly KubernetesObject[], named: ReadonlySet<ObjectId>): Set<string> {
  const going = new Set<string>();
  /** Namespaces and kinds whose objects go with them, and volumes that go with their claims. */
  const places = new Set<string>();
  for (let size = -1; size < going.size; ) {
    size = going.size;
    for (const object of objects) {
      if (!isGoing(object, named, going, places)) continue;
      going.add(object.metadata.uid ?? '');
      for (const place of placesOf(object)) places.add(place);
    }
  }
  return going;
}

function isGoing(
  object: KubernetesObject,
  named: ReadonlySet<ObjectId>,
  going: ReadonlySet<string>,
  places: ReadonlySet<string>,
): boolean {
  const { apiVersion, kind, metadata } = object;
  if (named.has(idOf(object)) || metadata.deletionTimestamp !== undefined) return true;
  if (metadata.ownerReferences?.some(({ uid }) => going.has(uid ?? ''))) return true;
  const inside = [`kind ${groupOf(apiVersion)}/${kind}`, `namespace ${metadata.namespace}`, `${kind} ${metadata.name}`];
  return inside.some((place) => places.has(place));
}

function placesOf(object: KubernetesObject): string[] {
  const { apiVersion, kind, metadata } = object;
  if (kind === 'Namespace' && apiVersion === 'v1') return [`namespace ${metadata.name}`];
  if (isCrd(object)) return [`kind ${definedBy(object).group}/${definedBy(object).kind}`];
  const volume = kind === 'PersistentVolumeClaim' ? textOf(fieldAt(object.spec, 'volumeName')) : undefined;
  return volume === undefined ? [] : [`PersistentVolume ${volume}`];
}
