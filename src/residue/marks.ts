/** What annotations and labels say of whose an object is. Whoever may write an object can write these. */
import { parseId } from '../objects/identity.ts';
import { isToolOfPeople } from '../objects/managed-fields.ts';
import type { ResidueEvidence } from './receipt.ts';
import type { ReleaseFacts, ReleaseIndex } from './release-facts.ts';
import { releaseNameMark, releaseNamespaceMark } from './see.ts';
import type { SeenObject, Snapshot } from './snapshot.ts';

/** A new record of the same release: what its manifests name belongs to that one. */
export function isInstalledAgain({ index, after }: { index: ReleaseIndex; after: Snapshot }, before: Snapshot): boolean {
  return [...after.objects.values()].some(
    (object) => isRecord(object, index) && object.labels.status === 'deployed' && !before.objects.has(object.ref.uid),
  );
}

/** A Secret or ConfigMap in which Helm keeps a revision. */
export function isRecord(
  { id, labels }: SeenObject,
  { name, namespace, from = 'release' }: Pick<ReleaseFacts, 'name' | 'namespace' | 'from'>,
): boolean {
  const parts = parseId(id);
  const isStore = parts.group === '' && (parts.kind === 'Secret' || parts.kind === 'ConfigMap');
  return (
    from === 'release' &&
    isStore &&
    parts.namespace === namespace &&
    parts.name.startsWith(`sh.helm.release.v1.${name}.v`) &&
    labels.owner === 'helm' &&
    labels.name === name
  );
}

/** Nodes and Namespaces are written by many, and belong to none of them. */
export function isNobodys({ id }: SeenObject): boolean {
  const { group, kind } = parseId(id);
  return group === '' && (kind === 'Node' || kind === 'Namespace');
}

export function isSetByPerson({ writers }: SeenObject, field: string): boolean {
  return writers.some(({ manager, fields }) => /^kubectl/.test(manager) && isToolOfPeople(manager) && fields.includes(field));
}

export function isMarked({ marks }: SeenObject, { name, namespace, from }: ReleaseIndex): boolean {
  return from === 'release' && marks[releaseNameMark] === name && marks[releaseNamespaceMark] === namespace;
}

/** It names another release. What a person has named is his all the same, and what was installed in a namespace its. */
export function isOfOthers(object: SeenObject, index: ReleaseIndex): boolean {
  const { marks, id } = object;
  if (marks[releaseNameMark] === undefined || isMarked(object, index)) return false;
  if (index.from !== 'release' && index.places.has(id)) return false;
  return index.from !== 'namespace' || marks[releaseNamespaceMark] !== index.namespace;
}

export function helmMark({ id }: SeenObject, { name }: ReleaseIndex): ResidueEvidence {
  const says = `names release ${name}; anybody who may write it can set that`;
  return { clue: 'mark', object: id, field: `metadata.annotations[${releaseNameMark}]`, value: name, says };
}
