/**
 * Conflicts between mounts. The runtime mounts outer directories before inner ones, so most mounts nest well. Rejected
 * are mounts that would hide files of a share, or with which a container could not start.
 */

import { mapOf } from '../objects/fields.ts';
import type { Problem } from '../objects/validate.ts';
import type { Arrangement } from './arrange.ts';
import type { Directory } from './directories.ts';
import { directoryProblems } from './directory-problems.ts';
import { mostReasons, shareLimits, shortened } from './limits.ts';
import { nestedProblems } from './nested-problems.ts';
import type { PlaceOf, Places, Share } from './share.ts';
import { cleanPath, containerNamed, type Fields, isWithin, type Mount, mountsOf } from './spec.ts';
import type { Standing } from './standings.ts';

/** Of one kind: more are found than anybody reads. */
const enough = 5 * mostReasons;

export function mountProblems(
  spec: Fields,
  arrangement: Arrangement,
  placeOf: PlaceOf,
  { spec: at }: Pick<Places, 'spec'>,
): Problem[] {
  return [
    ...sourceProblems(spec, arrangement, placeOf),
    ...rootProblems(arrangement, placeOf),
    ...directoryProblems(arrangement, placeOf),
    ...clashes(arrangement, placeOf, at),
    ...nestedProblems(spec, arrangement, placeOf),
    ...tooManyPoints(arrangement, placeOf),
  ];
}

/** Files that a volume or another share brings are not in the image, so nobody could copy them from there. */
function sourceProblems(spec: Fields, { shares, standings, volumes }: Arrangement, placeOf: PlaceOf): Problem[] {
  const mounted = new Map<string, Mount[]>();
  const byContainer = new Map(standings.map((each) => [each.container, each]));
  return shares.flatMap(({ share, directory }) => {
    const { from } = share;
    if (!from || !('container' in from)) return [];
    const { container } = from;
    const mounts = mounted.get(container) ?? mountsOf(mapOf(containerNamed(spec, container)?.container));
    mounted.set(container, mounts);
    const path = cleanPath(from.path);
    const field = placeOf(share, 'from.path');
    const ofUser = mounts
      .filter(({ name, mountPath }) => !volumes.has(name) && isWithin(path, mountPath))
      .slice(0, enough)
      .map(({ name, mountPath }) => ({
        field,
        message: `${path} of container ${container} is in volume ${shortened(name)}, mounted at ${mountPath}, and not in its image. Mount that volume in the other containers too`,
      }));
    const tree = byContainer.get(container)?.tree;
    const over = [...(tree?.at(path) ?? []), ...(tree?.allAbove(path) ?? [])].flatMap((standing) =>
      'directory' in standing && standing.directory.volume !== directory.volume ? [standing] : [],
    );
    return [...ofUser, ...over.slice(0, 1).map((standing) => ({ field, message: chained(container, path, standing) }))];
  });
}

function chained(
  container: string,
  path: string,
  { path: at, target: { share } }: Extract<Standing, { directory: Directory }>,
): string {
  const { name, from } = share;
  const own = from && 'container' in from && from.container === container && cleanPath(from.path) === at;
  const instead = own
    ? `name these containers in share ${name} too`
    : `name the source of share ${name}, or name these containers there too`;
  return `${path} of container ${container} is not what its image has: share ${name} is mounted at ${at}. A share cannot copy from another; ${instead}`;
}

/** Only the source's own path can get here: those of consumers are checked before. */
function rootProblems({ directories }: Arrangement, placeOf: PlaceOf): Problem[] {
  return directories.flatMap(({ targets }) =>
    targets
      .filter(({ path }) => path === '/')
      .map(({ share, field, container }) => ({
        field: placeOf(share, field),
        message: `"/" of container ${container} can only be shared with :ro, because nothing can be mounted over the whole file system`,
      })),
  );
}

/** Two mounts at one place: one would hide the other. */
function clashes({ directories, standings }: Arrangement, placeOf: PlaceOf, spec: string): Problem[] {
  const fresh = new Set<Directory>(directories);
  const problems: Problem[] = [];
  for (const { all, tree, container } of standings) {
    for (const standing of all) {
      if (!('directory' in standing) || !fresh.has(standing.directory)) continue;
      // Of two shares that are applied the later one is told.
      const there = tree.at(standing.path);
      const other = there.find(
        (each) => each !== standing && !('directory' in each && fresh.has(each.directory) && isLater(each, standing, there)),
      );
      if (!other) continue;
      const { share, field } = standing.target;
      const what = `${standing.path} of container ${container}`;
      problems.push({ field: placeOf(share, field), message: `${what} ${clash(share, other, placeOf, spec)}` });
      if (problems.length >= enough) return problems;
    }
  }
  return problems;
}

function isLater(one: Standing, other: Standing, all: readonly Standing[]): boolean {
  return all.indexOf(one) > all.indexOf(other);
}

function clash(share: Share, other: Standing, placeOf: PlaceOf, spec: string): string {
  if ('mount' in other) {
    const { list, index } = other.placed;
    const at = `${spec}.${list}[${index}].volumeMounts[${other.mount.index}]`;
    return `is already a mount that the share would hide (volume ${shortened(other.mount.name)}, ${at}). Mount the share next to it or below it`;
  }
  const { target } = other;
  if (target.share === share) return `is named twice in this share (${placeOf(share, target.field)})`;
  if (target.field === 'from.path' || !share.from || !target.share.from) {
    return `is a place of share ${target.share.name} already: name all containers in one share`;
  }
  const isCopy = [share, target.share].every(({ mode = 'auto' }) => mode === 'auto' || mode === 'copy');
  const way = isCopy
    ? `share ${target.share.name} has places that this share has not: name them here too, or remove it first`
    : 'several shares can fill one directory only as copies: leave out mode';
  return `is a place of share ${target.share.name} already; ${way}`;
}

/** Each is an argument of the container that copies. */
function tooManyPoints({ shares, mountPoints }: Arrangement, placeOf: PlaceOf): Problem[] {
  return shares.flatMap(({ share, directory }) => {
    const count = mountPoints.get(directory.volume)?.length ?? 0;
    if (count <= shareLimits.mountPoints || directory.shares[0] !== share) return [];
    const message = `${count} other mounts are below this read-only directory; the maximum is ${shareLimits.mountPoints}`;
    return [{ field: placeOf(share, 'to'), message }];
  });
}
