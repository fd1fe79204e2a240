/**
 * Finds the shares that a Pod template already has, from its volumes, mounts and the commands of containers that copy.
 */
import { fieldAt, isMap, listOf, textOf } from '../objects/fields.ts';
import { isOurs, readCopyCommand } from './command.ts';
import type { Directory } from './directories.ts';
import { shareLimits } from './limits.ts';
import { copyPath, shareOfVolume } from './names.ts';
import { resourcesOf } from './resources.ts';
import type { ComputeResources, Consumer, Share, Source } from './share.ts';
import { cleanPath, containersOf, type Fields, mountsOf, type PlacedContainer } from './spec.ts';
import { namedTargets, sourceTarget, type Target } from './targets.ts';

/** In the order of the volumes. What was written as auto is read as what it became. */
export function directoriesIn(spec: Fields): Directory[] {
  const containers = containersOf(spec);
  const users = containers.filter(({ container }) => !isOurs(container));
  const mounted = Map.groupBy(
    users.flatMap(({ container, name }) =>
      mountsOf(container).flatMap((mount) => (shareOfVolume(mount.name) === undefined ? [] : [{ ...mount, container: name }])),
    ),
    ({ name }) => name,
  );
  const copies = Map.groupBy(
    containers.flatMap((placed) => copyIn(placed) ?? []),
    ({ volume }) => volume,
  );
  const images: Users = {
    byImage: new Map(users.toReversed().map((placed) => [placed.container.image, placed])),
    byName: new Map(users.toReversed().map((placed) => [placed.name, placed])),
  };
  return listOf(spec.volumes).flatMap((volume): Directory[] => {
    const name = textOf(fieldAt(volume, 'name')) ?? '';
    const share = shareOfVolume(name);
    if (share === undefined || !isMap(volume)) return [];
    const mounts = mounted.get(name) ?? [];
    const to = mounts.map(({ container, mountPath, readOnly }) => ({
      container,
      path: mountPath,
      ...(readOnly && { readOnly }),
    }));
    const filling = copies.get(name) ?? [];
    // Nobody can have applied so many, and each would be told the names of all.
    if (filling.length > shareLimits.shares) return [];
    const shares = filling.map((copy) => shareOfCopy(copy, volume, to, images));
    const others = shares.length > 0 ? [] : shareOfVolumeAlone(share, volume, to, mounts[0]?.subPath, images);
    const all = [...shares, ...others];
    return all.length === 0 ? [] : [{ volume: name, shares: all, targets: targetsIn(all) }];
  });
}

type Copy = { name: string; volume: string; container: Fields };

function copyIn({ name, container }: PlacedContainer): Copy | undefined {
  const share = shareOfVolume(name);
  const volume = mountsOf(container).find(({ mountPath }) => mountPath === copyPath)?.name;
  return share !== undefined && volume !== undefined && isOurs(container) ? { name: share, volume, container } : undefined;
}

type Users = { byImage: ReadonlyMap<unknown, PlacedContainer>; byName: ReadonlyMap<string, PlacedContainer> };

function shareOfCopy({ name, container }: Copy, volume: Fields, mounts: readonly Consumer[], users: Users): Share {
  const command = readCopyCommand(container) ?? { path: '/' };
  const { path, owners, chown, chmod, onConflict } = command;
  const from = sourceOf(container.image, path, users);
  const isWritten = mounts.some(({ readOnly }) => !readOnly);
  // The source's own place is there because somebody writes; nobody named it.
  const isImplied = (to: Consumer) => 'container' in from && to.container === from.container && to.path === cleanPath(path);
  const others = mounts.filter((to) => !isImplied(to));
  const to = isWritten && others.some(({ readOnly }) => !readOnly) ? others : mounts;
  const model = users.byName.get('container' in from ? from.container : (to[0]?.container ?? ''))?.container;
  const resources = resourcesUnlike(model, container);
  return {
    name,
    from,
    to,
    mode: 'copy',
    ...emptyDirOptions(volume),
    ...(owners && { owners }),
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
    ...(resources && { resources }),
    ...(onConflict && { onConflict }),
  };
}

function shareOfVolumeAlone(
  name: string,
  volume: Fields,
  to: readonly Consumer[],
  subPath: string | undefined,
  users: Users,
): Share[] {
  if (to.length === 0) return [];
  if (isMap(volume.emptyDir)) return [{ name, to, ...emptyDirOptions(volume) }];
  const reference = textOf(fieldAt(volume, 'image', 'reference'));
  return reference === undefined ? [] : [{ name, from: sourceOf(reference, `/${subPath ?? ''}`, users), to, mode: 'image' }];
}

function sourceOf(image: unknown, path: string, { byImage }: Users): Source {
  const placed = byImage.get(image);
  return placed ? { container: placed.name, path } : { image: String(image), path };
}

function emptyDirOptions({ emptyDir }: Fields): Pick<Share, 'medium' | 'sizeLimit'> {
  const [medium, sizeLimit] = [fieldAt(emptyDir, 'medium'), fieldAt(emptyDir, 'sizeLimit')];
  return { ...(medium === 'Memory' && { medium }), ...(sizeLimit !== undefined && { sizeLimit: String(sizeLimit) }) };
}

/** Undefined where the copy has those of the container that it is made like. */
function resourcesUnlike(model: Fields | undefined, copy: Fields): ComputeResources | undefined {
  const probe = { name: '', to: [] };
  const [usual, own] = [resourcesOf(model, probe), resourcesOf(copy, probe)];
  return JSON.stringify(usual) === JSON.stringify(own) ? undefined : (own ?? {});
}

function targetsIn(shares: readonly Share[]): (Target & { share: Share })[] {
  const [share] = shares;
  if (!share) return [];
  const source = share.mode === 'copy' ? sourceTarget(share) : undefined;
  return [...namedTargets(share), ...(source ? [source] : [])].map((target) => ({ ...target, share }));
}
