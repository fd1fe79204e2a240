/**
 * Indexes the objects once, so that every rule stays linear: with 10,000 objects a rule that compared each Service with
 * each workload would take longer than the whole teardown.
 */
import { append } from '../objects/append.ts';
import { fieldAt, textOf } from '../objects/fields.ts';
import { groupOf, idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import type { Workload, World } from './edge.ts';

export type WorldOptions = {
  /** Where an object stands in the document it came from, for error messages: `spec.components[1].objects[0]`. */
  places?: ReadonlyMap<ObjectId, string>;
  /** See `World`. Default false: what a live object names may be gone already. */
  refusesWrongReferences?: boolean;
};

/**
 * @param objects With their namespaces filled in (`normalise`) and no two of one identity: of two the last is found.
 */
export function makeWorld(
  objects: readonly KubernetesObject[],
  { places, refusesWrongReferences = false }: WorldOptions = {},
): World {
  const byId = new Map<ObjectId, KubernetesObject>();
  const ids = new Map<KubernetesObject, ObjectId>();
  const byUid = new Map<string, KubernetesObject>();
  const byKind = new Map<string, Map<string, KubernetesObject[]>>();
  const byNamespace = new Map<string, KubernetesObject[]>();
  const workloads: Workload[] = [];
  for (const object of objects) {
    const id = idOf(object);
    const { namespace, uid } = object.metadata;
    byId.set(id, object);
    ids.set(object, id);
    if (uid) byUid.set(uid, object);
    append(entry(byKind, object.kind, newMap), groupOf(object.apiVersion), object);
    if (namespace) append(byNamespace, namespace, object);
    const workload = workloadOf(object, id);
    if (workload) workloads.push(workload);
  }
  const crds = new Map<string, KubernetesObject>();
  for (const crd of byKind.get('CustomResourceDefinition')?.get('apiextensions.k8s.io') ?? []) {
    crds.set(`${textOf(fieldAt(crd, 'spec', 'group'))}/${textOf(fieldAt(crd, 'spec', 'names', 'kind'))}`, crd);
  }
  return {
    objects,
    workloads,
    has: (id) => byId.has(id),
    idOf: (object) => ids.get(object) ?? idOf(object),
    byId: (id) => byId.get(id),
    byUid: (uid) => byUid.get(uid),
    ofKind: (group, kind) => byKind.get(kind)?.get(group) ?? none,
    ofKindInAnyGroup: (kind) => [...(byKind.get(kind)?.values() ?? [])].flat(),
    inNamespace: (namespace) => byNamespace.get(namespace) ?? none,
    crdOf: (group, kind) => crds.get(`${group}/${kind}`),
    refusesWrongReferences,
    fieldOf: (id, field) => (places?.has(id) ? `${places.get(id)}.${field}` : field),
    ...workloadIndex(workloads),
  };
}

type WorkloadIndex = Pick<World, 'workloadsWithLabels' | 'workloadsOfAccount' | 'workloadsInNamespace'>;

/** Found through the rarest of the wanted labels, so that one label that everything carries costs nothing. */
function workloadIndex(workloads: readonly Workload[]): WorkloadIndex {
  const byNamespace = new Map<string, Workload[]>();
  const byLabel = new Map<string, Workload[]>();
  const byAccount = new Map<string, Workload[]>();
  for (const workload of workloads) {
    append(byNamespace, workload.namespace, workload);
    append(byAccount, `${workload.namespace}/${workload.serviceAccount}`, workload);
    for (const [key, value] of Object.entries(workload.podLabels))
      append(byLabel, `${workload.namespace}/${key}=${value}`, workload);
  }
  return {
    workloadsInNamespace: (namespace) => byNamespace.get(namespace) ?? none,
    workloadsOfAccount: (namespace, account) => byAccount.get(`${namespace}/${account}`) ?? none,
    workloadsWithLabels(namespace, labels) {
      const wanted = Object.entries(labels);
      let candidates: readonly Workload[] = byNamespace.get(namespace) ?? none;
      for (const [key, value] of wanted) {
        const some = byLabel.get(`${namespace}/${key}=${value}`) ?? none;
        if (some.length < candidates.length) candidates = some;
      }
      return candidates.filter(({ podLabels }) => wanted.every(([key, value]) => podLabels[key] === value));
    },
  };
}

function workloadOf(object: KubernetesObject, id: ObjectId): Workload | undefined {
  const template = podTemplateOf(object);
  if (!template) return undefined;
  return {
    object,
    id,
    namespace: object.metadata.namespace ?? '',
    podSpec: template.spec,
    podLabels: template.labels,
    podSpecPath: template.specPath,
    serviceAccount: template.serviceAccount,
    serviceAccountPath: template.serviceAccountPath,
  };
}

const none: readonly never[] = [];
const newMap = () => new Map<string, KubernetesObject[]>();

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
