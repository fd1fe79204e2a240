/** Which mode a share gets where the user leaves it to us, and why, in words. */
import type { ChosenMode, Share, ShareSettings } from './share.ts';

export type Choice = { mode: ChosenMode; why: string };

/** Whether the mode is possible at all is for `refusals.ts` to say. */
export function chooseMode({ from, to, mode = 'auto', medium, sizeLimit }: Share, { imageVolumes }: ShareSettings): Choice {
  if (mode !== 'auto') return { mode, why: 'it was asked for' };
  if (!from) return { mode: 'scratch', why: 'it has no source, so it begins empty' };
  const writer = to.find(({ readOnly }) => !readOnly);
  if (writer) return { mode: 'copy', why: `container ${writer.container} writes to it, and an image volume can only be read` };
  if (medium || sizeLimit !== undefined)
    return { mode: 'copy', why: 'medium and sizeLimit are for copies; an image volume has neither' };
  if (from.type === 'File') return { mode: 'copy', why: 'an image volume can only show a directory, and the source is a file' };
  if (from.type === undefined && looksLikeFile(from.path)) {
    return {
      mode: 'copy',
      why: `${from.path} looks like a file, and an image volume can only show a directory (type: Directory says that it is one)`,
    };
  }
  if (!imageVolumes.known) return { mode: 'copy', why: imageVolumes.reason };
  return { mode: 'image', why: 'everybody only reads, and the nodes of the cluster are known to support image volumes' };
}

/** A name with an ending that directories do not have: `nginx.conf`, `app.jar`, but not `conf.d`, `.config` or `python3.12`. */
export function looksLikeFile(path: string): boolean {
  return /[^/]\.(?!d$)[A-Za-z][A-Za-z0-9]{0,7}$/.test(path);
}

/** Whether it depends on what the nodes can do how the share is made: its mode, or how its copy gets the tool. */
export function dependsOnNodes({ from, mode = 'auto' }: Share): boolean {
  return from !== undefined && mode === 'auto';
}
