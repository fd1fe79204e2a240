/**
 * Mounts below others that no container could start with: nobody can make a directory in a file, or in what is only
 * read.
 */
import { isMap } from '../objects/fields.ts';
import type { Problem } from '../objects/validate.ts';
import type { Arrangement } from './arrange.ts';
import { mostReasons, shortened } from './limits.ts';
import type { PlaceOf } from './place-of.ts';
import type { ChosenMode, Share } from './share.ts';
import { type Fields, segmentsOf, volumesOf } from './spec.ts';
import { isFileMount, itemPaths, type Standing } from './standings.ts';

const enough = 5 * mostReasons;

export function nestedProblems(spec: Fields, { shares, standings }: Arrangement, placeOf: PlaceOf): Problem[] {
  const modes = new Map<Share, ChosenMode>(shares.map(({ share, mode }) => [share, mode]));
  const volumes = volumesOf(spec);
  const problems: Problem[] = [];
  for (const { container, all, tree } of standings) {
    for (const inner of all) {
      for (const outer of tree.nearestAbove(inner.path).slice(0, 1)) {
        const owner = [inner, outer].flatMap((each) =>
          'target' in each && modes.has(each.target.share) ? [each.target] : [],
        )[0];
        const reason = owner && reasonAgainst(inner, outer, modes, volumes);
        if (!owner || !reason) continue;
        problems.push({ field: placeOf(owner.share, owner.field), message: `in container ${container} ${reason}` });
        if (problems.length >= enough) return problems;
      }
    }
  }
  return problems;
}

function reasonAgainst(
  inner: Standing,
  outer: Standing,
  modes: ReadonlyMap<Share, ChosenMode>,
  volumes: ReadonlyMap<string, Fields>,
): string | undefined {
  const lies = `${shortened(inner.path)} lies below ${shortened(outer.path)}`;
  if ('target' in outer) {
    const { name, from } = outer.target.share;
    if (from?.type === 'File') return `${lies}, where share ${name} has a file: nothing can be mounted in a file`;
    const isEmpty = (modes.get(outer.target.share) ?? (from ? 'copy' : 'scratch')) === 'scratch';
    if (!outer.readOnly || !isEmpty) return undefined;
    return `${lies}, which is empty and only read there (share ${name}), so that nobody can make a directory to mount it at: let the container write to ${outer.path}`;
  }
  const { mount } = outer;
  const volume = volumes.get(mount.name);
  const what = `volume ${shortened(mount.name)}`;
  if (isFileMount(volume, mount)) return `${lies}, where ${what} has a file: nothing can be mounted in a file`;
  const isFixed = ['configMap', 'secret', 'downwardAPI', 'projected'].some((source) => isMap(volume?.[source]));
  if (!isFixed) return undefined;
  const relative = segmentsOf(inner.path).slice(segmentsOf(outer.path).length).join('/');
  if (itemPaths(volume).some((path) => path === relative || path.startsWith(`${relative}/`))) return undefined;
  return `${lies}, and Kubernetes cannot make a directory in ${what} to mount it at, as that is always read-only: mount the share beside it`;
}
