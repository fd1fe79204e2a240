/** The text of manifests with other Pod specs in it. What no share is for stays byte for byte. */
import { type Splice, spliced } from './edit/splice.ts';
import { type Changed, withValues } from './edit/with-values.ts';
import type { Found, Manifest } from './manifests.ts';

export type NewSpec = {
  found: Found;
  /** Where the spec stands in the object: `spec.template.spec`. */
  specPath: string;
  spec: unknown;
};

/** @param specs of objects of any manifests; those of others are left out */
export function changedText({ file, text, parts }: Manifest, specs: readonly NewSpec[]): Changed {
  const byPart = Map.groupBy(specs, ({ found }) => found.part);
  const splices = parts.flatMap((part) => {
    const values = (byPart.get(part) ?? []).map(({ found: { document, path }, specPath, spec }) => {
      return { document, path: [...path, ...specPath.split('.')], value: spec };
    });
    const { start } = part;
    return withValues(part, file, values).splices.map((splice): Splice => {
      return { ...splice, start: start + splice.start, end: start + splice.end };
    });
  });
  return { text: spliced(text, splices), splices };
}
