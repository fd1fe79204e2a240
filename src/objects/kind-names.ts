/**
 * The words that kubectl accepts for a kind: `widgets`, `widget`, `Widget`, `wd`, `widgets.example.com` and
 * `widgets.v1.example.com`. The version does not matter: every version shows the same objects.
 */

export type KindNames = {
  group: string;
  kind: string;
  /** The plural, as in paths and in rules of RBAC. */
  resource: string;
  /** Default: the kind in lower case. */
  singular?: string;
  shortNames: readonly string[];
  /** Words for several kinds at once, which kubectl takes for each of them: `all`. */
  categories?: readonly string[];
};

/** As the rules of RBAC and `kubectl api-resources -o name` write it: `widgets.example.com`, `pods`. */
export function resourceName({ resource, group }: Pick<KindNames, 'resource' | 'group'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** A word without its group, in lower case, and the group where the word has one. */
export function partsOfKindWord(word: string): { name: string; group?: string } {
  const [name = '', ...rest] = word.toLowerCase().split('.');
  if (/^v\d+((alpha|beta)\d+)?$/.test(rest[0] ?? '')) rest.shift();
  else if (rest.length === 0) return { name };
  return { name, group: rest.join('.') };
}

/**
 * The API group whose kinds `*.operator.example.com` stands for, all of them; undefined for the word of one kind.
 */
export function wholeGroupOf(word: string): string | undefined {
  return word.startsWith('*.') ? word.slice(2).toLowerCase() : undefined;
}

/**
 * How surely the word means this kind: 3 for the plural, 2 for the kind or the singular, 1 for a short name or for all
 * kinds of its group, 0 if not.
 */
export function kindWordRank({ group, kind, resource, singular, shortNames }: KindNames, word: string): number {
  const whole = wholeGroupOf(word);
  if (whole !== undefined) return whole === group ? 1 : 0;
  const parts = partsOfKindWord(word);
  if (parts.group !== undefined && parts.group !== group) return 0;
  if (parts.name === resource) return 3;
  if (parts.name === kind.toLowerCase() || parts.name === singular) return 2;
  return shortNames.includes(parts.name) ? 1 : 0;
}

/** Whether the word means this kind, alone or with others of a category. */
export function isMeantBy(names: KindNames, word: string): boolean {
  return kindWordRank(names, word) > 0 || (names.categories ?? []).includes(word);
}
