/**
 * Decides which shares of a template are replaced and which are computed again when new shares are applied.
 */
import { directoriesIn } from './found.ts';
import { withoutShares } from './remove.ts';
import type { Share } from './share.ts';
import type { Fields } from './spec.ts';
import { namedTargets, placeOf } from './targets.ts';

export type Prepared = {
  spec: Fields;
  /** Those that are applied, and before them those that fill a directory together with one of them. */
  shares: readonly Share[];
  /** Names of those that made way. */
  replaced: readonly string[];
};

/**
 * A share makes way for others that are seen at all of its places: that is how the share of a directory is changed.
 * One that fills a directory together with a share that is applied again stays in that directory, in its place.
 */
export function prepared(spec: Fields, shares: readonly Share[]): Prepared {
  const byName = new Map(shares.map((share) => [share.name, share]));
  const places = new Set(shares.flatMap((share) => namedTargets(share).map(placeOf)));
  const directories = directoriesIn(spec);
  const replaced = directories
    .filter((directory) => directory.shares.every(({ name }) => !byName.has(name)))
    .filter(({ shares: [first] }) => first && namedTargets(first).every((target) => places.has(placeOf(target))))
    .flatMap((directory) => directory.shares.map(({ name }) => name));
  const together = directories
    .filter((directory) => directory.shares.some(({ name }) => byName.has(name)))
    .filter((directory) => directory.shares.some(({ name }) => !byName.has(name)))
    .flatMap((directory) => directory.shares.map((share) => byName.get(share.name) ?? asWritten(share)));
  const rest = shares.filter((share) => !together.includes(share));
  return {
    spec: replaced.length > 0 ? withoutShares(spec, new Set(replaced)) : spec,
    shares: together.length > 0 ? [...together, ...rest] : shares,
    replaced,
  };
}

/** It fills a directory with others, so that its mode is certain. */
function asWritten({ mode: _, ...share }: Share): Share {
  return share;
}
