/**
 * Adds the shares of its annotations to a labelled Pod, with the same function as ClusterOperators and the command
 * line.
 */
import { fieldAt, mapOf, textMapOf } from '../../objects/fields.ts';
import { injectLabel, placesInAnnotations, shareAnnotationPrefix, sharesInAnnotations } from '../../share/annotations.ts';
import { applyShares } from '../../share/apply.ts';
import { refusalsOf } from '../../share/refusals.ts';
import type { ShareSettings } from '../../share/share.ts';
import type { Verdict } from './review.ts';

/**
 * Applied to a Pod that has its shares already it changes nothing, so that being asked again (`reinvocationPolicy:
 * IfNeeded`) does no harm.
 *
 * @param pod as the API server sends it, with the label
 */
export function admit(pod: Record<string, unknown>, settings: ShareSettings): Verdict {
  const { shares, problems } = sharesInAnnotations(textMapOf(fieldAt(pod, 'metadata', 'annotations')));
  if (problems.length > 0) return { refused: problems };
  // Most likely a mistyped annotation: a Pod that asks for shares is not started without any.
  if (shares.length === 0) return { refused: [{ field: `metadata.labels[${injectLabel}]`, message: nothingToShare }] };
  const template = { ...pod, spec: mapOf(pod.spec) };
  const places = placesInAnnotations(shares);
  const refused = refusalsOf(template, shares, settings, places);
  return refused.length > 0 ? { refused } : { object: applyShares(template, shares, settings, places) };
}

const nothingToShare = `asks for shares, and no annotation names one; write for example ${shareAnnotationPrefix}cache: "app:/cache, worker:/cache", or take the label away`;
