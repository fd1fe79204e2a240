/** Lists the shares of a Pod template, and removes one of them. */
import { BookendError } from '../errors.ts';
import { fieldAt, isMap, listOf, textOf } from '../objects/fields.ts';
import { copyCommand, isCopy, isOurs, isTool, readCopyCommand } from './command.ts';
import type { Directory } from './directories.ts';
import { directoriesIn } from './found.ts';
import { withList, withMountPoints } from './init-containers.ts';
import { toolContainer } from './injected.ts';
import { listed } from './limits.ts';
import { withMountList } from './mounts.ts';
import { shareVolume, toolsVolume } from './names.ts';
import type { Share, Template } from './share.ts';
import type { Fields } from './spec.ts';
import { mountPointsOf, standingsOf } from './standings.ts';

/**
 * The shares that were applied to a template, in the order of their volumes. A mode that was left to us is what it
 * became.
 */
export function listShares({ spec }: Template): Share[] {
  return directoriesIn(spec).flatMap(({ shares }) => shares);
}

/**
 * The template as if the share had not been applied: other shares, and everything else, stay. Pure.
 *
 * @throws BookendError `not-found` when the template has no such share, naming those that it has
 */
export function removeShare<T extends Template>(template: T, name: string): T {
  const names = listShares(template).map((share) => share.name);
  if (!names.includes(name)) {
    const has = names.length === 0 ? 'it has none' : `it has ${listed(names)}`;
    throw new BookendError('not-found', `the Pod template has no share ${listed([name])}; ${has}`, {
      field: 'spec.volumes',
      advice: 'Pass the name of one of its shares.',
    });
  }
  return { ...template, spec: withoutShares(template.spec, new Set([name])) };
}

export function withoutShares(spec: Fields, names: ReadonlySet<string>): Fields {
  const directories = directoriesIn(spec).filter(({ shares }) => shares.some(({ name }) => names.has(name)));
  if (directories.length === 0) return spec;
  const renamed = new Map(directories.map((directory) => [directory.volume, volumeWithout(directory, names)]));
  const layers = new Map(directories.flatMap(({ shares }) => layersWithout(shares, names)));
  const parts = [
    (each: Fields) => withList(each, withoutCopies(listOf(each.initContainers), names, layers, renamed)),
    (each: Fields) => withoutMounts(each, renamed),
    (each: Fields) => withoutVolumes(each, renamed),
    withMountPointsNow,
    withToolNow,
  ];
  return parts.reduce((each, part) => part(each), spec);
}

/** What the volume is called by those that are left; undefined when none is. */
function volumeWithout({ shares }: Directory, names: ReadonlySet<string>): string | undefined {
  const left = shares.find(({ name }) => !names.has(name));
  return left && shareVolume(left.name);
}

/** By container: what is left of those that filled the directory. */
function layersWithout(shares: readonly Share[], names: ReadonlySet<string>): [string, string[]][] {
  const left = shares.map(({ name }) => name).filter((name) => !names.has(name));
  return left.map((name) => [shareVolume(name), left]);
}

type Renamed = ReadonlyMap<string, string | undefined>;

function withoutCopies(
  all: readonly unknown[],
  names: ReadonlySet<string>,
  layers: ReadonlyMap<string, string[]>,
  renamed: Renamed,
): readonly unknown[] {
  const gone = new Set([...names].map(shareVolume));
  const left = all
    .filter((container) => !(isCopy(container) && gone.has(nameOf(container))))
    .map((container) => {
      const command = readCopyCommand(container);
      const now = layers.get(nameOf(container));
      if (!command || !now || !isMap(container)) return container;
      return withMountsRenamed({ ...container, command: copyCommand({ ...command, layers: now }) }, renamed);
    });
  return left.some(isCopy) ? left : left.filter((container) => !isTool(container));
}

function withoutMounts(spec: Fields, renamed: Renamed): Fields {
  const lists = (['initContainers', 'containers'] as const).filter((list) => Array.isArray(spec[list]));
  const changed = lists.map((list) => {
    return [list, listOf(spec[list]).map((each) => (isMap(each) && !isOurs(each) ? withMountsRenamed(each, renamed) : each))];
  });
  return { ...spec, ...Object.fromEntries(changed) };
}

function withMountsRenamed(container: Fields, renamed: Renamed): Fields {
  const mounts = listOf(container.volumeMounts);
  if (!mounts.some((mount) => renamed.has(nameOf(mount)))) return container;
  return withMountList(
    container,
    mounts.flatMap((mount) => renamedOne(mount, renamed)),
  );
}

function withoutVolumes(spec: Fields, renamed: Renamed): Fields {
  const needsTools = listOf(spec.initContainers).some(isCopy);
  const volumes = listOf(spec.volumes)
    .filter((volume) => needsTools || nameOf(volume) !== toolsVolume)
    .flatMap((volume) => renamedOne(volume, renamed));
  const { volumes: _, ...rest } = spec;
  return volumes.length > 0 ? { ...spec, volumes } : rest;
}

function renamedOne(value: unknown, renamed: Renamed): unknown[] {
  if (!isMap(value) || !renamed.has(nameOf(value))) return [value];
  const name = renamed.get(nameOf(value));
  return name === undefined ? [] : [{ ...value, name }];
}

/** What was mounted below another share may be gone. */
function withMountPointsNow(spec: Fields): Fields {
  const others = directoriesIn(spec);
  const standings = standingsOf(spec, others, new Set(others.map(({ volume }) => volume)));
  const mountPoints = new Map([...mountPointsOf(spec, standings)].map(([{ volume }, { points }]) => [volume, points]));
  const initContainers = listOf(spec.initContainers).map((each) => withMountPoints(each, { others, mountPoints }));
  return withList(spec, initContainers);
}

/** The tool's container is made like the first copy, which may be gone. */
function withToolNow(spec: Fields): Fields {
  const copies = directoriesIn(spec)
    .toSorted((one, other) => (one.volume < other.volume ? -1 : 1))
    .flatMap(({ shares }) => shares.filter(({ mode }) => mode === 'copy'));
  const [first] = copies;
  if (!first) return spec;
  const now = (tool: unknown) => toolContainer(spec, first, { seedImage: String(fieldAt(tool, 'image')) });
  return withList(
    spec,
    listOf(spec.initContainers).map((each) => (isTool(each) ? now(each) : each)),
  );
}

function nameOf(value: unknown): string {
  return textOf(fieldAt(value, 'name')) ?? '';
}
