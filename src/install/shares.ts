/** Shares of a component, in the Pod templates of its workloads. */

import { BookendError } from '../errors.ts';
import type { WrittenShare } from '../resource/share.ts';
import type { Share, ShareSettings, Source } from '../share/share.ts';
import { type Candidate, shareAmong } from '../share/workloads.ts';

/**
 * @param list where the shares stand: `spec.components[0].share`
 * @throws BookendError `bad-input` with the field
 */
export function withSharesOfComponent<T extends Candidate>(
  objects: readonly T[],
  written: readonly WrittenShare[],
  settings: ShareSettings,
  list: string,
): T[] {
  const placeOf = (index: number, field: string) => `${list}[${index}]${field && `.${field}`}`;
  const shares = written.map(({ from, ...share }, index): Share => {
    return { ...share, ...(from && { from: sourceOf(from, placeOf(index, 'from')) }) };
  });
  const changed = shareAmong(objects, shares, settings, placeOf);
  return objects.map((each, index) => ({ ...each, object: changed[index] ?? each.object }));
}

function sourceOf(from: NonNullable<WrittenShare['from']>, field: string): Source {
  const { container, image, ...rest } = from;
  if (container !== undefined && image === undefined) return { container, ...rest };
  if (image !== undefined && container === undefined) return { image, ...rest };
  throw new BookendError('bad-input', `${field}: either container or image must be given, and not both`, { field });
}
