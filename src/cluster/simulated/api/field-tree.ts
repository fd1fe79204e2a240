/**
 * Sets of fields in the form in which `metadata.managedFields[].fieldsV1` holds them: `f:name` for a field, `k:{…}` for
 * an item of a list by its keys, `v:…` for an item of a set, `.` for the item itself. A branch without children is one
 * field.
 */
export type FieldTree = { [step: string]: FieldTree };

export function isEmpty(tree: FieldTree): boolean {
  for (const _ in tree) return false;
  return true;
}

/** Fields that are in one or the other. */
export function union(one: FieldTree, other: FieldTree): FieldTree {
  if (isEmpty(one)) return other;
  if (isEmpty(other)) return one;
  const result: FieldTree = { ...one };
  for (const step in other) {
    const branch = other[step] ?? {};
    const own = result[step];
    result[step] = own ? union(own, branch) : branch;
  }
  return result;
}

/**
 * Fields of the first that are not in the second. An empty map is a field of its own, apart from the fields in a map.
 */
export function minus(one: FieldTree, other: FieldTree): FieldTree {
  let result: FieldTree | undefined;
  for (const step in other) {
    const own = one[step];
    if (own === undefined) continue;
    const branch = other[step] ?? {};
    if (isEmpty(branch) !== isEmpty(own)) continue;
    result ??= { ...one };
    const rest = minus(own, branch);
    if (isEmpty(rest)) delete result[step];
    else result[step] = rest;
  }
  return result ?? one;
}

/** Fields that are in both. */
export function common(one: FieldTree, other: FieldTree): FieldTree {
  const result: FieldTree = {};
  for (const step in one) {
    const own = one[step];
    const branch = other[step];
    if (own === undefined || branch === undefined) continue;
    if (isEmpty(own) || isEmpty(branch)) result[step] = {};
    else {
      const shared = common(own, branch);
      if (!isEmpty(shared)) result[step] = shared;
    }
  }
  return result;
}

/** Every field as the API server writes it in messages: `.spec.containers[name="app"].image`. */
export function pathsIn(tree: FieldTree, prefix = ''): string[] {
  if (isEmpty(tree)) return [prefix];
  return Object.entries(tree).flatMap(([step, branch]) => {
    if (step === '.') return [prefix];
    const rest = step.slice(2);
    if (step.startsWith('f:')) return pathsIn(branch, `${prefix}.${rest}`);
    if (step.startsWith('v:')) return pathsIn(branch, `${prefix}[=${rest}]`);
    const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>).map(
      ([key, value]) => `${key}=${JSON.stringify(value)}`,
    );
    return pathsIn(branch, `${prefix}[${keys.join(',')}]`);
  });
}
