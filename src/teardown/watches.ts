/** Which watches a teardown needs, what of each object is kept, and when a watch can be believed. */
import type { Mirror } from '../cluster/mirror.ts';
import type { Query } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { groupOf } from '../objects/identity.ts';
import { clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import { isPod } from './kinds.ts';
import type { Reach } from './reach.ts';

/** One watch for each kind and namespace. Declared objects are found by our label, others by their kind alone. */
export function stepQueries(plan: Plan, clusterOperator: string | undefined): Query[] {
  const queries = new Map<string, Query>();
  for (const { ref, mode, component, defines } of plan.steps) {
    if (mode === 'barrier' || mode === 'keep') continue;
    if (defines) queries.set(`${defines.apiVersion} ${defines.kind}  false`, { ...defines, metadataOnly: true });
    const { apiVersion, kind, namespace } = ref;
    // Whose the custom resources are depends on the definition: it is watched whatever somebody does to its label.
    const labelled = clusterOperator !== undefined && component !== undefined && defines === undefined;
    queries.set(`${apiVersion} ${kind} ${namespace ?? ''} ${labelled}`, {
      apiVersion,
      kind,
      ...(namespace !== undefined && { namespace }),
      ...(labelled && { labelSelector: `${clusterOperatorLabel}=${clusterOperator}` }),
      metadataOnly: true,
    });
  }
  return [...queries.values()];
}

/** One watch for each kind and namespace where children can be: whole Pods, since what they use counts too. */
export function familyQueries({ namespaces, watched, global = [] }: Reach): Query[] {
  const here = namespaces.flatMap((namespace) =>
    watched.map((kind) => ({ ...kind, ...(namespace !== undefined && { namespace }) })),
  );
  return [...here, ...global].map((query) => (isPod(query) ? query : { ...query, metadataOnly: true }));
}

/**
 * A mirror tells the truth once it has a first state, or when its kind is not served (any more): then there are no such
 * objects.
 */
export function isSettled(mirror: Mirror): boolean {
  return mirror.synced || isVanishedKind(mirror);
}

export function isVanishedKind(mirror: Mirror): boolean {
  return isCode(mirror.trouble, 'not-found');
}

/** Version-independent: a custom resource may be planned at another version than the one that is watched. */
export function keyOf({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): string {
  return `${groupOf(apiVersion)}/${kind}`;
}

/**
 * Memory: of each object only what is read here, however much others have written into it. No managed fields, labels,
 * annotations, volumes or environments; the latter may hold secrets.
 */
export function slim(object: KubernetesObject): KubernetesObject {
  const metadata = slimMetadata(object);
  if (!isPod(object)) return { apiVersion: object.apiVersion, kind: object.kind, metadata };
  const spec = object.spec as { nodeName?: string; containers?: Slim[]; initContainers?: Slim[] } | undefined;
  const thin = ({ name, lifecycle, restartPolicy }: Slim) => ({
    name,
    ...(lifecycle?.preStop ? { lifecycle: { preStop: {} } } : {}),
    restartPolicy,
  });
  const status = object.status as { phase?: string; containerStatuses?: Ran[]; initContainerStatuses?: Ran[] } | undefined;
  const ran = ({ name, state }: Ran) => ({ name, ...(state?.running !== undefined && { state: { running: {} } }) });
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata,
    status: {
      phase: status?.phase,
      containerStatuses: status?.containerStatuses?.map(ran),
      initContainerStatuses: status?.initContainerStatuses?.map(ran),
    },
    spec: {
      nodeName: spec?.nodeName,
      containers: spec?.containers?.map(thin),
      initContainers: spec?.initContainers?.map(thin),
    },
  };
}

function slimMetadata({ metadata }: KubernetesObject): KubernetesObject['metadata'] {
  const kept: Record<string, unknown> = {};
  for (const field in metadata) if (readFields.has(field)) kept[field] = metadata[field];
  return kept as KubernetesObject['metadata'];
}

const readFields = new Set([
  ...['name', 'namespace', 'uid', 'resourceVersion', 'ownerReferences'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'finalizers'],
]);

type Ran = { name: string; state?: { running?: unknown } };
type Slim = { name: string; lifecycle?: { preStop?: unknown }; restartPolicy?: string };
