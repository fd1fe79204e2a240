/**
 * Groups shares that fill the same directory: copies with a common target. The first share defines the volume and, if a
 * consumer writes, is also mounted in its source container. The others add their files.
 */
import { shareVolume } from './names.ts';
import type { Share } from './share.ts';
import { namedTargets, placeOf, sourceTarget, type Target } from './targets.ts';

/** What one volume holds: mostly one share. */
export type Directory = {
  /** Name of the volume. */
  volume: string;
  /** In the order in which they fill it. */
  shares: readonly Share[];
  /** Each place once. */
  targets: readonly (Target & { share: Share })[];
};

/**
 * In the order of the names of their first shares, so that the order in which unrelated shares are written does not
 * matter.
 */
export function directoriesOf(shares: readonly Share[]): Directory[] {
  const roots = shares.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (roots[root] !== root) root = roots[root] as number;
    return root;
  };
  const join = (one: number, other: number) => {
    const [first, second] = [rootOf(one), rootOf(other)];
    roots[Math.max(first, second)] = Math.min(first, second);
  };
  const named = new Map<string, number>();
  const companions = shares.flatMap((share, index) => (mayHaveCompany(share) ? [{ share, index }] : []));
  for (const { share, index } of companions) {
    for (const target of namedTargets(share)) {
      const other = named.get(placeOf(target));
      if (other === undefined) named.set(placeOf(target), index);
      else join(index, other);
    }
  }
  for (const { share, index } of companions) {
    const source = sourceTarget(share);
    const other = source && named.get(placeOf(source));
    if (other !== undefined) join(index, other);
  }
  const groups = Map.groupBy(shares.keys(), rootOf);
  return [...groups.values()]
    .map((indices) => directory(indices.map((index) => shares[index]) as [Share, ...Share[]]))
    .toSorted((one, other) => (one.volume < other.volume ? -1 : 1));
}

function directory(shares: readonly [Share, ...Share[]]): Directory {
  const [first] = shares;
  const source = mayHaveCompany(first) ? sourceTarget(first) : undefined;
  const all = [
    ...namedTargets(first).map((target) => ({ ...target, share: first })),
    ...(source ? [{ ...source, share: first }] : []),
    ...shares.slice(1).flatMap((share) => namedTargets(share).map((target) => ({ ...target, share }))),
  ];
  // A share that names one place twice is refused, and must still be seen to do so.
  const ofOthers = new Map<string, Share>();
  const targets = all.filter((target) => {
    const earlier = ofOthers.get(placeOf(target));
    if (earlier === undefined) ofOthers.set(placeOf(target), target.share);
    return earlier === undefined || earlier === target.share;
  });
  return { volume: shareVolume(first.name), shares, targets };
}

/** Only copies can fill one directory. */
function mayHaveCompany({ from, mode = 'auto' }: Share): boolean {
  return from !== undefined && (mode === 'auto' || mode === 'copy');
}
