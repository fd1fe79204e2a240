/**
 * Shares in a Pod template: the one function behind ClusterOperator, the admission webhook and the command line. Pure: nothing that is handed in
 * is changed, parts that no share concerns are the very same values in the result, and the same input gives the same output.
 */
import { withInitContainers } from './init-containers.ts';
import { withMounts } from './mounts.ts';
import { refuse } from './refusals.ts';
import { type Places, placesIn, type Share, type ShareSettings, type Template } from './share.ts';
import { withVolumes } from './volumes.ts';

/**
 * Applying the same shares to the result changes nothing; a share of the same name takes the place of the one before; other shares stay.
 *
 * @throws BookendError `bad-input` with every reason in the message and the field of the first; see `refusalsOf`
 */
export function applyShares<T extends Template>(
  template: T,
  shares: readonly Share[],
  settings: ShareSettings,
  places: Places = placesIn('share', 'spec'),
): T {
  if (shares.length === 0) return template;
  refuse(template, shares, settings, places);
  // Annotations have no order: so that all give the same template, the order in which shares are written does not matter anywhere.
  const inOrder = shares.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const parts = [withInitContainers, withMounts, withVolumes];
  return { ...template, spec: parts.reduce((spec, part) => part(spec, inOrder, settings), template.spec) };
}
