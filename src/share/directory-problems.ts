/** Why several shares cannot fill the same directory. */
import type { Problem } from '../objects/validate.ts';
import type { Arrangement } from './arrange.ts';
import type { PlaceOf, Share, Source } from './share.ts';
import { cleanPath } from './spec.ts';
import { namedTargets, placeOf as placeOfTarget } from './targets.ts';

export function directoryProblems({ directories }: Arrangement, placeOf: PlaceOf): Problem[] {
  return directories.filter(({ shares }) => shares.length > 1).flatMap(({ shares }) => problemsOf(shares, placeOf));
}

function problemsOf(shares: readonly Share[], placeOf: PlaceOf): Problem[] {
  const seen: Seen = { first: shares[0], access: new Map(), sources: new Map() };
  return shares.flatMap((share) => {
    const problems = [...sourceProblems(share, seen), ...volumeProblems(share, seen), ...accessProblems(share, seen)];
    return problems.map(({ field, message }) => ({ field: placeOf(share, field), message }));
  });
}

/** The shares of the directory that were looked at before. */
type Seen = {
  first: Share | undefined;
  access: Map<string, { readOnly: boolean; share: Share }>;
  sources: Map<string, Share>;
};

function sourceProblems(share: Share, { sources }: Seen): Problem[] {
  const { from } = share;
  if (!from) return [];
  const problems: Problem[] = [];
  if (from.type === 'File') {
    const message = `${from.path} is a file, but several shares of one directory need directories as sources. Use another target path, such as ${suggested(share)}`;
    problems.push({ field: 'from.type', message });
  }
  const twin = sources.get(sourceKey(from));
  if (twin)
    problems.push({
      field: 'from',
      message: `share ${twin.name} copies the same files to the same directory: remove one of them`,
    });
  sources.set(sourceKey(from), share);
  return problems;
}

function volumeProblems(share: Share, { first }: Seen): Problem[] {
  if (!first || share === first) return [];
  return (['medium', 'sizeLimit'] as const)
    .filter((option) => share[option] !== undefined && share[option] !== first[option])
    .map((field) => ({
      field,
      message: `share ${first.name} defines the volume of this directory: set ${field} there`,
    }));
}

function accessProblems(share: Share, { access }: Seen): Problem[] {
  return namedTargets(share).flatMap((target): Problem[] => {
    const other = access.get(placeOfTarget(target));
    if (!other) access.set(placeOfTarget(target), { readOnly: target.readOnly, share });
    if (!other || other.share === share || other.readOnly === target.readOnly) return [];
    const [reader, writer] = other.readOnly ? [other.share, share] : [share, other.share];
    const message = `container ${target.container} reads ${target.path} in share ${reader.name} and writes to it in share ${writer.name}: use :ro in both or in none`;
    return [{ field: target.field.replace(/path$/, 'readOnly'), message }];
  });
}

function sourceKey(from: Source): string {
  return `${'image' in from ? `image ${from.image}` : `container ${from.container}`} ${cleanPath(from.path)}`;
}

function suggested({ from, to }: Share): string {
  const [consumer] = to;
  return cleanPath(`${consumer?.path ?? ''}/${from?.path.split('/').at(-1) ?? ''}`);
}
