/** What makes it doubtful that something may be removed although it is the release's: others would lose by it. */
import { type ObjectId, parseId } from '../objects/identity.ts';
import { isNamespaceDefault } from '../objects/namespace-defaults.ts';
import type { Attributed } from './attributed.ts';
import type { SeenObject, Snapshot } from './snapshot.ts';

/**
 * The same, but only possible where others would lose something: what they own too, and definitions and namespaces with
 * objects of others.
 *
 * @param found owners before what they own
 */
export function withDoubts(found: ReadonlyMap<string, Attributed>, after: Snapshot): Map<string, Attributed> {
  const doubted = new Map(found);
  for (const [uid, each] of found) {
    const [doubt, ...more] =
      each.confidence === 'possible' ? [] : [...ownersOf(each, doubted, after), ...inside(each, doubted, after)];
    if (!doubt) continue;
    const says = `${doubt.says}${more.length > 0 ? `, as do ${more.length} more` : ''}`;
    const evidence = [...each.evidence, { clue: 'kind' as const, object: doubt.object, says }];
    doubted.set(uid, { ...each, confidence: 'possible', evidence });
  }
  return doubted;
}

type Doubt = { object: ObjectId; says: string };
type Found = ReadonlyMap<string, Attributed>;

/** Kubernetes collects an object when the last of its owners is gone. */
function ownersOf({ object }: Attributed, found: Found, { objects }: Snapshot): Doubt[] {
  return object.owners.flatMap((uid) => {
    const owner = objects.get(uid);
    if (owner === undefined || isSurelyOurs(owner, found)) return [];
    return [{ object: owner.id, says: 'owns it too, and may be of others' }];
  });
}

/** The deletion of a definition or a namespace takes along what is in it. */
function inside({ object }: Attributed, found: Found, { objects }: Snapshot): Doubt[] {
  const isInside = contentOf(object);
  if (!isInside) return [];
  return [...objects.values()]
    .filter((each) => isInside(each) && !isSurelyOurs(each, found))
    .map(({ id }) => ({ object: id, says: 'would go with it, and may be of others' }));
}

/** What a definition or a namespace takes along; undefined for what contains nothing. */
export function contentOf({ id }: SeenObject): ((object: SeenObject) => boolean) | undefined {
  const { kind, group, name } = parseId(id);
  if (kind === 'CustomResourceDefinition' && group === 'apiextensions.k8s.io') return ({ resource }) => resource === name;
  if (kind !== 'Namespace' || group !== '') return undefined;
  return (object) => object.ref.namespace === name && !isNamespaceDefault(object.id);
}

function isSurelyOurs({ ref }: SeenObject, found: Found): boolean {
  return (found.get(ref.uid)?.confidence ?? 'possible') !== 'possible';
}
