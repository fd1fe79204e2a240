/**
 * Nested mounts with which a container could not start: no mount point can be created below a file or in a read-only
 * directory.
 */
import { isMap } from '../objects/fields.ts';
import type { Problem } from '../objects/validate.ts';
import type { Arrangement } from './arrange.ts';
import { mostReasons, shortened } from './limits.ts';
import type { ChosenMode, PlaceOf, Share } from './share.ts';
import { type Fields, segmentsOf, volumesOf } from './spec.ts';
import { isFileMount, itemPaths, type Standing } from './standings.ts';

const enough = 5 * mostReasons;

export function nestedProblems(spec: Fields, { shares, standings }: Arrangement, placeOf: PlaceOf): Problem[] {
  const modes = new Map<Share, ChosenMode>(shares.map(({ share, mode }) => [share, mode]));
  const volumes = volumesOf(spec);
  const problems = standings.values().flatMap(({ container, all, tree }) =>
    all.values().flatMap((inner): Problem[] => {
      const [outer] = tree.nearestAbove(inner.path);
      const owner = [inner, outer].flatMap((each) =>
        each && 'target' in each && modes.has(each.target.share) ? [each.target] : [],
      )[0];
      const reason = outer && owner && reasonAgainst(inner, outer, modes, volumes);
      if (!owner || !reason) return [];
      return [{ field: placeOf(owner.share, owner.field), message: `in container ${container} ${reason}` }];
    }),
  );
  return [...problems.take(enough)];
}

function reasonAgainst(
  inner: Standing,
  outer: Standing,
  modes: ReadonlyMap<Share, ChosenMode>,
  volumes: ReadonlyMap<string, Fields>,
): string | undefined {
  const lies = `${shortened(inner.path)} is below ${shortened(outer.path)}`;
  if ('target' in outer) {
    const { name, from } = outer.target.share;
    if (from?.type === 'File') return `${lies}, where share ${name} mounts a file, and nothing can be mounted below a file`;
    const isEmpty = (modes.get(outer.target.share) ?? (from ? 'copy' : 'scratch')) === 'scratch';
    if (!outer.readOnly || !isEmpty) return undefined;
    return `${lies}, which is empty and read-only there (share ${name}), so the runtime cannot create the mount point. Remove :ro at ${outer.path}`;
  }
  const { mount } = outer;
  const volume = volumes.get(mount.name);
  const what = `volume ${shortened(mount.name)}`;
  if (isFileMount(volume, mount)) return `${lies}, where ${what} mounts a file, and nothing can be mounted below a file`;
  const isFixed = ['configMap', 'secret', 'downwardAPI', 'projected'].some((source) => isMap(volume?.[source]));
  if (!isFixed) return undefined;
  const relative = segmentsOf(inner.path).slice(segmentsOf(outer.path).length).join('/');
  if (itemPaths(volume).some((path) => path === relative || path.startsWith(`${relative}/`))) return undefined;
  return `${lies}, and Kubernetes cannot create a mount point in ${what}, which is always read-only. Mount the share elsewhere`;
}
