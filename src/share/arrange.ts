/** Decides everything about shares before a Pod template changes: mode, volume, order and mount points. */
import { type Choice, chooseMode } from './choose.ts';
import { type Directory, directoriesOf } from './directories.ts';
import { directoriesIn } from './found.ts';
import { shareVolume } from './names.ts';
import type { MountPoint, Share, ShareSettings } from './share.ts';
import type { Fields } from './spec.ts';
import { type ContainerStandings, mountPointsOf, standingsOf } from './standings.ts';

export type Arranged = Choice & { share: Share; directory: Directory };

export type Arrangement = {
  /** In the order in which copies are made. */
  shares: readonly Arranged[];
  /** Those that the shares make. */
  directories: readonly Directory[];
  /** Those of other shares, which the template has already. */
  others: readonly Directory[];
  /** Of all of these. */
  standings: readonly ContainerStandings[];
  /** Names of the volumes of all of these. */
  volumes: ReadonlySet<string>;
  /** By volume: what must exist in the copy. */
  mountPoints: ReadonlyMap<string, readonly MountPoint[]>;
};

/** Pure: the same Pod spec, with the shares in it or without, gives the same. */
export function arrange(spec: Fields, shares: readonly Share[], settings: ShareSettings): Arrangement {
  const names = new Set(shares.map(({ name }) => shareVolume(name)));
  const directories = directoriesOf(shares);
  const all = directoriesIn(spec);
  const others = all.filter(({ volume }) => !names.has(volume));
  const volumes = new Set([...names, ...all.map(({ volume }) => volume)]);
  const standings = standingsOf(spec, [...directories, ...others], volumes);
  const points = mountPointsOf(spec, standings);
  const arranged = directories.flatMap((directory) =>
    directory.shares.map((share): Arranged => {
      const sharesWith = directory.shares.find((other) => other !== share)?.name;
      const mountedBelow = points.get(directory)?.first;
      return { ...chooseMode(spec, share, settings, { sharesWith, mountedBelow }), share, directory };
    }),
  );
  const mountPoints = new Map([...points].map(([{ volume }, each]) => [volume, each.points]));
  return { shares: arranged, directories, others, standings, volumes, mountPoints };
}
