/** What becomes of a share in a Pod template, why, and what it costs: plain data that a person or a program is shown. */
import { fieldAt, listOf } from '../objects/fields.ts';
import { chooseMode } from './choose.ts';
import { showsTool } from './init-containers.ts';
import { seedContainer, shareVolume } from './names.ts';
import { printShare } from './notation.ts';
import type { ChosenMode, Share, ShareSettings } from './share.ts';
import { cleanPath, containerNamed, type Fields, isWithin, mountsOf } from './spec.ts';
import { targetsOf } from './targets.ts';

export type Explanation = {
  name: string;
  /** The share in one line. */
  share: string;
  mode: ChosenMode;
  why: string;
  /** The reference of the image that the files come from. */
  image?: string;
  mounts: { container: string; path: string; readOnly: boolean }[];
  volume: string;
  /** Init containers that are added. */
  adds: string[];
  /** What it costs. */
  space: string;
  startTime: string;
  /** What else is worth knowing. */
  notes: string[];
};

/** @param spec of the Pod, before or after the share was applied */
export function explainShare(spec: Fields, share: Share, settings: ShareSettings): Explanation {
  const { mode, why } = chooseMode(share, settings);
  const { name, from } = share;
  const shown = mode === 'copy' && showsTool(listOf(spec.initContainers), [share], settings);
  const image = from && ('image' in from ? from.image : String(containerNamed(spec, from.container)?.container.image));
  return {
    name,
    share: printShare(share),
    mode,
    why,
    ...(image !== undefined && { image }),
    mounts: targetsOf(share, mode).map(({ container, path, readOnly }) => ({ container, path, readOnly })),
    volume: shareVolume(name),
    adds: mode === 'copy' ? [...(shown ? [] : [seedContainer]), shareVolume(name)] : [],
    ...costs(share, mode, shown),
    notes: notesOn(spec, share, mode),
  };
}

/** @param shown whether the tool comes as an image volume */
function costs({ medium, sizeLimit }: Share, mode: ChosenMode, shown: boolean): Pick<Explanation, 'space' | 'startTime'> {
  if (mode === 'image') {
    return {
      space: 'none: the image is shown as it was pulled',
      startTime: 'none once the image is on the node, whatever its size',
    };
  }
  const where = `${medium === 'Memory' ? "in memory, counted against the Pod's limits" : "on the node's disk"}${sizeLimit ? `, ${sizeLimit} at most` : ''}`;
  if (mode === 'scratch') return { space: `what the containers write, ${where}`, startTime: 'none' };
  return {
    space: `the size of the source once for each Pod, ${where}${shown ? '' : '; and 2 MB for the tool'}`,
    startTime: `${shown ? 'one init container' : 'two init containers'}, and the time to copy; one that finds its copy complete and unchanged copies nothing`,
  };
}

function notesOn(spec: Fields, share: Share, mode: ChosenMode): string[] {
  const { from, to } = share;
  if (!from) return [];
  const notes: string[] = [];
  const mounted = targetsOf(share, mode).find(({ field }) => field === 'from.path');
  if (mounted) notes.push(`container ${mounted.container} gets the copy at ${mounted.path} too, so that all see what is written`);
  const source = 'container' in from ? containerNamed(spec, from.container)?.container : undefined;
  const below = source ? mountsOf(source).filter(({ mountPath }) => isWithin(mountPath, cleanPath(from.path))) : [];
  for (const { name, mountPath } of below.filter(({ name }) => name !== shareVolume(share.name))) {
    notes.push(`what volume ${name} brings to ${mountPath} is not of the image and not shared`);
  }
  if (mode === 'copy' && source && fieldAt(source, 'imagePullPolicy') === 'Always') {
    notes.push('imagePullPolicy Always: with a tag that moves, the copy and the container may come from different images');
  }
  if (mode === 'copy' && share.medium === 'Memory' && share.sizeLimit === undefined) {
    notes.push('without sizeLimit the copy may take all memory that the Pod may have');
  }
  if (mode === 'copy' && to.some(({ readOnly }) => !readOnly)) {
    notes.push('what is written lasts as long as the Pod: a new Pod begins with the image again');
  }
  return notes;
}
