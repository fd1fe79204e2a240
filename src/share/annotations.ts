/**
 * Reads shares from the annotations of a Pod: the key contains the name (`share.bookend.dev/web`), the value the line.
 * The admission webhook uses it.
 */
import { isCode } from '../errors.ts';
import type { Problem } from '../objects/validate.ts';
import { firstReasons, shareLimits } from './limits.ts';
import { parseShare, printShare } from './notation.ts';
import type { Places, Share } from './share.ts';

/** Label `"true"` on a Pod: the admission webhook looks at its annotations. */
export const injectLabel = 'share.bookend.dev/inject';

export const shareAnnotationPrefix = 'share.bookend.dev/';

/**
 * In the order of their names, so that the order of annotations does not matter; what is not a share is a problem with
 * its annotation's path. Too many or too long ones are refused before any is read.
 */
export function sharesInAnnotations(annotations: Readonly<Record<string, string>>): { shares: Share[]; problems: Problem[] } {
  const keys = Object.keys(annotations)
    .filter((key) => key.startsWith(shareAnnotationPrefix))
    .sort();
  const tooMuch = tooMuchIn(keys, annotations);
  if (tooMuch) return { shares: [], problems: [{ field: 'metadata.annotations', message: tooMuch }] };
  const shares: Share[] = [];
  const problems: Problem[] = [];
  for (const key of keys) {
    try {
      shares.push(parseShare(annotations[key] ?? '', key.slice(shareAnnotationPrefix.length)));
    } catch (error) {
      if (!isCode(error, 'bad-input')) throw error;
      problems.push({ field: annotationField(key), message: error.message });
    }
  }
  return { shares, problems: firstReasons(problems) };
}

function tooMuchIn(keys: readonly string[], annotations: Readonly<Record<string, string>>): string | undefined {
  if (keys.length > shareLimits.shares) {
    return `there are ${keys.length} annotations that begin with ${shareAnnotationPrefix}, and a Pod may have at most ${shareLimits.shares} shares: share a directory above several of them, or split the Pod`;
  }
  const size = keys.reduce((sum, key) => sum + key.length + (annotations[key]?.length ?? 0), 0);
  if (size <= shareLimits.annotations) return undefined;
  return `the annotations that begin with ${shareAnnotationPrefix} have ${size} characters together, and at most ${shareLimits.annotations} are allowed: share fewer directories with fewer containers`;
}

/** The same shares as annotations. */
export function annotationsOfShares(shares: readonly Share[]): Record<string, string> {
  return Object.fromEntries(shares.map((share) => [`${shareAnnotationPrefix}${share.name}`, printShare(share, false)]));
}

/** For refusals: each share stands in its annotation. */
export function placesInAnnotations(shares: readonly Share[], metadata = 'metadata', spec = 'spec'): Places {
  return { share: (index) => annotationField(`${shareAnnotationPrefix}${shares[index]?.name ?? ''}`, metadata), spec };
}

function annotationField(key: string, metadata = 'metadata'): string {
  return `${metadata}.annotations[${key}]`;
}
