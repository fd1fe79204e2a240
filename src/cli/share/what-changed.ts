/**
 * How the shares of a workload changed: read from its Pod template before and after, so it is what really happened.
 */
import { isDeepStrictEqual } from 'node:util';
import { printShare } from '../../share/notation.ts';
import { listShares } from '../../share/remove.ts';
import type { Share } from '../../share/share.ts';

export type PodSpec = Readonly<Record<string, unknown>>;

export type ShareChange = {
  name: string;
  what: 'added' | 'changed' | 'removed' | 'unchanged';
  /** That it has now, or had. */
  mode: string;
};

export function whatChanged(before: PodSpec, after: PodSpec): ShareChange[] {
  const [old, now] = [before, after].map((spec) => new Map(listShares({ spec }).map((share) => [share.name, share])));
  const [oldShares, newShares] = [old ?? new Map<string, Share>(), now ?? new Map<string, Share>()];
  const isSame = isDeepStrictEqual(before, after);
  const kept = [...newShares.values()].map((share): ShareChange => {
    const { name } = share;
    const former = oldShares.get(name);
    const what = former === undefined ? 'added' : isSame || printShare(former) === printShare(share) ? 'unchanged' : 'changed';
    return { name, what, mode: modeOf(share) };
  });
  const gone = [...oldShares.values()].filter(({ name }) => !newShares.has(name));
  return [...kept, ...gone.map((share): ShareChange => ({ name: share.name, what: 'removed', mode: modeOf(share) }))];
}

function modeOf({ mode, from }: Share): string {
  return mode ?? (from ? 'copy' : 'scratch');
}
