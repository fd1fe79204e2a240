/**
 * Reads fields of objects that may contain anything. A reader returns a field only if it has the expected shape, so a
 * malformed object means "nothing there" and never a crash. `validate.ts` reports malformed objects.
 */

/** The value as a map, or an empty one. */
export function mapOf(value: unknown): Record<string, unknown> {
  return isMap(value) ? value : empty;
}

/** The value as a list, or an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value when it is a string that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value's strings, other values left out. */
export function textsOf(value: unknown): string[] {
  return listOf(value).filter((entry): entry is string => typeof entry === 'string');
}

/** The value's entries that are strings: labels, selectors, annotations. */
export function textMapOf(value: unknown): Record<string, string> {
  const texts: Record<string, string> = {};
  const map = mapOf(value);
  for (const key of Object.keys(map)) {
    const entry = map[key];
    if (typeof entry === 'string') texts[key] = entry;
  }
  return texts;
}

/** The field at a path: `fieldAt(pod, 'spec', 'serviceAccountName')`. */
export function fieldAt(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isMap(current)) return undefined;
    current = current[key];
  }
  return current;
}

/** True for plain maps, not for lists, null or scalars. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const empty: Record<string, unknown> = Object.freeze({});
