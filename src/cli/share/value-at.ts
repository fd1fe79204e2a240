/** Plain data with another value at one place; the rest is the very same. */
import { isMap } from '../../objects/fields.ts';

export type Path = readonly (string | number)[];

export function withValueAt(value: unknown, [key, ...rest]: Path, inner: unknown): unknown {
  if (key === undefined) return inner;
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? withValueAt(item, rest, inner) : item));
  return isMap(value) ? { ...value, [key]: withValueAt(value[key], rest, inner) } : value;
}
