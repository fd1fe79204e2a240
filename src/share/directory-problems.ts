/** What keeps several shares from filling one directory. */
import type { Problem } from '../objects/validate.ts';
import type { Arrangement } from './arrange.ts';
import type { PlaceOf } from './place-of.ts';
import type { Share, Source } from './share.ts';
import { cleanPath } from './spec.ts';
import { namedTargets, placeOf as placeOfTarget } from './targets.ts';

export function directoryProblems({ directories }: Arrangement, placeOf: PlaceOf): Problem[] {
  return directories.filter(({ shares }) => shares.length > 1).flatMap(({ shares }) => problemsOf(shares, placeOf));
}

function problemsOf(shares: readonly Share[], placeOf: PlaceOf): Problem[] {
  const [first] = shares;
  const access = new Map<string, { readOnly: boolean; share: Share }>();
  const sources = new Map<string, Share>();
  return shares.flatMap((share): Problem[] => {
    const problems: Problem[] = [];
    const add = (field: string, message: string) => problems.push({ field: placeOf(share, field), message });
    const { from } = share;
    if (from?.type === 'File') {
      add(
        'from.type',
        `${from.path} is a file, and only directories can fill one directory together: give it a path of its own, such as ${suggested(share)}`,
      );
    }
    const twin = from && sources.get(sourceKey(from));
    if (twin) add('from', `share ${twin.name} brings the same files to the same directory: leave one of the two out`);
    if (from) sources.set(sourceKey(from), share);
    if (first && share !== first) {
      for (const option of ['medium', 'sizeLimit'] as const) {
        if (share[option] !== undefined && share[option] !== first[option])
          add(option, `the volume is that of share ${first.name}, which fills the same directory before: give ${option} there`);
      }
    }
    for (const target of namedTargets(share)) {
      const other = access.get(placeOfTarget(target));
      if (!other) access.set(placeOfTarget(target), { readOnly: target.readOnly, share });
      else if (other.share !== share && other.readOnly !== target.readOnly) {
        const [reader, writer] = other.readOnly ? [other.share, share] : [share, other.share];
        add(
          target.field.replace(/path$/, 'readOnly'),
          `container ${target.container} only reads ${target.path} in share ${reader.name}, and writes to it in share ${writer.name}: write the same in both`,
        );
      }
    }
    return problems;
  });
}

function sourceKey(from: Source): string {
  return `${'image' in from ? `image ${from.image}` : `container ${from.container}`} ${cleanPath(from.path)}`;
}

function suggested({ from, to }: Share): string {
  const [consumer] = to;
  return cleanPath(`${consumer?.path ?? ''}/${from?.path.split('/').at(-1) ?? ''}`);
}
