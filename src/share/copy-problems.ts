/**
 * What a copy needs and the Pod does not allow. If the template does not tell, the tool tries, and reports what it may
 * not do.
 */
import { fieldAt, isMap, listOf, mapOf } from '../objects/fields.ts';
import type { Problem } from '../objects/validate.ts';
import type { Arrangement } from './arrange.ts';
import { modelOf } from './injected.ts';
import { listed } from './limits.ts';
import { foreignArchitecture, toolArchitectures } from './node-problems.ts';
import { parseOwner } from './ownership.ts';
import { lackingCapabilities, mayBeRoot } from './security.ts';
import type { PlaceOf, Places, Share } from './share.ts';
import { type Fields, securityOf } from './spec.ts';

export function copyProblems(spec: Fields, { shares }: Arrangement, placeOf: PlaceOf, places: Pick<Places, 'spec'>): Problem[] {
  const copies = shares.filter(({ mode }) => mode === 'copy').map(({ share }) => share);
  return [
    ...architectureProblems(spec, copies, places),
    ...copies.flatMap((share) => [...keepProblems(spec, share, placeOf), ...chownProblems(spec, share, placeOf)]),
  ];
}

function architectureProblems(spec: Fields, [first]: readonly Share[], places: Pick<Places, 'spec'>): Problem[] {
  const demand = first && foreignArchitecture(spec);
  if (!demand) return [];
  const built = listed(toolArchitectures);
  const message = `the Pod requires nodes of architecture ${listed(demand.values)}, and the tool that copies share ${first.name} is built for ${built}. Allow such nodes, or use an empty directory or an image volume (mode=image)`;
  return [{ field: `${places.spec}.${demand.field}`, message }];
}

function keepProblems(spec: Fields, share: Share, placeOf: PlaceOf): Problem[] {
  if (share.owners !== 'keep') return [];
  const reason = whyNoOwners(spec, share, 'all');
  if (reason === undefined) return [];
  const message = `owners=keep needs a container that runs as root and may change owners, and ${reason}. Leave out owners, or give a group access with fsGroup or chmod`;
  return [{ field: placeOf(share, 'owners'), message }];
}

function chownProblems(spec: Fields, share: Share, placeOf: PlaceOf): Problem[] {
  const owner = share.chown === undefined ? undefined : parseOwner(share.chown);
  if (!owner) return [];
  const reason = whyNoOwners(spec, share, 'CHOWN');
  if (reason === undefined) return [];
  const field = placeOf(share, 'chown');
  const user = securityOf(spec, modelOf(spec, share), 'runAsUser');
  const problems: Problem[] = [];
  if (owner.uid !== undefined && owner.uid !== user) {
    const message = `only root can change the owner of files, and ${reason}. Leave out the user, or run that container as user ${owner.uid}`;
    problems.push({ field, message });
  }
  if (owner.gid !== undefined && !groupsOf(spec, share).includes(owner.gid)) {
    const message = `only members of a group and root can change the group of files, and ${reason}. Add fsGroup: ${owner.gid} to the securityContext of the Pod`;
    problems.push({ field, message });
  }
  return problems;
}

/** Groups that the container is certainly in. */
function groupsOf(spec: Fields, share: Share): unknown[] {
  const { fsGroup, supplementalGroups } = mapOf(spec.securityContext);
  return [securityOf(spec, modelOf(spec, share), 'runAsGroup') ?? 0, fsGroup, ...listOf(supplementalGroups)];
}

/** In words what keeps the copy from changing owners, or undefined when nothing in the template does. */
function whyNoOwners(spec: Fields, share: Share, needs: 'all' | 'CHOWN'): string | undefined {
  const model = modelOf(spec, share);
  const name = String(fieldAt(model, 'name'));
  if (!mayBeRoot(spec, model)) {
    const own = mapOf(model?.securityContext);
    const fieldOf = (field: string) => (own[field] === undefined ? `the Pod has ${field}` : `container ${name} has ${field}`);
    const isNonRoot = securityOf(spec, model, 'runAsNonRoot') === true;
    return isNonRoot
      ? `${fieldOf('runAsNonRoot')}: true`
      : `${fieldOf('runAsUser')}: ${String(securityOf(spec, model, 'runAsUser'))}`;
  }
  const lacking = lackingCapabilities(isMap(model) ? model : undefined).filter((each) => needs === 'all' || each === needs);
  return lacking.length > 0 ? `container ${name} drops the capabilities ${lacking.join(', ')}` : undefined;
}
