/**
 * Plain-data tools: copies and comparison. Written by hand because they are on the path of every
 * request and watch event, where `structuredClone` and `isDeepStrictEqual` are ten times slower.
 */
export type Fields = Record<string, unknown>;

/**
 * A copy that shares nothing, as it would come back over the wire: undefined fields are left out. Only the field sets
 * of `managedFields`, which nobody changes and which are half of many an object, are shared.
 */
export function copy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : copy(item))) as T;
  const result: Fields = {};
  for (const key in value) {
    const field = value[key];
    if (field !== undefined) result[key] = typeof field === 'object' && key !== 'fieldsV1' ? copy(field) : field;
  }
  return result as T;
}

/** Whether both are the same data; a field that is undefined counts as absent. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, index) => same(item, other[index]));
  }
  if (Array.isArray(other)) return false;
  const left = one as Fields;
  const right = other as Fields;
  for (const key in left) if (!same(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/** The value as a list of maps; empty when it is none. */
export function mapsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? (value as Fields[]) : none;
}

/** The value when it is a number. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Fields without those that are undefined, 0 or empty: as Go's `omitempty` leaves them out. */
export function omitEmpty<T extends Fields>(values: T): T {
  const result: Fields = {};
  for (const key in values) {
    const value = values[key];
    if (value !== undefined && value !== 0 && value !== '') result[key] = value;
  }
  return result as T;
}

const none: never[] = [];
Object.freeze(none);
