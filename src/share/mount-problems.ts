/** Mounts that would hide each other. What lies below a mount, or above it, is not seen as its owner expects; so paths may not even be nested. */
import { mapOf } from '../objects/fields.ts';
import type { Problem } from '../objects/validate.ts';
import { chooseMode } from './choose.ts';
import { isOurs } from './init-containers.ts';
import { shareVolume } from './names.ts';
import type { Places, Share, ShareSettings } from './share.ts';
import { cleanPath, containerNamed, containersOf, type Fields, isWithin, mountsOf } from './spec.ts';
import { type Target, targetsOf } from './targets.ts';

type PlacedTarget = Target & { share: string; place: string };

export function mountProblems(spec: Fields, shares: readonly Share[], settings: ShareSettings, places: Places): Problem[] {
  const targets = shares.flatMap((share, index) =>
    targetsOf(share, chooseMode(share, settings).mode).map((target): PlacedTarget => {
      return { ...target, share: share.name, place: places.share(index, target.field) };
    }),
  );
  const ours = new Set(shares.map(({ name }) => shareVolume(name)));
  return [
    ...sourceProblems(spec, shares, ours, places),
    ...rootProblems(targets),
    ...clashes(targets),
    ...hidden(spec, targets, ours, places),
  ];
}

/** Files that a volume brings are not in the image, so nobody could copy them from there. */
function sourceProblems(spec: Fields, shares: readonly Share[], ours: ReadonlySet<string>, places: Places): Problem[] {
  return shares.flatMap(({ from }, index) => {
    if (!from || !('container' in from)) return [];
    const source = containerNamed(spec, from.container);
    const path = cleanPath(from.path);
    return mountsOf(mapOf(source?.container))
      .filter(({ name, mountPath }) => !ours.has(name) && isWithin(path, mountPath))
      .map(({ name, mountPath }) => ({
        field: places.share(index, 'from.path'),
        message: `${path} of container ${from.container} is not of its image: volume ${name} is mounted at ${mountPath}. Mount that volume in the other containers too`,
      }));
  });
}

/** Only the source's own path can get here: those of consumers are checked before. */
function rootProblems(targets: readonly PlacedTarget[]): Problem[] {
  return targets
    .filter(({ path }) => path === '/')
    .map(({ place, container }) => ({
      field: place,
      message: `"/" of container ${container} can only be shared with containers that read it, as nothing can be mounted over the whole file system`,
    }));
}

function clashes(targets: readonly PlacedTarget[]): Problem[] {
  return targets.flatMap((target, index) => {
    const other = targets
      .slice(0, index)
      .find(({ container, path }) => container === target.container && overlap(path, target.path));
    if (!other) return [];
    const where = other.share === target.share ? 'the same share' : `share ${other.share}`;
    const how =
      other.path === target.path ? `is at ${target.path} too` : `is at ${other.path}, and one of the two lies in the other`;
    return [{ field: target.place, message: `in container ${target.container} ${where} ${how} (${other.place})` }];
  });
}

function hidden(spec: Fields, targets: readonly PlacedTarget[], ours: ReadonlySet<string>, places: Places): Problem[] {
  return containersOf(spec).flatMap(({ container, name, list, index }) => {
    if (isOurs(container)) return [];
    const mounts = mountsOf(container).filter((mount) => !ours.has(mount.name));
    return targets
      .filter((target) => target.container === name)
      .flatMap(({ path, place }) =>
        mounts
          .filter(({ mountPath }) => overlap(mountPath, path))
          .map((mount) => ({
            field: place,
            message: `${path} of container ${name} ${relation(path, mount.mountPath)} (volume ${mount.name}, ${places.spec}.${list}[${index}].volumeMounts[${mount.index}])`,
          })),
      );
  });
}

function relation(path: string, mounted: string): string {
  if (path === mounted) return 'is a mount already, which the share would hide';
  return isWithin(mounted, path) ? `would hide what is mounted at ${mounted}` : `lies within what is mounted at ${mounted}`;
}

function overlap(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one);
}
