/** Selects the workloads of a share: each with all containers that the share names. */
import { BookendError } from '../../errors.ts';
import { nearest } from '../../objects/nearest.ts';
import { listed, mostReasons } from '../../share/limits.ts';
import type { Places, Share } from '../../share/share.ts';
import { containersNamedBy, missingContainers, ownContainersOf } from '../../share/workloads.ts';
import type { Found } from './manifests.ts';
import { hintOf, nameOf, type Workload } from './workloads.ts';

export function sharesFor(workload: Workload, shares: readonly Share[]): Share[] {
  const names = containersIn(workload);
  return shares.filter((share) => missingContainers(names, share).length === 0);
}

/** @throws BookendError `bad-input` for a share that no workload has the containers for, with those that there are */
export function checkContainers(
  objects: readonly Found[],
  workloads: readonly Workload[],
  shares: readonly Share[],
  placeOf: Places['share'],
): void {
  const names = workloads.map(containersIn);
  shares.forEach((share, index) => {
    if (names.some((each) => missingContainers(each, share).length === 0)) return;
    const files = [...new Set(objects.map(({ manifest }) => manifest.file))];
    const looked = files.length > 3 ? `${files.length} files` : files.join(', ');
    const field = placeOf(index, '');
    const message = `${field}: ${nobody(objects, workloads, share)}`;
    throw new BookendError('bad-input', `${looked ? `${looked}: ` : ''}${message}`, {
      field,
      advice: 'Name containers of one workload. A share is added to every workload that has all its containers.',
    });
  });
}

function containersIn({ template }: Workload): ReadonlySet<string> {
  return ownContainersOf(template.spec);
}

function nobody(objects: readonly Found[], workloads: readonly Workload[], share: Share): string {
  const wanted = containersNamedBy(share);
  const all = wanted.length === 1 ? `the container ${wanted[0]}` : `all of the containers ${wanted.join(', ')}`;
  if (workloads.length === 0) return `no workload has ${all}: the input has no workload${hintOf(objects)}`;
  // Those that lack least are the ones that were meant.
  const near = workloads
    .map((workload) => ({ workload, missing: missingContainers(containersIn(workload), share) }))
    .toSorted((one, other) => one.missing.length - other.missing.length)
    .map(({ workload, missing }) => lacks(workload, missing));
  const more = near.length - mostReasons;
  return `no workload has ${all}: ${near.slice(0, mostReasons).join('; ')}${more > 0 ? `; and ${more} more` : ''}${hintOf(objects)}`;
}

function lacks(workload: Workload, missing: readonly string[]): string {
  const names = [...containersIn(workload)];
  const meant = missing.flatMap((name) => nearest(name, names) ?? []);
  const suggestion = meant.length > 0 ? `; did you mean ${listed(meant)}?` : '';
  return `${nameOf(workload)} lacks ${listed(missing)} (its containers are: ${listed(names) || 'none'}${suggestion})`;
}
