/** Paths to fields: as text, and into plain data. */
import { isMap } from '../../objects/fields.ts';

export type Path = readonly (string | number)[];

/** The same data with another value at one place; the rest is the very same. */
export function withValueAt(value: unknown, [key, ...rest]: Path, inner: unknown): unknown {
  if (key === undefined) return inner;
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? withValueAt(item, rest, inner) : item));
  return isMap(value) ? { ...value, [key]: withValueAt(value[key], rest, inner) } : value;
}

/** From what `kubectl explain` writes: `spec.components[0]`, `metadata.annotations[share.bookend.dev/web]`. */
export function fieldPathOf(text: string): Path {
  return [...text.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, inBrackets, name = '']) => {
    if (inBrackets === undefined) return name;
    return /^\d+$/.test(inBrackets) ? Number(inBrackets) : inBrackets;
  });
}

export function writtenPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part),
    '',
  );
}
