/**
 * The init containers of copies. First the tool copies itself into a volume, then each source image runs it from there.
 * If image volumes are known to work, the tool's image is that volume, and the Pod starts a second sooner: the kubelet
 * checks only once a second whether an init container has ended. They run before all others, so that init containers
 * and native sidecars of the user can be consumers. Once added they keep their position, because other webhooks insert
 * theirs first too.
 */
import { fieldAt, isMap, listOf } from '../objects/fields.ts';
import type { Arrangement } from './arrange.ts';
import { copyCommand, isCopy, isOurs, isTool, readCopyCommand } from './command.ts';
import { copyContainer, toolContainer } from './injected.ts';
import { copyPath, shareVolume } from './names.ts';
import type { Share, ShareSettings } from './share.ts';
import { type Fields, mountsOf } from './spec.ts';

export function withInitContainers(spec: Fields, arrangement: Arrangement, settings: ShareSettings): Fields {
  const { shares: arranged, mountPoints } = arrangement;
  const shares = arranged.map(({ share }) => share);
  const copies = arranged.filter(({ mode }) => mode === 'copy');
  const named = new Set(shares.map(({ name }) => shareVolume(name)));
  const before = listOf(spec.initContainers);
  const fresh = new Map<string, unknown>(
    copies.map((each) => [shareVolume(each.share.name), copyContainer(spec, each, mountPoints.get(each.directory.volume) ?? [])]),
  );
  const kept = before.flatMap((container) => {
    const name = isMap(container) ? String(container.name) : '';
    if (!named.has(name) || !isOurs(container)) return [withMountPoints(container, arrangement)];
    const replacement = fresh.get(name);
    fresh.delete(name);
    return replacement ? [replacement] : [];
  });
  const lastOfOurs = kept.findLastIndex(isOurs);
  const all = layersInOrder(kept.toSpliced(lastOfOurs + 1, 0, ...fresh.values()), arrangement);
  const copied = copies.map(({ share }) => share);
  return withList(spec, inOrder(withTool(all, spec, copied, settings), shares));
}

/** The list is left out when it is empty, and as it was when nothing was in it. */
export function withList(spec: Fields, initContainers: readonly unknown[]): Fields {
  if (initContainers.length > 0) return { ...spec, initContainers };
  const { initContainers: _, ...rest } = spec;
  return listOf(spec.initContainers).length === 0 ? spec : rest;
}

/** Whether one of them puts the tool into its volume. */
export function hasToolContainer(spec: Fields): boolean {
  return listOf(spec.initContainers).some(isTool);
}

/** Whether any copy needs the volume with the tool. */
export function neededTools(spec: Fields): boolean {
  return listOf(spec.initContainers).some(isCopy);
}

/** A copy of another share gets the mount points of what is now mounted below it. */
export function withMountPoints(
  container: unknown,
  { others, mountPoints }: Pick<Arrangement, 'others' | 'mountPoints'>,
): unknown {
  const command = readCopyCommand(container);
  if (!command || !isMap(container)) return container;
  const volume = mountsOf(container).find(({ mountPath }) => mountPath === copyPath)?.name ?? '';
  const points = mountPoints.get(volume) ?? [];
  if (JSON.stringify(points) === JSON.stringify(command.mountPoints ?? [])) return container;
  // Last, as it looks at all of them: a Pod may have thousands.
  if (!others.some((directory) => directory.volume === volume)) return container;
  return { ...container, command: copyCommand({ ...command, mountPoints: points }) };
}

/** Those that fill one directory run in their order, in the places that they have together. */
function layersInOrder(all: readonly unknown[], { directories }: Arrangement): readonly unknown[] {
  const result = [...all];
  for (const { shares } of directories.filter((directory) => directory.shares.length > 1)) {
    const order = new Map(shares.map(({ name }, index) => [shareVolume(name), index]));
    const orderOf = (container: unknown) => order.get(String(fieldAt(container, 'name'))) ?? 0;
    const places = [...result.keys()].filter(
      (index) => isCopy(result[index]) && order.has(String(fieldAt(result[index], 'name'))),
    );
    const layers = places.map((index) => result[index]).toSorted((one, other) => orderOf(one) - orderOf(other));
    places.forEach((place, index) => {
      result[place] = layers[index];
    });
  }
  return result;
}

function withTool(all: readonly unknown[], spec: Fields, copies: readonly Share[], settings: ShareSettings): readonly unknown[] {
  const at = all.findIndex(isTool);
  const others = all.filter((container) => !isTool(container));
  const firstCopy = others.findIndex(isCopy);
  if (firstCopy < 0) return others;
  // Shares of another application only: theirs is right as it is.
  const [first] = copies;
  const tool = first ? (showsTool(all, copies, settings) ? undefined : toolContainer(spec, first, settings)) : all[at];
  if (tool === undefined) return others;
  return others.toSpliced(at < 0 ? firstCopy : Math.min(at, firstCopy), 0, tool);
}

/**
 * Whether the tool comes as an image volume. Who asks for mode copy by name gets what works on every node; and so
 * does who has done so before, for the same Pod.
 */
export function showsTool(all: readonly unknown[], copies: readonly Share[], { imageVolumes }: ShareSettings): boolean {
  const names = new Set(copies.map(({ name }) => shareVolume(name)));
  const isOthers = (container: unknown) => isCopy(container) && !names.has(String(fieldAt(container, 'name')));
  if (!imageVolumes.known || copies.some(({ mode = 'auto' }) => mode !== 'auto')) return false;
  return !all.some(isTool) || !all.some(isOthers);
}

/** Ours in front of all, when one of them would run after an init container that is to see its share. */
function inOrder(all: readonly unknown[], shares: readonly Share[]): readonly unknown[] {
  const consumers = new Set(shares.flatMap(({ to }) => to.map(({ container }) => container)));
  const lastOfOurs = all.findLastIndex(isOurs);
  const tooEarly = all.findIndex((container) => consumers.has(String(fieldAt(container, 'name'))));
  if (tooEarly < 0 || tooEarly > lastOfOurs) return all;
  return [...all.filter(isOurs), ...all.filter((container) => !isOurs(container))];
}
