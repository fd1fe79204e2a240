/** Leaves nothing behind: whatever a scenario made, with its finalizers, whether it ended well or not. */
import { inTurns } from '../../src/cluster/in-turns.ts';
import type { Cluster } from '../../src/cluster/port.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { remove, removeFinalizers, tolerant, withoutConversion } from '../../tools/lab/remove.ts';

/** First what may refuse the rest, then what lives outside of namespaces, then what holds content. */
const globals = [
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding'],
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
  ['apiregistration.k8s.io/v1', 'APIService'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['v1', 'PersistentVolume'],
] as const;

const prefix = 'diff-';

/** @param only one scenario's namespace; all of them otherwise */
export async function clean(cluster: Cluster, only?: string): Promise<void> {
  const isOurs = ({ metadata }: KubernetesObject) =>
    only === undefined
      ? new RegExp(`(^|\\.)${prefix}\\d{3}-`).test(metadata.name)
      : metadata.name.split('.').includes(only) || metadata.name.startsWith(`${only}-`) || metadata.name === only;
  for (const [apiVersion, kind] of globals) {
    for (const object of (await cluster.list({ apiVersion, kind })).items.filter(isOurs)) {
      if (kind === 'CustomResourceDefinition') await wipe(cluster, object);
      await remove(cluster, object);
    }
  }
  const namespaces = (await cluster.list({ apiVersion: 'v1', kind: 'Namespace' })).items.filter(isOurs);
  for (const { metadata } of namespaces) await unhold(cluster, metadata.name);
  for (const namespace of namespaces) await remove(cluster, namespace);
}

/** Conversion webhooks that nobody serves would keep the custom resources out of reach. */
async function wipe(cluster: Cluster, definition: KubernetesObject): Promise<void> {
  await withoutConversion(cluster, definition);
  const { group, names, versions } = definition.spec as {
    group: string;
    names: { kind: string };
    versions: { name: string; storage: boolean }[];
  };
  const version = versions.find(({ storage }) => storage)?.name ?? 'v1';
  const listed = await tolerant(cluster.list({ apiVersion: `${group}/${version}`, kind: names.kind }));
  for (const object of listed?.items ?? []) await removeFinalizers(cluster, object);
}

async function unhold(cluster: Cluster, namespace: string): Promise<void> {
  const { kinds } = await cluster.kinds();
  const listable = kinds.filter(
    ({ namespaced, verbs, kind }) => namespaced && verbs.includes('list') && verbs.includes('patch') && kind !== 'Event',
  );
  await inTurns(4, listable, async ({ apiVersion, kind }) => {
    const listed = await tolerant(cluster.list({ apiVersion, kind, namespace }));
    for (const object of listed?.items ?? [])
      if (
        object.metadata.finalizers?.some(
          (finalizer) => finalizer.includes('bookend.dev') || finalizer === 'foregroundDeletion' || finalizer === 'orphan',
        )
      )
        await removeFinalizers(cluster, object);
  });
}
