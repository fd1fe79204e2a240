/** A namespace as the subject of a preview, and a whole cluster as objects: everything that can be listed, slim. */
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { clusterScoped, clusterWide, contentOf, whatRuns } from './kinds-to-read.ts';
import { type OnRead, Reader } from './reader.ts';
import type { Subject } from './subject.ts';
import { surroundingsFrom } from './surroundings.ts';

/**
 * What goes when a namespace is deleted. Its `objects` are the Namespace and what nobody has made in it; what was made
 * out of them is among the surroundings.
 * @throws BookendError not-found: there is no such namespace
 */
export async function subjectOfNamespace(
  cluster: Cluster,
  name: string,
  { onRead, references = false }: { onRead?: OnRead; references?: boolean } = {},
): Promise<Subject> {
  const reader = await Reader.of(cluster, onRead);
  reader.references = references;
  const [namespace] = await reader.getAll([{ apiVersion: 'v1', kind: 'Namespace', name }]);
  if (!namespace) throw new BookendError('not-found', `namespace ${name} does not exist`, { object: `Namespace ${name}` });
  const given = [namespace, ...(await readAll(reader, name))];
  const surroundings = await surroundingsFrom(reader, { given, namespace: name, whole: [name] }, given);
  const made = ({ metadata }: KubernetesObject) => (metadata.ownerReferences ?? []).length > 0;
  const objects = given.filter((object) => !made(object)).map((object) => ({ object }));
  return { from: 'namespace', name, namespace: name, objects, hooks: [], crds: [], surroundings };
}

/**
 * Every object of a cluster, or of one namespace of it, for a graph.
 * @returns what could not be read in words, beside the objects
 */
export async function everythingIn(
  cluster: Cluster,
  { namespace, onRead }: { namespace?: string; onRead?: OnRead } = {},
): Promise<{ objects: KubernetesObject[]; notSeen: string[] }> {
  const reader = await Reader.of(cluster, onRead);
  reader.references = true;
  const scoped = namespace === undefined ? await reader.listAll([...clusterWide(reader), ...clusterScoped(reader)]) : [];
  const objects = [...scoped, ...(await readAll(reader, namespace))];
  return { objects: [...new Map(objects.map((object) => [idOf(object), object])).values()], notSeen: [...reader.notSeen].sort() };
}

async function readAll(reader: Reader, namespace: string | undefined): Promise<KubernetesObject[]> {
  const found = await reader.listAll([
    ...contentOf(reader, namespace, true),
    ...whatRuns(reader, namespace),
    ...rolesIn(reader, namespace),
  ]);
  return [...new Map(found.map((object) => [idOf(object), object])).values()];
}

/** Roles are read for the whole cluster anyway; of one namespace they are its content too. */
function rolesIn(reader: Reader, namespace: string | undefined) {
  if (namespace === undefined) return [];
  return reader.kinds
    .filter(({ group, namespaced }) => group === 'rbac.authorization.k8s.io' && namespaced)
    .map(({ apiVersion, kind }) => ({ apiVersion, kind, namespace }));
}
