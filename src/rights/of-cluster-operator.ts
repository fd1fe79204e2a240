/** The least permissions of the account that a ClusterOperator uses, with notes. */

import { isCrd } from '../objects/scopes.ts';
import type { Account } from '../objects/service-accounts.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import { isCustomResource } from '../teardown/kinds.ts';
import { grantsOf } from './grants.ts';
import { lookupOf } from './lookup.ts';
import type { RightsSet } from './manifests.ts';
import { type Rehearsal, type RehearsalOptions, rehearse } from './rehearse.ts';
import { leastOf } from './right.ts';
import { ownNamespaces, rightsOf } from './rights-of.ts';

/** The account of an installation of Bookend by its chart, unless its values name another. */
export const usualDeployer: Account = { namespace: 'bookend-system', name: 'bookend-deployer' };

/** Who a ClusterOperator acts as, and who makes that account. */
export type Actor = { account: Account; isInstalled: boolean };

/** @param named by the person, in place of what the ClusterOperator says */
export function actorOf({ spec }: ClusterOperator, named?: Account): Actor {
  if (named) return { account: named, isInstalled: false };
  if (!spec.serviceAccountName) return { account: usualDeployer, isInstalled: true };
  return { account: { namespace: spec.namespace ?? '', name: spec.serviceAccountName }, isInstalled: false };
}

/** @throws BookendError `bad-input`, `cycle` as the operator refuses the spec */
export async function rightsOfClusterOperator(
  resource: ClusterOperator,
  { account, isInstalled }: Actor,
  around: RehearsalOptions,
): Promise<RightsSet & { notes: string[] }> {
  const rehearsal = await rehearse(resource, account, around);
  const lookUp = lookupOf([...rehearsal.objects, ...around.given], around.kinds);
  const { rights, urls } = grantsOf(rehearsal.objects, lookUp);
  return {
    name: `bookend-rights-${resource.metadata.name}`,
    about: aboutOf(resource, { account, isInstalled }, rehearsal, around),
    subject: { kind: 'ServiceAccount', ...account },
    ...(!isInstalled && { account }),
    rights: leastOf([...rightsOf(rehearsal, lookUp), ...rights]),
    urls,
    notes: rehearsal.unfinished.map(
      (why) =>
        `the rehearsal of ClusterOperator ${resource.metadata.name} did not come to its end, so rights may be missing: ${why}`,
    ),
  };
}

/** Custom resources may be made into anything that a cluster serves. */
const offline =
  'No cluster was asked which kinds it serves beyond plain Kubernetes: --live adds those that custom resources may be made into.';

function aboutOf(
  { metadata }: ClusterOperator,
  { account, isInstalled }: Actor,
  { objects }: Rehearsal,
  { instancesIn, kinds }: RehearsalOptions,
): string[] {
  const own = [...ownNamespaces(objects)];
  const definitions = objects.filter(isCrd).map((crd) => crd.metadata.name);
  const home = `ServiceAccount ${account.namespace}/${account.name}`;
  return [
    `What ${home} needs, and no more, to install, keep and tear down ClusterOperator ${metadata.name}.`,
    ...(isInstalled ? [`It belongs to Bookend's installation, and every ClusterOperator that names no account acts as it.`] : []),
    ...(kinds.length === 0 && objects.some((object) => isCrd(object) || isCustomResource(object)) ? [offline] : []),
    ...(own.length > 0
      ? [
          `Rights in ${own.join(', ')} are in the ClusterRole: a Namespace among the objects is not there before, and takes its Roles along when it goes.`,
        ]
      : []),
    ...(definitions.length > 0
      ? [
          instancesIn.length > 0
            ? `Custom resources of ${definitions.join(', ')} are expected in ${instancesIn.join(', ')} only: elsewhere the teardown stops and names the right that it misses.`
            : `Custom resources of ${definitions.join(', ')} may be in any namespace: --instances-in limits this to the namespaces that it names.`,
        ]
      : []),
  ];
}
