/**
 * Fields as `kubectl explain` writes them, `spec.components[0].objects[1]` or
 * `metadata.annotations[share.bookend.dev/web]`, and their parts.
 */
import type { Path } from './value-at.ts';

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
