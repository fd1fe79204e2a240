/** Explains what a share becomes in a Pod template, why, and what it costs, as plain data. */
import { fieldAt, listOf } from '../objects/fields.ts';
import { arrange } from './arrange.ts';
import { imageOf } from './choose.ts';
import { notesOn } from './explain-notes.ts';
import { prepared } from './former.ts';
import { showsTool } from './init-containers.ts';
import { modelOf } from './injected.ts';
import { seedContainer, shareVolume } from './names.ts';
import { printShare } from './notation.ts';
import { resourcesOf } from './resources.ts';
import { printResources } from './resources-notation.ts';
import type { ChosenMode, Share, ShareSettings } from './share.ts';
import type { Fields } from './spec.ts';

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
  /** Shares that fill the same directory, in their order; absent for one that has it alone. */
  together?: string[];
  /** Resources of the containers that are added, in one line; absent where none are. */
  resources?: string;
  /** What else is worth knowing. */
  notes: string[];
};

/**
 * @param spec of the Pod, before or after the share was applied
 * @param all shares that are applied together with it
 */
export function explainShare(spec: Fields, share: Share, settings: ShareSettings, all: readonly Share[] = [share]): Explanation {
  const before = prepared(spec, all);
  const arrangement = arrange(before.spec, before.shares, settings);
  const arranged = arrangement.shares.find((each) => each.share === share);
  if (!arranged) throw new TypeError('the share to explain is not among all');
  const { mode, why, directory } = arranged;
  const { name, from } = share;
  const copies = arrangement.shares.filter((each) => each.mode === 'copy').map((each) => each.share);
  const shown = mode === 'copy' && showsTool(listOf(spec.initContainers), copies, settings);
  const image = from && (imageOf(spec, from) ?? String(fieldAt(from, 'image')));
  return {
    name,
    share: printShare(share),
    mode,
    why,
    ...(image !== undefined && { image }),
    mounts: directory.targets.map(({ container, path, readOnly }) => ({ container, path, readOnly })),
    volume: directory.volume,
    adds: mode === 'copy' ? [...(shown ? [] : [seedContainer]), shareVolume(name)] : [],
    ...costs(share, mode, shown),
    ...(directory.shares.length > 1 && { together: directory.shares.map((each) => each.name) }),
    ...(mode === 'copy' && { resources: printResources(resourcesOf(modelOf(spec, share), share) ?? {}) }),
    notes: notesOn(before, arrangement, arranged),
  };
}

/** @param shown whether the tool comes as an image volume */
function costs({ medium, sizeLimit }: Share, mode: ChosenMode, shown: boolean): Pick<Explanation, 'space' | 'startTime'> {
  if (mode === 'image') {
    return {
      space: 'none: the image is mounted',
      startTime: 'none, if the image is on the node',
    };
  }
  const where = `${medium === 'Memory' ? "in memory, counted against the Pod's limits" : "on the node's disk"}${sizeLimit ? `, ${sizeLimit} at most` : ''}`;
  if (mode === 'scratch') return { space: `what the containers write, ${where}`, startTime: 'none' };
  return {
    space: `the size of the source for each Pod, ${where}${shown ? '' : '; and 2 MB for the tool'}`,
    startTime: `${shown ? 'one init container' : 'two init containers'}, and the time to copy; a restart does not copy again`,
  };
}
