/** Whether something that is known to exist terminates for ever, apart from what only supposed objects hold. */
import { kindsOf } from '../../cluster/simulated/api/custom-resources.ts';
import type { Stored } from '../../cluster/simulated/api/store.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import { isCrd } from '../../objects/scopes.ts';
import type { Left } from './outcome.ts';
import type { PlaySetup } from './setup.ts';

export function isHeld(left: readonly Left[], { simulated, supposedObjects }: PlaySetup): boolean {
  const { kinds, store } = simulated.server;
  const supposed = new Set<ObjectId>(supposedObjects);
  const all = kinds.listable().flatMap(({ key }) => store.all(key));
  const byId = new Map(all.map((object) => [idOf(object), object]));
  return left.some(({ why, id }) => why === 'stuck' && !isSupposed(byId.get(id)));

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
