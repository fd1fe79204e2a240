/**
 * Puts the cluster in order by force, whatever state it is in: an interrupted run may have left a teardown that is
 * blocked on purpose, an operator that is not there any more, or a guard that refuses deletions. None of this is a way
 * to uninstall anything in earnest.
 */
import { isCode } from '../../src/errors.ts';
import { fieldAt, listOf } from '../../src/objects/fields.ts';
import { refOf } from '../../src/objects/identity.ts';
import { clusterOperatorLabel } from '../../src/objects/names.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import type { Lab } from './lab.ts';
import { until } from './observe.ts';

const prefix = 'e2e-';
/** Of the operator, and of the Pods with which it tries image volumes. */
const bookendNamespaces = ['bookend-system', 'bookend-system-probes'];
const rbac = 'rbac.authorization.k8s.io/v1';
const admission = 'admissionregistration.k8s.io/v1';
const definitions = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

/** Definitions that the tests and the example charts bring along. */
const ownDefinition = /(\.e2e\.bookend\.dev|^widgets\.example\.com|^nodeagents\.example\.bookend\.dev)$/;
const ownLabel = /^e2e\.bookend\.dev\//;

type Kind = { apiVersion: string; kind: string };

export type CleanOptions = {
  /** Leave the installation of Bookend itself alone. */
  keepBookend?: boolean;
};

