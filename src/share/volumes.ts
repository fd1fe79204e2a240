/** The volumes of shares. One that is there already keeps its place; new ones stand behind those of the user. */
import { isMap, listOf } from '../objects/fields.ts';
import { chooseMode } from './choose.ts';
import { hasToolContainer, neededTools } from './init-containers.ts';
import { contentName, shareVolume, toolsVolume } from './names.ts';
import type { Share, ShareSettings } from './share.ts';
import { cleanPath, containerNamed, type Fields, volumeNamed } from './spec.ts';

export function withVolumes(spec: Fields, shares: readonly Share[], settings: ShareSettings): Fields {
  const wanted = new Map<string, Fields>(shares.map((share) => [shareVolume(share.name), volumeOf(spec, share, settings)]));
  // The init containers are in place already, and tell whether any copy needs the tool: one of a share that was there before may.
  const tools = neededTools(spec) && toolsOf(spec, shares, settings);
  if (tools) wanted.set(toolsVolume, tools);
  const kept = listOf(spec.volumes).flatMap((volume) => {
    const name = isMap(volume) ? String(volume.name) : '';
    const ours = wanted.get(name);
    wanted.delete(name);
    return name === toolsVolume && !tools ? [] : [ours ?? volume];
  });
  return { ...spec, volumes: [...kept, ...wanted.values()] };
}

/** Filled by the tool's container where there is one, or else the tool's image itself. */
function toolsOf(spec: Fields, shares: readonly Share[], settings: ShareSettings): Fields | undefined {
  if (hasToolContainer(spec)) return { name: toolsVolume, emptyDir: {} };
  const copies = shares.some((share) => chooseMode(share, settings).mode === 'copy');
  return copies ? { name: toolsVolume, image: { reference: settings.seedImage } } : volumeNamed(spec, toolsVolume);
}

function volumeOf(spec: Fields, share: Share, settings: ShareSettings): Fields {
  const name = shareVolume(share.name);
  const { mode } = chooseMode(share, settings);
  if (mode === 'image' && share.from) return { name, image: imageOf(spec, share.from) };
  return {
    name,
    emptyDir: {
      ...(share.medium && { medium: share.medium }),
      ...(share.sizeLimit !== undefined && { sizeLimit: share.sizeLimit }),
    },
  };
}

function imageOf(spec: Fields, from: NonNullable<Share['from']>): Fields {
  if ('image' in from) return { reference: from.image };
  const source = containerNamed(spec, from.container)?.container;
  const pullPolicy = source?.imagePullPolicy;
  return { reference: source?.image, ...(pullPolicy !== undefined && { pullPolicy }) };
}

/** The part of the volume that consumers see: absent for all of it. */
export function subPathOf(share: Share, settings: ShareSettings): string | undefined {
  const { mode } = chooseMode(share, settings);
  if (mode === 'copy') return contentName;
  return mode === 'image' && share.from ? cleanPath(share.from.path).slice(1) || undefined : undefined;
}
