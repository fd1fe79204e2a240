/**
 * Selects the mode of a share that names none, with the reason. `auto` never selects a mode with which a Pod might not
 * start.
 */
import { copyOptionOf } from './options.ts';
import type { ChosenMode, Share, ShareSettings, Source } from './share.ts';
import { cleanPath, containerNamed, type Fields } from './spec.ts';

export type Choice = { mode: ChosenMode; why: string };

/** What a share cannot know by itself. */
export type Company = {
  /** Another share that fills the same directory. */
  sharesWith?: string | undefined;
  /** What is mounted below a place where the share can only be read: its mount point must exist. */
  mountedBelow?: string | undefined;
};

/** Whether the mode is possible at all is for `refusals.ts` to say. */
export function chooseMode(
  spec: Fields,
  share: Share,
  settings: ShareSettings,
  { sharesWith, mountedBelow }: Company = {},
): Choice {
  const { from, to, mode = 'auto' } = share;
  if (mode !== 'auto') return { mode, why: 'it was asked for' };
  if (!from) return { mode: 'scratch', why: 'it has no source, so it starts empty' };
  const writer = to.find(({ readOnly }) => !readOnly);
  if (writer) return { mode: 'copy', why: `container ${writer.container} writes to it, and an image volume is read-only` };
  const option = copyOptionOf(share);
  if (option) return { mode: 'copy', why: `${option} does not apply to an image volume` };
  if (sharesWith !== undefined) return { mode: 'copy', why: `share ${sharesWith} has the same directory` };
  if (mountedBelow !== undefined)
    return { mode: 'copy', why: `${mountedBelow} is mounted below it, and only a copy can contain the mount point` };
  if (from.type === 'File') return { mode: 'copy', why: 'an image volume can only mount a directory, and the source is a file' };
  if (!settings.imageVolumes.known) return { mode: 'copy', why: settings.imageVolumes.reason };
  const doubt = whyPerhapsFile(spec, from, settings);
  if (doubt) return { mode: 'copy', why: doubt };
  return {
    mode: 'image',
    why: `everybody only reads, ${directoryBecause(from)}, and the nodes of the cluster are known to support image volumes`,
  };
}

/** An image volume of a file never starts, and no name tells a directory from a program. */
function whyPerhapsFile(spec: Fields, from: Source, { directories }: ShareSettings): string | undefined {
  if (saysDirectory(from)) return undefined;
  const image = imageOf(spec, from);
  if (image !== undefined && directories?.has(directoryKey(image, from.path))) return undefined;
  return `${from.path} is not known to be a directory, and an image volume can only mount a directory (add type=Directory, or a "/" at the end of the path)`;
}

function directoryBecause(from: Source): string {
  return saysDirectory(from) ? 'the source is a directory' : 'a test Pod has found that the source is a directory';
}

/** Whether who wrote the source says that it is a directory. */
export function saysDirectory({ path, type }: Source): boolean {
  return type === 'Directory' || (type === undefined && path.endsWith('/'));
}

/** What `ShareSettings.directories` holds. */
export function directoryKey(image: string, path: string): string {
  return `${image} ${cleanPath(path)}`;
}

/** The image that a source is in. */
export function imageOf(spec: Fields, from: Source): string | undefined {
  if ('image' in from) return from.image;
  const image = containerNamed(spec, from.container)?.container.image;
  return typeof image === 'string' ? image : undefined;
}

/**
 * A name with an ending that directories do not have: `nginx.conf`, `app.jar`, but not `conf.d`, `.config` or
 * `python3.12`. Good enough for words.
 */
export function looksLikeFile(path: string): boolean {
  return /[^/]\.(?!d$)[A-Za-z][A-Za-z0-9]{0,7}$/.test(path);
}

/** Whether it depends on what the nodes can do how the share is made: its mode, or how its copy gets the tool. */
export function dependsOnNodes({ from, mode = 'auto' }: Share): boolean {
  return from !== undefined && mode === 'auto';
}
