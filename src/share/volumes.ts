/** The volumes of shares. An existing one keeps its position; new ones follow those of the user. */
import { isMap, listOf } from '../objects/fields.ts';
import type { Arrangement } from './arrange.ts';
import { hasToolContainer, neededTools } from './init-containers.ts';
import { contentName, shareVolume, toolsVolume } from './names.ts';
import type { ChosenMode, Share, ShareSettings } from './share.ts';
import { cleanPath, containerNamed, type Fields, volumeNamed } from './spec.ts';

export function withVolumes(spec: Fields, arrangement: Arrangement, settings: ShareSettings): Fields {
  const modes = new Map(arrangement.shares.map(({ share, mode }) => [share, mode]));
  const wanted = new Map<string, Fields>(
    arrangement.directories.flatMap(({ volume, shares: [first] }) =>
      first ? [[volume, volumeOf(spec, volume, first, modes.get(first) ?? 'copy')]] : [],
    ),
  );
  const former = new Set(arrangement.shares.map(({ share }) => shareVolume(share.name)));
  // The init containers are in place already, and tell whether any copy needs the tool: one of a share that was there
  // before may.
  const tools = neededTools(spec) && toolsOf(spec, arrangement, settings);
  if (tools) wanted.set(toolsVolume, tools);
  const kept = listOf(spec.volumes).flatMap((volume) => {
    const name = isMap(volume) ? String(volume.name) : '';
    const ours = wanted.get(name);
    wanted.delete(name);
    // A share that now fills the directory of another needs no volume any more.
    if (!ours && (former.has(name) || name === toolsVolume)) return [];
    return [ours ?? volume];
  });
  return { ...spec, volumes: [...kept, ...wanted.values()] };
}

/** Filled by the tool's container where there is one, or else the tool's image itself. */
function toolsOf(spec: Fields, { shares }: Arrangement, settings: ShareSettings): Fields | undefined {
  if (hasToolContainer(spec)) return { name: toolsVolume, emptyDir: {} };
  const copies = shares.some(({ mode }) => mode === 'copy');
  return copies ? { name: toolsVolume, image: { reference: settings.seedImage } } : volumeNamed(spec, toolsVolume);
}

function volumeOf(spec: Fields, name: string, { from, medium, sizeLimit }: Share, mode: ChosenMode): Fields {
  if (mode === 'image' && from) return { name, image: imageOf(spec, from) };
  return { name, emptyDir: { ...(medium && { medium }), ...(sizeLimit !== undefined && { sizeLimit }) } };
}

function imageOf(spec: Fields, from: NonNullable<Share['from']>): Fields {
  if ('image' in from) return { reference: from.image };
  const source = containerNamed(spec, from.container)?.container;
  const pullPolicy = source?.imagePullPolicy;
  return { reference: source?.image, ...(pullPolicy !== undefined && { pullPolicy }) };
}

/** The part of the volume that consumers see: absent for all of it. */
export function subPathOf({ from }: Share, mode: ChosenMode): string | undefined {
  if (mode === 'copy') return contentName;
  return mode === 'image' && from ? cleanPath(from.path).slice(1) || undefined : undefined;
}
