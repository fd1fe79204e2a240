/**
 * All mounts of the containers that shares name: the shares, the user's mounts, and what the kubelet adds. The runtime
 * mounts outer directories before inner ones, so both are visible. But it cannot create a mount point in a read-only
 * directory.
 */

import { fieldAt, isMap, listOf, textOf, textsOf } from '../objects/fields.ts';
import { looksLikeFile } from './choose.ts';
import { isOurs } from './command.ts';
import type { Directory } from './directories.ts';
import { PathTree } from './path-tree.ts';
import type { MountPoint, Share } from './share.ts';
import { containersOf, type Fields, type Mount, mountsOf, type PlacedContainer, segmentsOf, volumesOf } from './spec.ts';
import type { Target } from './targets.ts';

/** Something that is mounted at a path of a container. */
export type Standing = { path: string; readOnly: boolean } & (
  | { directory: Directory; target: Target & { share: Share } }
  | { mount: Mount; placed: PlacedContainer }
);

export type ContainerStandings = { container: string; all: readonly Standing[]; tree: PathTree<Standing> };

/** Of the containers that see a share. */
export function standingsOf(spec: Fields, directories: readonly Directory[], ours: ReadonlySet<string>): ContainerStandings[] {
  const volumes = volumesOf(spec);
  const wanted = new Map<string, Standing[]>();
  for (const directory of directories) {
    for (const target of directory.targets) {
      const list = wanted.get(target.container) ?? [];
      wanted.set(target.container, list);
      list.push({ path: target.path, readOnly: target.readOnly, directory, target });
    }
  }
  return containersOf(spec).flatMap((placed): ContainerStandings[] => {
    const shares = wanted.get(placed.name);
    if (!shares || isOurs(placed.container)) return [];
    const mounts = mountsOf(placed.container).flatMap((mount): Standing[] =>
      ours.has(mount.name) || segmentsOf(mount.mountPath).includes('..')
        ? []
        : [{ path: mount.mountPath, readOnly: isReadOnly(volumes.get(mount.name), mount), mount, placed }],
    );
    const all = [...shares, ...mounts];
    const tree = new PathTree<Standing>();
    for (const standing of all) tree.add(standing.path, standing);
    return [{ container: placed.name, all, tree }];
  });
}

/**
 * Mount points below the places where the directory is only read, each once; and in words the first thing that needs
 * one.
 */
export function mountPointsOf(
  spec: Fields,
  standings: readonly ContainerStandings[],
): Map<Directory, { points: MountPoint[]; first: string }> {
  const found = new Map<Directory, { points: Map<string, MountPoint>; first: string }>();
  const note = (outer: Standing | undefined, path: string, type: MountPoint['type'], what: string) => {
    if (!outer || !('directory' in outer) || !outer.readOnly) return;
    const relative = segmentsOf(path).slice(segmentsOf(outer.path).length).join('/');
    const entry = found.get(outer.directory) ?? { points: new Map(), first: what };
    found.set(outer.directory, entry);
    entry.points.set(relative, { path: relative, type });
  };
  const volumes = volumesOf(spec);
  for (const { all, tree } of standings) {
    for (const standing of all) {
      const [outer] = tree.nearestAbove(standing.path);
      if (!outer || !('directory' in outer) || !outer.readOnly) continue;
      note(outer, standing.path, typeOf(volumes, standing), standing.path);
    }
    for (const { path, type } of addedByKubelet(spec)) {
      if (tree.at(path).length === 0) note(tree.nearestAbove(path)[0], path, type, path);
    }
  }
  return new Map(
    [...found].map(([directory, { points, first }]) => {
      const sorted = [...points.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1));
      return [directory, { points: sorted, first }];
    }),
  );
}

/** The directory of the ServiceAccount's token, as images spell it; `/var/run` is a link to `/run` in most. */
export const tokenDirectories: readonly string[] = ['/var/run', '/run'].map(
  (run) => `${run}/secrets/kubernetes.io/serviceaccount`,
);

function addedByKubelet({ automountServiceAccountToken }: Fields): MountPoint[] {
  const tokens = automountServiceAccountToken === false ? [] : tokenDirectories;
  return [
    ...tokens.map((path): MountPoint => ({ path, type: 'Directory' })),
    ...['hosts', 'hostname', 'resolv.conf'].map((name): MountPoint => ({ path: `/etc/${name}`, type: 'File' })),
  ];
}

/** Volumes that the kubelet mounts read-only whatever the mount says. */
const alwaysReadOnly: readonly string[] = ['configMap', 'secret', 'downwardAPI', 'projected', 'image'];

function isReadOnly(volume: Fields | undefined, { readOnly }: Mount): boolean {
  return readOnly || (volume !== undefined && alwaysReadOnly.some((source) => isMap(volume[source])));
}

function typeOf(volumes: ReadonlyMap<string, Fields>, standing: Standing): MountPoint['type'] {
  if ('mount' in standing) return isFileMount(volumes.get(standing.mount.name), standing.mount) ? 'File' : 'Directory';
  const { from } = standing.target.share;
  const isFile = from?.type === 'File' || (from !== undefined && from.type === undefined && looksLikeFile(from.path));
  return isFile ? 'File' : 'Directory';
}

/** A key of a ConfigMap or Secret that is mounted by itself, or a file of the node. */
export function isFileMount(volume: Fields | undefined, { subPath }: Mount): boolean {
  if (subPath === undefined) return ['File', 'FileOrCreate', 'Socket'].includes(String(fieldAt(volume, 'hostPath', 'type')));
  const sources = [volume?.configMap, volume?.secret, volume?.downwardAPI, volume?.projected].filter(isMap);
  if (sources.length === 0) return false;
  return !itemPaths(volume).some((path) => path.startsWith(`${subPath}/`));
}

/** Paths that keys of a ConfigMap, Secret or the like are mounted at, where the volume names them. */
export function itemPaths(volume: Fields | undefined): string[] {
  const sources = [volume, ...listOf(fieldAt(volume, 'projected', 'sources'))];
  return sources.flatMap((source) => [
    ...['configMap', 'secret', 'downwardAPI'].flatMap((kind) =>
      textsOf(listOf(fieldAt(source, kind, 'items')).map((item) => textOf(fieldAt(item, 'path')))),
    ),
    ...textsOf([fieldAt(source, 'serviceAccountToken', 'path')]),
  ]);
}
