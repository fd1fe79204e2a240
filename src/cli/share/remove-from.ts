/** `--remove`: removes shares from workloads, and the annotations that would add them again. */
import { BookendError } from '../../errors.ts';
import { fieldAt, isMap } from '../../objects/fields.ts';
import { nearest } from '../../objects/nearest.ts';
import { injectLabel, shareAnnotationPrefix } from '../../share/annotations.ts';
import { listed } from '../../share/limits.ts';
import { listShares, removeShare } from '../../share/remove.ts';
import type { NewField } from './changed-text.ts';
import { fieldPathOf } from './path.ts';
import type { Outcome } from './report.ts';
import { namesOf, type Workload } from './workloads.ts';

export type Removed = Outcome & { fields: NewField[] };

/** @throws BookendError `not-found` for a name that no workload has */
export function removeFrom(workloads: readonly Workload[], names: readonly string[]): Removed[] {
  const all = workloads.map((workload) => ({ workload, has: sharesOf(workload) }));
  for (const name of names)
    if (!all.some(({ has }) => has.includes(name)))
      throw notThere(
        name,
        workloads,
        all.flatMap(({ has }) => has),
      );
  return all.filter(({ has }) => names.some((name) => has.includes(name))).map(({ workload }) => withoutShares(workload, names));
}

function sharesOf({ template: { spec, annotations } }: Workload): string[] {
  const written = Object.keys(annotations)
    .filter((key) => key.startsWith(shareAnnotationPrefix) && key !== injectLabel)
    .map((key) => key.slice(shareAnnotationPrefix.length));
  return [...new Set([...listShares({ spec }).map(({ name }) => name), ...written])];
}

function withoutShares(found: Workload, names: readonly string[]): Removed {
  const { spec: before, specPath, metadataPath } = found.template;
  const applied = listShares({ spec: before }).map(({ name }) => name);
  const spec = names
    .filter((name) => applied.includes(name))
    .reduce((rest, name) => removeShare({ spec: rest }, name).spec, before);
  const metadata = fieldPathOf(metadataPath);
  const annotations = fieldAt(found.object, ...metadata.map(String), 'annotations');
  const unwanted = new Set(names.map((name) => `${shareAnnotationPrefix}${name}`));
  const fields: NewField[] = [{ found, path: fieldPathOf(specPath), value: spec }];
  if (isMap(annotations) && Object.keys(annotations).some((key) => unwanted.has(key))) {
    const gone = Object.keys(annotations).filter((key) => unwanted.has(key));
    const rest = Object.fromEntries(Object.entries(annotations).filter(([key]) => !unwanted.has(key)));
    fields.push({ found, path: [...metadata, 'annotations'], value: rest });
    return { found, before, spec, annotations: gone, fields };
  }
  return { found, before, spec, fields };
}

function notThere(name: string, workloads: readonly Workload[], has: readonly string[]): BookendError {
  const names = [...new Set(has)];
  const meant = nearest(name, names);
  const there = names.length > 0 ? `the shares are: ${listed(names)}${meant ? `; did you mean ${meant}?` : ''}` : 'none has any';
  return new BookendError(
    'not-found',
    `no workload has a share ${JSON.stringify(name)} (${namesOf(workloads) || 'there is no workload'}); ${there}`,
    {
      field: '--remove',
      advice: 'To see the shares, pass --list with the same files.',
    },
  );
}
