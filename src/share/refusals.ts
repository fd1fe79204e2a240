/**
 * Finds all errors in shares, by themselves and for their Pod template, before anything changes. Each has a field and a
 * reason.
 */
import { BookendError } from '../errors.ts';
import type { Problem } from '../objects/validate.ts';
import { arrange } from './arrange.ts';
import { copyProblems } from './copy-problems.ts';
import { prepared } from './former.ts';
import { firstReasons, limitProblems } from './limits.ts';
import { mountProblems } from './mount-problems.ts';
import { type PlaceOf, type Places, placesIn, type Share, type ShareSettings, type Template } from './share.ts';
import { shareProblems } from './share-problems.ts';
import { templateProblems } from './template-problems.ts';

/** Empty when the shares can be applied; otherwise the first reasons against it. */
export function refusalsOf(
  template: Template,
  shares: readonly Share[],
  settings: ShareSettings,
  places: Places = placesIn('share', 'spec'),
): Problem[] {
  return firstReasons(allProblems(template, shares, settings, places));
}

function allProblems(template: Template, shares: readonly Share[], settings: ShareSettings, places: Places): Problem[] {
  const tooMuch = limitProblems(shares, places);
  if (tooMuch.length > 0) return tooMuch;
  const alone = shares.flatMap((share, index) =>
    shareProblems(share).map(({ field, message }) => ({ field: places.share(index, field), message })),
  );
  const first = new Map(shares.map(({ name }, index) => [name, index] as const).reverse());
  const twice = shares.flatMap(({ name }, index) =>
    first.get(name) === index
      ? []
      : [{ field: places.share(index, 'name'), message: `another share has the name ${name} too: rename one of them` }],
  );
  if (alone.length + twice.length > 0) return [...alone, ...twice];
  const before = prepared(template.spec, shares);
  const inTemplate = templateProblems(before.spec, shares, places);
  if (inTemplate.length > 0) return inTemplate;
  const arrangement = arrange(before.spec, before.shares, settings);
  const indices = new Map(shares.map((share, index) => [share, index]));
  const placeOf: PlaceOf = (share, field) => {
    const index = indices.get(share);
    return index === undefined ? `${places.spec}.volumes[${share.name}]` : places.share(index, field);
  };
  return [
    ...copyProblems(before.spec, arrangement, placeOf, places),
    ...mountProblems(before.spec, arrangement, placeOf, places),
  ];
}

/** @throws BookendError `bad-input` with every reason in the message and the field of the first */
export function refuse(template: Template, shares: readonly Share[], settings: ShareSettings, places: Places): void {
  const problems = refusalsOf(template, shares, settings, places);
  const [first] = problems;
  if (first === undefined) return;
  throw new BookendError('bad-input', problems.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    field: first.field,
    ...(places.object !== undefined && { object: places.object }),
  });
}
