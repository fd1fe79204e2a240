/**
 * Adds custom resources that users may create later, with a child each. A teardown with a CustomResourceDefinition
 * deletes all custom resources of it, in any namespace, and looks for what was created from them.
 */
import type { Cluster } from '../cluster/port.ts';
import type { SimulatedCluster } from '../cluster/simulated/index.ts';
import { fieldAt } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { keepReason } from '../objects/policies.ts';
import { isCustomResource } from '../teardown/kinds.ts';
import { kindDefinedBy } from '../teardown/survey.ts';

/** The name of every object that a rehearsal adds by itself. Nothing real is called so. */
export const supposedName = 'rehearsal-supposed';
/** Stands for any namespace in which custom resources of users may be. */
export const anyNamespace = 'rehearsal-anywhere';

/** Stands for every kind that a custom resource's controller may make. */
const childKind = { apiVersion: 'v1', kind: 'ConfigMap' } as const;

type Kind = { apiVersion: string; kind: string };

/** A kind, with the spec that its controller reads. */
export type Child = Kind & { spec?: unknown };

export type Supposed = {
  /**
   * The namespaces in which a child was put: what is asked there of the child's kind holds for each kind that is
   * listed.
   */
  inhabited: Set<string>;
};

/**
 * Puts them there, as users and controllers would.
 * @param objects as they are wanted
 * @param namespaces where custom resources of users may be; empty: anywhere
 * @param madeOf the kind of the children
 */
export async function suppose(
  simulated: SimulatedCluster,
  objects: readonly KubernetesObject[],
  namespaces: readonly string[],
  madeOf: Child = childKind,
): Promise<Supposed> {
  const instances = objects.flatMap((object) => instancesOf(object, namespaces));
  return { inhabited: await putInstances(simulated, instances, objects.filter(isCustomResource), madeOf) };
}

/**
 * Puts custom resources there, and a child of each.
 * @param present custom resources that are there already
 * @returns where children are
 */
export async function putInstances(
  simulated: SimulatedCluster,
  instances: readonly KubernetesObject[],
  present: readonly KubernetesObject[] = [],
  madeOf: Child = childKind,
): Promise<Set<string>> {
  const inhabited = new Set<string>();
  simulated.adopt(instances);
  for (const object of [...present, ...instances].filter(isCustomResource)) {
    const owner = await current(simulated.cluster, object);
    if (!owner) continue;
    const { namespace = anyNamespace, name, uid = '' } = owner.metadata;
    inhabited.add(namespace);
    const ownerReferences = [{ apiVersion: owner.apiVersion, kind: owner.kind, name, uid }];
    simulated.adopt([{ ...madeOf, metadata: { name: supposedName, namespace, ownerReferences } }]);
  }
  return inhabited;
}

export function isSupposedChild({ apiVersion, kind, name }: Kind & { name?: string }): boolean {
  return apiVersion === childKind.apiVersion && kind === childKind.kind && name === supposedName;
}

export function isChildKind({ apiVersion, kind }: Kind): boolean {
  return apiVersion === childKind.apiVersion && kind === childKind.kind;
}

function instancesOf(object: KubernetesObject, namespaces: readonly string[]): KubernetesObject[] {
  const kind = kindDefinedBy(object);
  if (kind === undefined || keepReason(object) !== undefined) return [];
  if (fieldAt(object.spec, 'scope') === 'Cluster') return [{ ...kind, metadata: { name: supposedName } }];
  const places = namespaces.length > 0 ? namespaces : [anyNamespace];
  return places.map((namespace) => ({ ...kind, metadata: { name: supposedName, namespace } }));
}

function current(cluster: Cluster, { apiVersion, kind, metadata }: KubernetesObject): Promise<KubernetesObject | undefined> {
  const { name, namespace } = metadata;
  return cluster.get({ apiVersion, kind, name, ...(namespace !== undefined && { namespace }) });
}
