/** Mounts that would hide each other. What lies below a mount, or above it, is not seen as its owner expects; so paths may not even be nested. */
import { mapOf } from '../objects/fields.ts';
import type { Problem } from '../objects/validate.ts';
import { chooseMode } from './choose.ts';
import { isOurs } from './init-containers.ts';
import { mostReasons, shortened } from './limits.ts';
import { shareVolume } from './names.ts';
import { PathTree } from './path-tree.ts';
import type { Places, Share, ShareSettings } from './share.ts';
import { cleanPath, containerNamed, containersOf, type Fields, isWithin, type Mount, mountsOf } from './spec.ts';
import { type Target, targetsOf } from './targets.ts';

type PlacedTarget = Target & { share: string; place: string; order: number };

/** Of one kind: more are found than anybody reads, and finding them all would take the square of the number of paths. */
const enough = 5 * mostReasons;

export function mountProblems(spec: Fields, shares: readonly Share[], settings: ShareSettings, places: Places): Problem[] {
  const targets = shares
    .flatMap((share, index) =>
      targetsOf(share, chooseMode(share, settings).mode).map((target) => {
        return { ...target, share: share.name, place: places.share(index, target.field) };
      }),
    )
    .map((target, order): PlacedTarget => ({ ...target, order }));
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
  const mounted = new Map<string, Mount[]>();
  return shares.flatMap(({ from }, index) => {
    if (!from || !('container' in from)) return [];
    const { container } = from;
    const mounts = mounted.get(container) ?? mountsOf(mapOf(containerNamed(spec, container)?.container));
    mounted.set(container, mounts);
    const path = cleanPath(from.path);
    return mounts
      .filter(({ name, mountPath }) => !ours.has(name) && isWithin(path, mountPath))
      .slice(0, enough)
      .map(({ name, mountPath }) => ({
        field: places.share(index, 'from.path'),
        message: `${path} of container ${container} is not of its image: volume ${shortened(name)} is mounted at ${mountPath}. Mount that volume in the other containers too`,
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
  const trees = new Map<string, PathTree<PlacedTarget>>();
  return targets.flatMap((target) => {
    const earlier = treeFor(trees, target.container);
    const other = [...earlier.overlapping(target.path)].toSorted((one, another) => one.order - another.order)[0];
    earlier.add(target.path, target);
    if (!other) return [];
    const where = other.share === target.share ? 'the same share' : `share ${other.share}`;
    const how =
      other.path === target.path ? `is at ${target.path} too` : `is at ${other.path}, and one of the two lies in the other`;
    return [{ field: target.place, message: `in container ${target.container} ${where} ${how} (${other.place})` }];
  });
}

function hidden(spec: Fields, targets: readonly PlacedTarget[], ours: ReadonlySet<string>, places: Places): Problem[] {
  const trees = new Map<string, PathTree<PlacedTarget>>();
  for (const target of targets) treeFor(trees, target.container).add(target.path, target);
  const problems: Problem[] = [];
  for (const { container, name, list, index } of containersOf(spec)) {
    const tree = trees.get(name);
    if (!tree || isOurs(container)) continue;
    for (const mount of mountsOf(container)) {
      if (ours.has(mount.name)) continue;
      for (const { path, place } of tree.overlapping(mount.mountPath)) {
        const at = `${places.spec}.${list}[${index}].volumeMounts[${mount.index}]`;
        const volume = `volume ${shortened(mount.name)}, ${at}`;
        problems.push({
          field: place,
          message: `${path} of container ${name} ${relation(path, mount.mountPath)} (${volume})`,
        });
        if (problems.length >= enough) return problems;
      }
    }
  }
  return problems;
}

function treeFor(trees: Map<string, PathTree<PlacedTarget>>, container: string): PathTree<PlacedTarget> {
  const tree = trees.get(container) ?? new PathTree<PlacedTarget>();
  trees.set(container, tree);
  return tree;
}

function relation(path: string, mounted: string): string {
  if (path === mounted) return 'is a mount already, which the share would hide';
  return isWithin(mounted, path)
    ? `would hide what is mounted at ${shortened(mounted)}`
    : `lies within what is mounted at ${mounted}`;
}
