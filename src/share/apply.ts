/**
 * Adds shares to a Pod template. ClusterOperator, admission webhook and command line all use this function. Pure: it
 * does not change its input, unaffected parts of the result are the same values, and the same input gives the same
 * output.
 */
import { type Arrangement, arrange } from './arrange.ts';
import { prepared } from './former.ts';
import { withInitContainers } from './init-containers.ts';
import { withMounts } from './mounts.ts';
import { refuse } from './refusals.ts';
import { type Places, placesIn, type Share, type ShareSettings, type Template } from './share.ts';
import type { Fields } from './spec.ts';
import { withVolumes } from './volumes.ts';

/**
 * Applying the same shares to the result changes nothing; a share of the same name, or one that is seen at the same
 * places, takes the place of the one before; other shares stay.
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
  const { spec, shares: all } = prepared(template.spec, shares);
  const arrangement = arrange(spec, all, settings);
  const parts: ((spec: Fields, arrangement: Arrangement, settings: ShareSettings) => Fields)[] = [
    withInitContainers,
    withMounts,
    withVolumes,
  ];
  return { ...template, spec: parts.reduce((each, part) => part(each, arrangement, settings), spec) };
}

/**
 * Names of shares in the template that make way for these: those that were seen at the same places under another
 * name.
 */
export function replacedShares({ spec }: Template, shares: readonly Share[]): readonly string[] {
  return prepared(spec, shares).replaced;
}
