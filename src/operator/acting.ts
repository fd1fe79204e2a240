/**
 * Who the operator acts as. It has no rights over what it installs: every request is made by impersonating the account
 * that the ClusterOperator names, or the deployer account of Bookend's own installation. So nobody gets more done
 * through Bookend than that account may do.
 */
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { rbacGroup, subjectsIn } from '../objects/rbac.ts';
import { type Account, serviceAccountUser } from '../objects/service-accounts.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import { advising } from './advising.ts';
import type { SessionPart } from './session-context.ts';

/** The account that this ClusterOperator acts as. */
function actingAccount({ spec }: ClusterOperator, deployer: Account): Account {
  return spec.serviceAccountName ? { namespace: spec.namespace ?? '', name: spec.serviceAccountName } : deployer;
}

/**
 * The same for a stage of its life.
 * @throws BookendError `not-judged` when nobody checked that its writer may act as that account
 */
export function accountOf({ context, onlyAsDeployer }: SessionPart, resource: ClusterOperator): Account {
  if (onlyAsDeployer && resource.spec.serviceAccountName && context.judgement) throw context.judgement.refusal(resource);
  return actingAccount(resource, context.deployer);
}

/**
 * The cluster as that account, which exists.
 * @param clusterOperator its name, for advice about rights that are missing
 * @throws what `requireAccount` throws
 */
export async function actAs(cluster: Cluster, account: Account, clusterOperator: string): Promise<Cluster> {
  await requireAccount(cluster, account, clusterOperator);
  return asAccount(cluster, account, clusterOperator);
}

/**
 * The cluster as that account, whether it exists or not. Until `requireAccount` has said so, only reads are allowed.
 */
export function asAccount(cluster: Cluster, account: Account, clusterOperator: string): Cluster {
  return advising(cluster.as({ user: serviceAccountUser(account.namespace, account.name) }), clusterOperator);
}

/**
 * The API server does not check that an impersonated account exists, so this does: rights may be bound to a name whose
 * account is long gone.
 * @param clusterOperator its name, for advice
 * @throws BookendError `not-found` when it does not exist, `forbidden` when the operator may not read it
 */
export async function requireAccount(cluster: Cluster, account: Account, clusterOperator: string): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', ...account };
  const object = await cluster.get(ref);
  const what = `ServiceAccount ${account.namespace}/${account.name}`;
  if (object) return;
  throw new BookendError('not-found', `${what}, which this ClusterOperator acts as, does not exist`, {
    object: what,
    field: 'spec.serviceAccountName',
    advice: `Create the account with the rights that the objects need: bookend rights clusteroperators.bookend.dev/${clusterOperator}`,
  });
}

/**
 * Refuses a ClusterOperator that would saw off the branch it sits on: its acting account, the account's Namespace or a
 * binding of the account among the objects, none of which would be left to finish the teardown with.
 * @throws BookendError `bad-input` with the field
 */
export function refuseOwnAccount(objects: readonly { object: KubernetesObject; place: string }[], account: Account): void {
  for (const { object, place } of objects) {
    const why = touches(object, account);
    if (!why) continue;
    throw new BookendError(
      'bad-input',
      `${place}: ${why}, and the acting account ${account.namespace}/${account.name} may not be part of what is torn down`,
      {
        field: place,
        advice: 'Create the account and its rights outside of this ClusterOperator; nothing was changed.',
      },
    );
  }
}

function touches(object: KubernetesObject, account: Account): string | undefined {
  const { kind, metadata } = object;
  const group = groupOf(object.apiVersion);
  if (group === '' && kind === 'ServiceAccount' && metadata.name === account.name && metadata.namespace === account.namespace)
    return 'it is that account';
  if (group === '' && kind === 'Namespace' && metadata.name === account.namespace) return `it is the namespace of that account`;
  if (group !== rbacGroup || !kind.endsWith('Binding')) return undefined;
  const named = subjectsIn(object).some(
    ({ accounts }) => accounts?.namespace === account.namespace && accounts.name === account.name,
  );
  return named ? 'it binds rights to that account' : undefined;
}
