/**
 * The init containers of copies: first the tool puts itself into a volume, then each source image runs it from there. Where image volumes are known to work the
 * tool's image is that volume, and a start is a second shorter, as the kubelet looks only once a second whether an init container has ended. They stand before all
 * others, so that init containers and native sidecars of the user may be consumers too; once in place they stay where they are, as other webhooks put theirs in front
 * as well.
 */
import { fieldAt, isMap, listOf } from '../objects/fields.ts';
import { chooseMode } from './choose.ts';
import { copyContainer, toolContainer } from './injected.ts';
import { ownDirectory, seedContainer, shareOfVolume, shareVolume, toolPath } from './names.ts';
import type { Share, ShareSettings } from './share.ts';
import type { Fields } from './spec.ts';

export function withInitContainers(spec: Fields, shares: readonly Share[], settings: ShareSettings): Fields {
  const copies = shares.filter((share) => chooseMode(share, settings).mode === 'copy');
  const named = new Set(shares.map(({ name }) => shareVolume(name)));
  const before = listOf(spec.initContainers);
  const fresh = new Map(copies.map((share) => [shareVolume(share.name), copyContainer(spec, share)]));
  const kept = before.flatMap((container) => {
    const name = isMap(container) ? String(container.name) : '';
    if (!named.has(name) || !isOurs(container)) return [container];
    const replacement = fresh.get(name);
    fresh.delete(name);
    return replacement ? [replacement] : [];
  });
  const lastOfOurs = kept.findLastIndex(isOurs);
  const all = kept.toSpliced(lastOfOurs + 1, 0, ...fresh.values());
  const initContainers = inOrder(withTool(all, spec, copies, settings), shares);
  if (initContainers.length === 0) {
    const { initContainers: _, ...rest } = spec;
    return before.length === 0 ? spec : rest;
  }
  return { ...spec, initContainers };
}

/** True for an init container that we added. */
export function isOurs(container: unknown): boolean {
  return isTool(container) || isCopy(container);
}

/** Whether one of them puts the tool into its volume. */
export function hasToolContainer(spec: Fields): boolean {
  return listOf(spec.initContainers).some(isTool);
}

/** Whether any copy needs the volume with the tool. */
export function neededTools(spec: Fields): boolean {
  return listOf(spec.initContainers).some(isCopy);
}

function isTool(container: unknown): boolean {
  const [program, verb] = listOf(fieldAt(container, 'command'));
  return fieldAt(container, 'name') === seedContainer && program === '/seed' && verb === 'install';
}

function isCopy(container: unknown): boolean {
  const [program, verb, , target] = listOf(fieldAt(container, 'command'));
  const named = shareOfVolume(String(fieldAt(container, 'name'))) !== undefined;
  return named && program === toolPath && verb === 'copy' && String(target).startsWith(ownDirectory);
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
 * Whether the tool comes as an image volume. Who asks for mode copy by name gets what works on every node; and so does who has done so before, for the same Pod.
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
