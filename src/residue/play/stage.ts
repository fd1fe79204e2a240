/**
 * What a snapshot knows of residue, as a simulated cluster in which its remedies can be played: the objects with all
 * that goes with them, their kinds and namespaces. A snapshot has metadata alone, so workloads run nothing there.
 */
import { makeSimulatedCluster, type SimulatedCluster } from '../../cluster/simulated/index.ts';
import { groupOf, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import { contentOf } from '../doubts.ts';
import type { SeenObject, Snapshot } from '../snapshot.ts';

/** The objects and all that goes when one of them goes. */
export function concernedBy(objects: readonly SeenObject[], { objects: all }: Snapshot): SeenObject[] {
  const found = new Map(objects.map((each) => [each.ref.uid, each]));
  for (let open = [...objects]; open.length > 0; ) {
    const uids = new Set(open.map(({ ref }) => ref.uid));
    const inside = open.flatMap((each) => contentOf(each) ?? []);
    const goesAlong = (each: SeenObject) => each.owners.some((uid) => uids.has(uid)) || inside.some((isInside) => isInside(each));
    open = [...all.values()].filter((each) => !found.has(each.ref.uid) && goesAlong(each));
    for (const each of open) found.set(each.ref.uid, each);
  }
  return [...found.values()];
}

export function stageOf(seen: readonly SeenObject[], startAt: number): SimulatedCluster {
  const simulated = makeSimulatedCluster({ nodes: [], startAt, establishMs: 0 });
  const staged = new Map(seen.map((each) => [each.ref.uid, each]));
  const ids = new Set<string>(seen.map(({ id }) => id));
  const definitions = definitionsOf(seen);
  const objects = seen.map((each) => asObject(each, staged, definitions));
  const namespaces = [...new Set(seen.flatMap(({ ref }) => ref.namespace ?? []))].flatMap((name) =>
    ids.has(`Namespace/${name}`) ? [] : { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  );
  const unseen = [...definitions].flatMap(([name, spec]) => (ids.has(`${crd}${name}`) ? [] : definition(name, spec)));
  simulated.adopt([...namespaces, ...unseen, ...objects]);
  return simulated;
}

function definition(name: string, spec: Record<string, unknown>): KubernetesObject {
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name }, spec };
}

/** An owner that is not on the stage lives elsewhere. */
function asObject(
  { id, ref, labels, annotations, marks, finalizers, owners, createdAt }: SeenObject,
  staged: ReadonlyMap<string, SeenObject>,
  definitions: ReadonlyMap<string, Record<string, unknown>>,
): KubernetesObject {
  const { apiVersion, kind, name, namespace, uid } = ref;
  const ownerReferences = owners.flatMap((each) => {
    const owner = staged.get(each)?.ref;
    return owner ? { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid } : [];
  });
  const spec = id.startsWith(crd) ? { spec: definitions.get(name) } : bodies[kind];
  return {
    ...spec,
    apiVersion,
    kind,
    metadata: {
      ...{ name, uid, labels: { ...labels }, finalizers: [...finalizers] },
      annotations: { ...Object.fromEntries(annotations.map((key) => [key, ''])), ...marks },
      ...(namespace !== undefined && { namespace }),
      ...(createdAt !== undefined && { creationTimestamp: createdAt }),
      ...(ownerReferences.length > 0 && { ownerReferences }),
    },
  };
}

const template = { metadata: { labels: {} }, spec: { containers: [] } };
const nothing = { selector: { matchLabels: {} }, template };
/** Bodies with which nothing runs. */
const bodies: Readonly<Record<string, Record<string, unknown>>> = {
  Pod: { spec: { containers: [] } },
  Deployment: { spec: { ...nothing, replicas: 0 } },
  ReplicaSet: { spec: { ...nothing, replicas: 0 } },
  StatefulSet: { spec: { ...nothing, replicas: 0 } },
  DaemonSet: { spec: nothing },
  Job: { spec: { template, suspend: true } },
  CronJob: { spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template } } } },
};

const crd = 'CustomResourceDefinition.apiextensions.k8s.io/';

/** The specs of the definitions of every custom kind on the stage, and of every definition without objects, by name. */
function definitionsOf(seen: readonly SeenObject[]): Map<string, Record<string, unknown>> {
  const specs = new Map<string, Record<string, unknown>>();
  for (const { id } of seen) {
    if (!id.startsWith(crd)) continue;
    const { name } = parseId(id);
    const [plural = '', ...group] = name.split('.');
    specs.set(name, specOf(group.join('.'), 'v1', plural, plural, true));
  }
  for (const { ref, resource } of seen) {
    const [group = '', version = ''] = ref.apiVersion.split('/');
    const [plural = ''] = resource.split('.');
    if (!isBuiltInGroup(groupOf(ref.apiVersion)))
      specs.set(resource, specOf(group, version, plural, ref.kind, ref.namespace !== undefined));
  }
  return specs;
}

function specOf(group: string, version: string, plural: string, kind: string, isNamespaced: boolean): Record<string, unknown> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    group,
    scope: isNamespaced ? 'Namespaced' : 'Cluster',
    names: { plural, kind, singular: kind.toLowerCase() },
    versions: [{ name: version, served: true, storage: true, schema }],
  };
}
