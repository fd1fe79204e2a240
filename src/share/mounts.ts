/**
 * Adds the mounts of shares. It changes only containers that a share names, and in them only these mounts.
 */
import { fieldAt, isMap, listOf, textOf } from '../objects/fields.ts';
import type { Arrangement } from './arrange.ts';
import { isOurs } from './command.ts';
import { shareOfVolume } from './names.ts';
import { cleanPath, type Fields } from './spec.ts';
import { subPathOf } from './volumes.ts';

export function withMounts(spec: Fields, { shares, directories }: Arrangement): Fields {
  const names = new Set(shares.map(({ share }) => share.name));
  const modes = new Map(shares.map(({ share, mode }) => [share, mode]));
  const all = directories.flatMap(({ volume, targets }) =>
    targets.map(({ container, path, readOnly, share }) => {
      const subPath = subPathOf(share, modes.get(share) ?? 'copy');
      const mount = { name: volume, mountPath: path, ...(subPath !== undefined && { subPath }), ...(readOnly && { readOnly }) };
      return { container, mount };
    }),
  );
  const wanted = Map.groupBy(all, ({ container }) => container);
  const mounted = (container: unknown): unknown => {
    if (!isMap(container) || isOurs(container)) return container;
    const mounts = wanted.get(String(container.name)) ?? [];
    return withThese(
      container,
      mounts.map(({ mount }) => mount),
      names,
    );
  };
  const lists = (['initContainers', 'containers'] as const).filter((list) => Array.isArray(spec[list]));
  return { ...spec, ...Object.fromEntries(lists.map((list) => [list, listOf(spec[list]).map(mounted)])) };
}

type Mount = { name: string; mountPath: string };

/**
 * Mounts of these shares that stood there before keep their place when they are still wanted, and go when they are
 * not.
 */
function withThese(container: Fields, wanted: readonly Mount[], shares: ReadonlySet<string>): Fields {
  const before = listOf(container.volumeMounts);
  const isFormer = (mount: unknown) => shares.has(shareOfVolume(textOf(fieldAt(mount, 'name')) ?? '') ?? '');
  if (wanted.length === 0 && !before.some(isFormer)) return container;
  const left = new Map(wanted.map((mount) => [keyOf(mount.name, mount.mountPath), mount]));
  const kept = before.flatMap((mount) => {
    if (!isFormer(mount)) return [mount];
    const path = cleanPath(textOf(fieldAt(mount, 'mountPath')) ?? '');
    const key = keyOf(textOf(fieldAt(mount, 'name')) ?? '', path);
    const same = left.get(key);
    left.delete(key);
    return same ? [same] : [];
  });
  return withMountList(container, [...kept, ...left.values()]);
}

/** An empty list is left out. */
export function withMountList(container: Fields, volumeMounts: readonly unknown[]): Fields {
  const { volumeMounts: _, ...rest } = container;
  return volumeMounts.length > 0 ? { ...container, volumeMounts } : rest;
}

/** A volume's name has no slash, and a path begins with one. */
function keyOf(volume: string, path: string): string {
  return `${volume}${path}`;
}
