/**
 * How objects that no manifest names are recognised as of a release all the same: by Helm's and the common labels, by
 * the field manager of its workloads, and by keys in its API groups.
 */
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { fieldInGroups } from '../objects/key-domains.ts';
import { onlyProgramOf } from '../objects/managed-fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import { isCommonName, programsOf } from '../objects/programs.ts';
import { groupsDefinedBy } from '../objects/scopes.ts';

export type Marks = {
  release?: { name: string; namespace: string };
  /** All releases of these: they go with all that is in them. */
  namespaces: ReadonlySet<string>;
  /** Field managers that only its workloads have. */
  managers: ReadonlySet<string>;
  /**
   * Field managers that it shares with many, such as `controller`: they count only together with a key of its groups.
   */
  commonManagers: ReadonlySet<string>;
  /** API groups that it defines. */
  groups: ReadonlySet<string>;
};

/** @param given what is to go */
export function marksOf(
  given: readonly KubernetesObject[],
  release: Marks['release'],
  namespaces: ReadonlySet<string> = new Set(),
): Marks {
  const programs = given.flatMap(namesOfPrograms);
  return {
    ...(release && { release }),
    namespaces,
    managers: new Set(programs.filter((name) => !isCommonName(name))),
    commonManagers: new Set(programs.filter(isCommonName)),
    groups: groupsDefinedBy(given),
  };
}

/**
 * True when a release installed it, or one of its workloads made it. Namespaces and nodes are written by many and
 * belong to none of them.
 */
export function isOurs({ kind, metadata }: KubernetesObject, marks: Marks): boolean {
  const { release, namespaces, managers, commonManagers, groups } = marks;
  if (kind === 'Node' || kind === 'Namespace') return false;
  const { annotations = {}, labels = {} } = metadata;
  if (
    release &&
    annotations['meta.helm.sh/release-name'] === release.name &&
    annotations['meta.helm.sh/release-namespace'] === release.namespace
  )
    return true;
  if (namespaces.has(annotations['meta.helm.sh/release-namespace'] ?? '')) return true;
  const isOfInstance = labels['app.kubernetes.io/instance'] === release?.name && metadata.namespace === release?.namespace;
  const managedBy = labels['app.kubernetes.io/managed-by'];
  if (release && isOfInstance && managedBy !== undefined) return true;
  if (managedBy !== undefined && managers.has(managedBy)) return true;
  if (commonManagers.has(onlyProgramOf(metadata) ?? '') && fieldInGroups(metadata, groups) !== undefined) return true;
  return listOf(metadata.managedFields).some((entry) => {
    // Whoever only writes a status, or only keeps a field, has not made the object.
    const manager = textOf(fieldAt(entry, 'manager'));
    return manager !== undefined && managers.has(manager) && isMaker(metadata, entry);
  });
}

/** The first to write is the one that made it. */
function isMaker(metadata: KubernetesObject['metadata'], entry: unknown): boolean {
  const time = textOf(fieldAt(entry, 'time'));
  return fieldAt(entry, 'subresource') === undefined && time !== undefined && time === metadata.creationTimestamp;
}

function namesOfPrograms(object: KubernetesObject): string[] {
  const template = podTemplateOf(object);
  if (!template || object.kind === 'Job' || object.kind === 'CronJob') return [];
  return programsOf(template.spec, template.specPath).map(({ value }) => value);
}
