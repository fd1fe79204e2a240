/** Where a share is mounted: at each consumer, and for a copy that somebody writes to also in the source container, so that all see one directory. */
import type { ChosenMode, Share } from './share.ts';
import { cleanPath } from './spec.ts';

export type Target = {
  container: string;
  path: string;
  readOnly: boolean;
  /** Below the share. */
  field: string;
};

export function targetsOf({ from, to }: Share, mode: ChosenMode): Target[] {
  const targets = to.map(({ container, path, readOnly = false }, index): Target => {
    return { container, path: cleanPath(path), readOnly, field: `to[${index}].path` };
  });
  if (mode !== 'copy' || !from || !('container' in from) || targets.every(({ readOnly }) => readOnly)) return targets;
  const path = cleanPath(from.path);
  const named = targets.some((target) => target.container === from.container && target.path === path);
  return named ? targets : [...targets, { container: from.container, path, readOnly: false, field: 'from.path' }];
}
