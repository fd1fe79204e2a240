/**
 * Where a share is mounted: in each consumer and, for a copy that a consumer writes to, in the source container.
 */
import type { Share } from './share.ts';
import { cleanPath } from './spec.ts';

export type Target = {
  container: string;
  path: string;
  readOnly: boolean;
  /** Below the share. */
  field: string;
};

/** Those that the share names. */
export function namedTargets({ to }: Share): Target[] {
  return to.map(({ container, path, readOnly = false }, index): Target => {
    return { container, path: cleanPath(path), readOnly, field: `to[${index}].path` };
  });
}

/** The source's own place, where a copy is written to and the share does not name it. */
export function sourceTarget({ from, to }: Share): Target | undefined {
  if (!from || !('container' in from) || to.every(({ readOnly }) => readOnly)) return undefined;
  const path = cleanPath(from.path);
  const isNamed = to.some((each) => each.container === from.container && cleanPath(each.path) === path);
  return isNamed ? undefined : { container: from.container, path, readOnly: false, field: 'from.path' };
}

/** The same for two targets at one place. A container's name has no slash, and a path begins with one. */
export function placeOf({ container, path }: Pick<Target, 'container' | 'path'>): string {
  return `${container}${path}`;
}
