/**
 * Keys of labels and annotations that lie in the API group of a kind, `example.com/ready` or `node.example.com/ready`
 * of a group `example.com`: by custom, programs of the kind's makers write and read them.
 */
import type { ObjectMeta } from './object.ts';

/** An organisation has many programs, each with a domain beside the others: only the group itself and what is below. */
export function isKeyOfGroup(key: string, group: string): boolean {
  const slash = key.indexOf('/');
  const domain = key.slice(0, Math.max(slash, 0)).toLowerCase();
  return domain !== '' && (domain === group || domain.endsWith(`.${group}`));
}

/** The first such key, as the path of its field: `metadata.labels[example.com/ready]`. */
export function fieldInGroups({ labels = {}, annotations = {} }: ObjectMeta, groups: ReadonlySet<string>): string | undefined {
  return fieldOfKeys(Object.keys(labels), Object.keys(annotations), groups);
}

/** The same where only the keys of annotations are known. */
export function fieldOfKeys(
  labels: readonly string[],
  annotations: readonly string[],
  groups: ReadonlySet<string>,
): string | undefined {
  const isKey = (key: string) => [...groups].some((group) => isKeyOfGroup(key, group));
  const label = labels.find(isKey);
  if (label !== undefined) return `metadata.labels[${label}]`;
  const annotation = annotations.find(isKey);
  return annotation && `metadata.annotations[${annotation}]`;
}