export async function clean(lab: Lab, { keepBookend = false }: CleanOptions = {}): Promise<void> {
  const bookend = (object: KubernetesObject) => object.metadata.labels?.['app.kubernetes.io/name'] === 'bookend';
  const ours = (object: KubernetesObject) => object.metadata.name.startsWith(prefix);
  await remove(lab, clusterOperatorKind, ours);
  if (!keepBookend) {
    await remove(lab, { apiVersion: admission, kind: 'MutatingWebhookConfiguration' }, bookend);
    await remove(lab, { apiVersion: admission, kind: 'ValidatingAdmissionPolicyBinding' }, bookend);
    await remove(lab, { apiVersion: admission, kind: 'ValidatingAdmissionPolicy' }, bookend);
    await remove(lab, { apiVersion: 'apps/v1', kind: 'Deployment' }, bookend);
    await remove(lab, { apiVersion: 'v1', kind: 'Pod' }, bookend);
  }
  const labelled = (object: KubernetesObject) =>
    ours(object) || object.metadata.labels?.[clusterOperatorLabel]?.startsWith(prefix) === true;
  for (const kind of ['ClusterRoleBinding', 'ClusterRole']) await remove(lab, { apiVersion: rbac, kind }, labelled);
  await remove(lab, { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' }, labelled);
  for (const each of ['Validating', 'Mutating'])
    for (const kind of ['AdmissionPolicyBinding', 'AdmissionPolicy', 'WebhookConfiguration'])
      await remove(lab, { apiVersion: admission, kind: `${each}${kind}` }, ours);
  const namespaces = [...(await named(lab, { apiVersion: 'v1', kind: 'Namespace' }, ours))];
  const kinds = await ownKinds(lab);
  for (const { metadata } of namespaces) await emptyNamespace(lab, metadata.name, kinds);
  await remove(lab, { apiVersion: 'v1', kind: 'Namespace' }, ours);
  if (!keepBookend) {
    for (const kind of ['ClusterRoleBinding', 'ClusterRole', 'RoleBinding', 'Role'])
      await remove(lab, { apiVersion: rbac, kind }, bookend);
    await remove(lab, { apiVersion: 'v1', kind: 'Namespace' }, ({ metadata }) => bookendNamespaces.includes(metadata.name));
    await remove(lab, definitions, bookend);
  }
  await remove(lab, definitions, ({ metadata }) => ownDefinition.test(metadata.name));
  await cleanNodes(lab);
  // Events outlive what they are about by an hour: a second run must not read those of the first.
  await remove(lab, { apiVersion: 'v1', kind: 'Event' }, ours, 'default');
  const going = new Set([...namespaces.map(({ metadata }) => metadata.name), ...(keepBookend ? [] : bookendNamespaces)]);
  await until(`the namespaces ${[...going].join(', ')} to be gone`, async () => {
    const left = await named(lab, { apiVersion: 'v1', kind: 'Namespace' }, ({ metadata }) => going.has(metadata.name));
    return left.length === 0;
  });
}

/** What keeps a namespace from going: finalizers that nobody serves any more, and Pods that take their time. */
async function emptyNamespace(lab: Lab, namespace: string, kinds: readonly Kind[]): Promise<void> {
  for (const kind of kinds) await remove(lab, kind, () => true, namespace);
  for (const kind of ['DaemonSet', 'Deployment', 'StatefulSet', 'ReplicaSet'])
    await remove(lab, { apiVersion: 'apps/v1', kind }, () => true, namespace);
  await remove(lab, { apiVersion: 'batch/v1', kind: 'Job' }, () => true, namespace);
  await remove(lab, { apiVersion: 'v1', kind: 'Pod' }, () => true, namespace, 0);
  await remove(lab, { apiVersion: 'v1', kind: 'ConfigMap' }, ({ metadata }) => (metadata.finalizers?.length ?? 0) > 0, namespace);
}

/** What the definitions of the tests define, as it is stored: their conversion webhooks answer no more. */
async function ownKinds({ cluster }: Lab): Promise<Kind[]> {
  const { items } = await cluster.list(definitions);
  return items
    .filter(({ metadata, spec }) => ownDefinition.test(metadata.name) && fieldAt(spec, 'scope') === 'Namespaced')
    .map(({ spec }) => {
      const stored = listOf(fieldAt(spec, 'versions')).find((version) => fieldAt(version, 'storage') === true);
      return { apiVersion: `${fieldAt(spec, 'group')}/${fieldAt(stored, 'name')}`, kind: String(fieldAt(spec, 'names', 'kind')) };
    });
}

async function cleanNodes({ cluster }: Lab): Promise<void> {
  for (const { metadata } of (await cluster.list({ apiVersion: 'v1', kind: 'Node', metadataOnly: true })).items) {
    const labels = Object.keys(metadata.labels ?? {}).filter((label) => ownLabel.test(label));
    if (labels.length === 0) continue;
    const value = { metadata: { labels: Object.fromEntries(labels.map((label) => [label, null])) } };
    await cluster.patch({ apiVersion: 'v1', kind: 'Node', name: metadata.name }, { type: 'merge', value });
  }
}

/** Deletes what matches, and takes away the finalizers of what does not go by itself; a namespace keeps its own. */
async function remove(
  lab: Lab,
  kind: Kind,
  matches: (object: KubernetesObject) => boolean,
  namespace?: string,
  gracePeriodSeconds?: number,
): Promise<void> {
  for (const object of await named(lab, kind, matches, namespace)) {
    const { metadata } = object;
    const ref = refOf(object);
    const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
    // A guard that was deleted a moment ago, or whose users were, refuses for a moment longer.
    await until(`the deletion of ${kind.kind} ${metadata.name} to be accepted`, async () => {
      const accepted = lab.cluster.delete(ref, { propagation: 'Background', ...grace });
      return await accepted.catch((error) => {
        if (!isCode(error, 'forbidden', 'conflict')) throw error;
        return undefined;
      });
    });
    if (!metadata.finalizers?.length || kind.kind === 'Namespace' || kind.kind === definitions.kind) continue;
    await lab.cluster.patch(ref, { type: 'merge', value: { metadata: { finalizers: null } } }).catch(unlessGone);
  }
}

async function named(
  { cluster }: Lab,
  kind: Kind,
  matches: (object: KubernetesObject) => boolean,
  namespace?: string,
): Promise<KubernetesObject[]> {
  const query = { ...kind, metadataOnly: true, ...(namespace !== undefined && { namespace }) };
  try {
    return (await cluster.list(query)).items.filter(matches);
  } catch (error) {
    if (isCode(error, 'not-found')) return []; // Its definition is not there.
    throw error;
  }
}

function unlessGone(error: unknown): void {
  if (!isCode(error, 'not-found')) throw error;
}
