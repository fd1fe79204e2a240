/**
 * The words that kubectl takes for a kind: `widgets`, `widget`, `Widget`, `wd`, `widgets.example.com` and
 * `widgets.v1.example.com`. A version makes no difference: every version shows the same objects.
 */

export type KindNames = {
  group: string;
  kind: string;
  /** The plural, as in paths and in rules of RBAC. */
  resource: string;
  /** Default: the kind in lower case. */
  singular?: string;
  shortNames: readonly string[];
};

/** A word without its group, in lower case, and the group where the word has one. */
export function partsOfKindWord(word: string): { name: string; group?: string } {
  const [name = '', ...rest] = word.toLowerCase().split('.');
  if (/^v\d+((alpha|beta)\d+)?$/.test(rest[0] ?? '')) rest.shift();
  else if (rest.length === 0) return { name };
  return { name, group: rest.join('.') };
}

/**
 * How surely the word means this kind: 3 for the plural, 2 for the kind or the singular, 1 for a short name, 0 if not.
 */
export function kindWordRank({ group, kind, resource, singular, shortNames }: KindNames, word: string): number {
  const parts = partsOfKindWord(word);
  if (parts.group !== undefined && parts.group !== group) return 0;
  if (parts.name === resource) return 3;
  if (parts.name === kind.toLowerCase() || parts.name === singular) return 2;
  return shortNames.includes(parts.name) ? 1 : 0;
}
