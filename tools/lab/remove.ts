/** Removing objects by force, as the tests do to clean up. Nothing here is a way to uninstall anything in earnest. */
import type { Cluster } from '../../src/cluster/port.ts';
import { BookendError } from '../../src/errors.ts';
import { refOf } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';

/**
 * Cleaning up goes on where something is gone or going meanwhile, or refused by what goes itself in a moment.
 * @returns undefined for what the cluster did not do
 */
export async function tolerant<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BookendError) return undefined;
    throw error;
  }
}

/** Deletes it, unless it is terminating already, and takes its finalizers away. A namespace keeps its own. */
export async function remove(cluster: Cluster, object: KubernetesObject): Promise<void> {
  const { kind, metadata } = object;
  const grace = kind === 'Pod' ? { gracePeriodSeconds: 0 } : {};
  if (metadata.deletionTimestamp === undefined)
    await tolerant(cluster.delete(refOf(object), { propagation: 'Background', ...grace }));
  await removeFinalizers(cluster, object);
}

export async function removeFinalizers(cluster: Cluster, object: KubernetesObject): Promise<void> {
  if (!object.metadata.finalizers?.length || ['Namespace', 'CustomResourceDefinition'].includes(object.kind)) return;
  await tolerant(cluster.patch(refOf(object), { type: 'merge', value: { metadata: { finalizers: null } } }));
}

/** A conversion that nobody answers keeps the custom resources out of reach. */
export async function withoutConversion(cluster: Cluster, definition: KubernetesObject): Promise<void> {
  if ((definition.spec as { conversion?: { strategy?: string } }).conversion?.strategy !== 'Webhook') return;
  const value = { spec: { conversion: { strategy: 'None', webhook: null } } };
  await tolerant(cluster.patch(refOf(definition), { type: 'merge', value }));
}
