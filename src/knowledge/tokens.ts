/** Whether a Pod can call the API server at all, as far as its manifest shows. */

import type { World } from '../graph/edge.ts';
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { makeId } from '../objects/identity.ts';

/**
 * Whether its containers have a token: mounted by Kubernetes, unless the Pod or else its account says no, or projected
 * by hand, or from a Secret of the old sort. What the Pod says counts before what the account says.
 */
export function hasToken(podSpec: Readonly<Record<string, unknown>>, namespace: string, account: string, world: World): boolean {
  const ofAccount = world.byId(makeId('', 'ServiceAccount', namespace, account))?.automountServiceAccountToken;
  const automount = podSpec.automountServiceAccountToken ?? ofAccount;
  if (automount !== false) return true;
  return listOf(podSpec.volumes).some((volume) => {
    const secret = textOf(fieldAt(volume, 'secret', 'secretName'));
    if (
      secret !== undefined &&
      world.byId(makeId('', 'Secret', namespace, secret))?.type === 'kubernetes.io/service-account-token'
    )
      return true;
    return listOf(fieldAt(volume, 'projected', 'sources')).some((source) => fieldAt(source, 'serviceAccountToken') !== undefined);
  });
}
