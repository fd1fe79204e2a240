/** What of the rest is there only because of objects that nobody has seen: without those it would be gone. */
import { kindsOf } from '../../cluster/simulated/api/custom-resources.ts';
import type { Stored } from '../../cluster/simulated/api/store.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import { isCrd } from '../../objects/scopes.ts';
import type { Left } from './outcome.ts';
import type { PlaySetup } from './setup.ts';

/** The same, with a mark on each that is supposed itself, or held by nothing else. */
export function withSupposed(left: readonly Left[], { simulated, supposedObjects }: PlaySetup): Left[] {
  const { kinds, store } = simulated.server;
  const supposed = new Set<ObjectId>(supposedObjects);
  if (supposed.size === 0) return [...left];
  const all = kinds.listable().flatMap(({ key }) => store.all(key));
  const byId = new Map(all.map((object) => [idOf(object), object]));
  return left.map((each) => {
    const object = byId.get(each.id);
    const isHeld = object !== undefined && (each.why === 'stuck' ? isSupposed(object) : supposed.has(each.id));
    return isHeld ? { ...each, supposed: true } : each;
  });

  /** It is one, is made by one, or holds nothing else. */
  function isSupposed(object: Stored | undefined): boolean {
    if (object === undefined) return false;
    if (supposed.has(idOf(object))) return true;
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.some(({ uid }) => isSupposed(store.byUid(uid)?.object))) return true;
    const content = contentOf(object);
    return content.length > 0 && content.every(isSupposed);
  }

  function contentOf(object: Stored): Stored[] {
    if (isCrd(object)) return kindsOf(object).flatMap(({ key }) => store.all(key));
    if (object.kind !== 'Namespace') return [];
    return all.filter(({ kind, metadata }) => metadata.namespace === object.metadata.name && kind !== 'Event');
  }
}
