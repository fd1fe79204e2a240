/** From what was asked for to the objects that live in the cluster now. */
import { inTurns } from '../../cluster/in-turns.ts';
import type { Cluster, KindInfo } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { describeRef, idOf, type ObjectId } from '../../objects/identity.ts';
import { resourceName } from '../../objects/kind-names.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { didYouMean, findKinds, type Kinds, missingToDelete } from '../kind-argument.ts';
import { installedBy } from './installed-by.ts';
import type { Selection } from './request.ts';

/** A selection with the kind that discovery found for it. */
export type Resolved = {
  selection: Selection;
  kind: KindInfo;
  /** Undefined for kinds without namespaces, and where all namespaces are meant. */
  namespace?: string;
  /** Only what this Helm release installed. */
  release?: { name: string; namespace: string };
};

/**
 * Finds the kinds. What the cluster does not serve has no objects: said in `notes`, or an error where an object was
 * named.
 * @param currentNamespace of the context, or `-n`
 * @throws BookendError `not-found`, `bad-input`, `unreachable`
 */
export function resolve(
  selections: readonly Selection[],
  kinds: Kinds,
  currentNamespace: string,
): { resolved: Resolved[]; notes: string[] } {
  const notes: string[] = [];
  const resolved = selections.flatMap((selection): Resolved[] => {
    const found = findKinds(kinds, selection.kind, selection.field);
    if (found.length === 0 && selection.absent === 'error') throw unknownKind(selection, kinds);
    if (found.length === 0)
      notes.push(`the cluster does not serve ${selection.kind}: nothing to delete${didYouMean(kinds, selection.kind)}`);
    const { release } = selection;
    const from = release && { release: { name: release.name, namespace: release.namespace ?? currentNamespace } };
    return found.map((kind) => {
      checkVerbs(kind, selection);
      return { selection, kind, ...namespaceOf(selection, kind, currentNamespace), ...from };
    });
  });
  return { resolved, notes };
}

/** The selections behind these, each once, in their order. `*.GROUP` is one selection with several kinds. */
export function selectionsOf(resolved: readonly Resolved[]): Selection[] {
  return [...new Set(resolved.map(({ selection }) => selection))];
}

/** What was found for each of the resolved kinds, by selection. */
export function bySelection<T>(resolved: readonly Resolved[], lists: readonly (readonly T[])[]): T[][] {
  return selectionsOf(resolved).map((selection) =>
    lists.flatMap((list, index) => (resolved[index]?.selection === selection ? list : [])),
  );
}

/**
 * The objects of each resolved kind, whole, as they are now. An object that two of them name belongs to the first.
 * @throws BookendError `not-found` for a name that does not exist, where that is an error; `forbidden` and so on
 */
export async function select(
  cluster: Cluster,
  resolved: readonly Resolved[],
): Promise<{ lists: KubernetesObject[][]; notes: string[] }> {
  const notes: string[] = [];
  const found = await inTurns(8, resolved, async (each) =>
    each.selection.names ? byName(cluster, each, each.selection.names, notes) : byQuery(cluster, each),
  );
  const taken = new Set<ObjectId>();
  const lists = found.map((list) =>
    list.filter((object) => {
      const id = idOf(object);
      if (taken.has(id)) return false;
      taken.add(id);
      return true;
    }),
  );
  return { lists, notes };
}

async function byName(cluster: Cluster, resolved: Resolved, names: string[], notes: string[]): Promise<KubernetesObject[]> {
  const { kind, namespace, selection } = resolved;
  const found = await inTurns(8, names, async (name) => {
    const ref: ObjectRef = { apiVersion: kind.apiVersion, kind: kind.kind, name, ...(namespace !== undefined && { namespace }) };
    const object = await cluster.get(ref);
    if (object) return [object];
    const text = `${describeRef(ref)} does not exist`;
    if (selection.absent === 'error') throw new BookendError('not-found', text, { object: describeRef(ref) });
    notes.push(`${text}: nothing to delete`);
    return [];
  });
  return found.flat();
}

async function byQuery(cluster: Cluster, { kind, namespace, selection, release }: Resolved): Promise<KubernetesObject[]> {
  const { selector } = selection;
  const installed = release && (await installedBy(cluster, release.name, release.namespace));
  const { apiVersion } = kind;
  const { items } = await cluster
    .list({
      apiVersion,
      kind: kind.kind,
      ...(namespace !== undefined && { namespace }),
      ...(selector !== undefined && { labelSelector: selector }),
    })
    .catch((error: unknown) => {
      // The kind may be gone since discovery: its objects went with it.
      if (isCode(error, 'not-found')) return { items: [] };
      throw error;
    });
  return installed ? items.filter((object) => installed.has(idOf(object))) : items;
}

function namespaceOf({ namespace }: Selection, kind: KindInfo, current: string): { namespace?: string } {
  if (!kind.namespaced || namespace === 'everywhere') return {};
  return { namespace: namespace === 'current' ? current : namespace.name };
}

function checkVerbs(kind: KindInfo, { field }: Selection): void {
  const missing = missingToDelete(kind);
  if (missing.length === 0) return;
  throw new BookendError(
    'bad-input',
    `${resourceName(kind)} cannot be deleted: the API server does not offer ${missing.join(', ')} for it`,
    {
      field,
      advice: 'Delete the object that owns it instead.',
    },
  );
}

function unknownKind({ kind, names = [], field }: Selection, kinds: Kinds): BookendError {
  return new BookendError('not-found', `the cluster serves no kind "${kind}"${didYouMean(kinds, kind)}`, {
    object: `${kind} ${names.join(', ')}`,
    field,
    advice: 'Run: kubectl api-resources. Its CustomResourceDefinition may be deleted already.',
  });
}
