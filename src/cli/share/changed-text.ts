/** The text of manifests with new values in some fields. Everything else stays, byte for byte. */
import { type Splice, spliced } from './edit/splice.ts';
import { type Changed, withValues } from './edit/with-values.ts';
import type { Found, Manifest } from './manifests.ts';
import type { Path } from './path.ts';

export type NewField = {
  found: Found;
  /** Within the object. */
  path: Path;
  value: unknown;
};

/** @param fields of objects of any manifests; those of others are left out */
export function changedText({ file, text, parts }: Manifest, fields: readonly NewField[]): Changed {
  const byPart = Map.groupBy(fields, ({ found }) => found.part);
  const splices = parts.flatMap((part) => {
    const values = (byPart.get(part) ?? []).map(({ found: { document, path: place }, path, value }) => {
      return { document, path: [...place, ...path], value };
    });
    const { start } = part;
    return withValues(part, file, values).splices.map((splice): Splice => {
      return { ...splice, start: start + splice.start, end: start + splice.end };
    });
  });
  return { text: spliced(text, splices), splices };
}
