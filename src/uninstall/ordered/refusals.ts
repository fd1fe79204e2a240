/**
 * What stops an uninstall before anything is deleted: namespaces that others need, and what would be lost with them.
 */
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { describeId, describeRef, groupOf, idOf } from '../../objects/identity.ts';
import { bookendApiVersion } from '../../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { keepReason } from '../../objects/policies.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { mostNamed } from '../../teardown/bounds.ts';
import { lookInto, type Ownership } from '../../teardown/inhabitants.ts';
import { namesOf } from './selection.ts';
import type { Look } from './uninstall.ts';

const ofKubernetes: ReadonlySet<string> = new Set(['default', 'kube-node-lease', 'kube-public', 'kube-system']);

/**
 * @throws BookendError `blocked` for a namespace of Kubernetes itself, and for that of Bookend while there are
 * ClusterOperators, which nobody else could take down
 */
export async function refuseNeeded(cluster: Cluster, namespace: string): Promise<void> {
  const object = `Namespace ${namespace}`;
  if (ofKubernetes.has(namespace))
    throw new BookendError('blocked', `namespace ${namespace} belongs to Kubernetes itself`, {
      object,
      advice: 'Name the objects in it instead, with -f. Nothing was deleted.',
    });
  const operators = await clusterOperatorsOf(cluster, namespace);
  if (operators.length === 0) return;
  throw new BookendError(
    'blocked',
    `Bookend runs in namespace ${namespace}, and ${operators.length === 1 ? 'a ClusterOperator needs' : `${operators.length} ClusterOperators need`} it: ${namesOf(operators.map(idOf))}`,
    { object, advice: 'Delete them first:\nbookend delete clusteroperators --all\nNothing was deleted.' },
  );
}

/** Where Bookend's operator runs in this namespace. */
async function clusterOperatorsOf(cluster: Cluster, namespace: string): Promise<KubernetesObject[]> {
  const query = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, labelSelector: 'app.kubernetes.io/name=bookend' };
  try {
    if ((await cluster.list({ ...query, metadataOnly: true, limit: 1 })).items.length === 0) return [];
    return (await cluster.list({ apiVersion: bookendApiVersion, kind: 'ClusterOperator', metadataOnly: true })).items;
  } catch (error) {
    if (isCode(error, 'not-found')) return [];
    throw error;
  }
}

/**
 * A Namespace takes along whatever is in it, so nothing begins while that is anybody else's.
 * @throws BookendError `blocked` with the list; `forbidden` where not everything in it may be listed
 */
export async function refuseInhabited(cluster: Cluster, { plan, round }: Look): Promise<void> {
  const ids = new Set(plan.steps.map(({ id }) => id));
  const { stepByUid, childByUid, looseByUid } = round.found;
  const uids = new Set([...stepByUid.keys(), ...childByUid.keys(), ...looseByUid.keys()]);
  const ownership: Ownership = {
    belongs({ metadata: { uid = '', ownerReferences = [] } }) {
      const isOurs = uids.has(uid) || ownerReferences.some((owner) => uids.has(owner.uid));
      if (isOurs) uids.add(uid);
      return isOurs;
    },
    isStep: (id) => ids.has(id),
  };
  for (const { ref, mode } of plan.steps)
    if (mode === 'delete' && isNamespace(ref)) await refuseIfInhabited(cluster, ref, ownership);
}

async function refuseIfInhabited(cluster: Cluster, ref: ObjectRef, ownership: Ownership): Promise<void> {
  const { named, count, atLeast, notLooked } = await lookInto(cluster, ref, ownership);
  const object = describeRef(ref);
  if (count > 0) {
    const more = count - named.length;
    const names = `${named.map(describeId).join(', ')}${more > 0 ? ` and ${atLeast ? 'more than ' : ''}${more} more` : ''}`;
    const what = `${atLeast ? 'more than ' : ''}${count === 1 ? '1 object that is' : `${count} objects that are`} not to go`;
    throw new BookendError('blocked', `${object} contains ${what}: ${names}`, {
      object,
      advice: `Check them. To delete them too:\n${shellCommand('bookend', 'uninstall', '--namespace-delete', ref.name)}\nTo keep the namespace, remove it from the files. Nothing was deleted.`,
    });
  }
  if (notLooked.length === 0) return;
  const kinds = `${notLooked.slice(0, mostNamed).join(', ')}${notLooked.length > mostNamed ? ` and ${notLooked.length - mostNamed} more` : ''}`;
  throw new BookendError(
    'forbidden',
    `these kinds cannot be listed in namespace ${ref.name}, so what it contains is not known: ${kinds}`,
    {
      object,
      advice: 'Grant list on these kinds, or keep the namespace: remove it from the files. Nothing was deleted.',
    },
  );
}

function isNamespace({ apiVersion, kind }: ObjectRef): boolean {
  return kind === 'Namespace' && groupOf(apiVersion) === '';
}

/** @throws BookendError `blocked`: somebody has asked for objects in the namespace to be kept */
export function refuseKept(content: readonly KubernetesObject[]): void {
  const kept = content.filter((object) => keepReason(object) !== undefined);
  const [first] = kept;
  if (!first) return;
  const says = kept.length === 1 ? 'has an annotation to keep it' : 'have an annotation to keep them';
  throw new BookendError('blocked', `${namesOf(kept.map(idOf))} ${says}: ${keepReason(first)}`, {
    object: describeId(idOf(first)),
    advice: 'Remove the annotation if they may go with the namespace, or move them. Nothing was deleted.',
  });
}
