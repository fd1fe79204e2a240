/**
 * Custom resources of kinds that another custom resource defines: kro makes a CustomResourceDefinition for each
 * ResourceGraphDefinition, Crossplane for each CompositeResourceDefinition, gatekeeper for each ConstraintTemplate.
 * Their operator serves such a kind only as long as the resource that defines it lives: an instance that is deleted
 * later keeps its finalizer, although the operator runs. So instances go first.
 *
 * Who made a definition is told by its owner references, or by a label or annotation whose value is the maker's UID. An
 * instance may have the same label: where the definition outlived its maker (kro keeps it) only that one is up to date.
 * A forged one changes the order between objects that are deleted anyway, and nothing else.
 */
import { inTurns } from '../cluster/in-turns.ts';
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import type { Edge } from '../graph/edge.ts';
import { groupOf, idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isCustomResource } from './kinds.ts';

/** @param objects what is to go, live */
export async function definitionEdges(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<Edge[]> {
  const resources = objects.filter(isCustomResource);
  const byKind = Map.groupBy(resources, keyOf);
  if (byKind.size < 2) return [];
  const byUid = new Map(resources.map((resource) => [resource.metadata.uid ?? '', resource]));
  const { kinds } = await cluster.kinds();
  const plurals = new Map(kinds.map(({ group, kind, resource }) => [`${group}/${kind}`, `${resource}.${group}`]));
  const found = await inTurns(8, [...byKind], async ([kind, instances]) => {
    const name = plurals.get(kind);
    const definition = name === undefined ? undefined : await definitionOf(cluster, name);
    return definition ? instances.flatMap((instance) => edgesOf(instance, definition, byUid)) : [];
  });
  return found.flat();
}

function edgesOf(instance: KubernetesObject, definition: KubernetesObject, byUid: ReadonlyMap<string, KubernetesObject>): Edge[] {
  const marks = marksOf(definition);
  const names = new Set(marks.map(({ field }) => field));
  const own = marksOf(instance).filter(({ field }) => names.has(field) && !field.includes('ownerReferences'));
  return [...marks.map((mark) => ({ ...mark, on: definition })), ...own.map((mark) => ({ ...mark, on: instance }))].flatMap(
    ({ field, value, on }): Edge[] => {
      const maker = byUid.get(value);
      if (!maker || keyOf(maker) === keyOf(instance)) return [];
      const evidence = [{ object: idOf(on), field }];
      return [{ from: idOf(instance), to: idOf(maker), rule: 'custom-resource', certainty: 'inferred', evidence }];
    },
  );
}

type Mark = { field: string; value: string };

/** Whatever in its metadata may be the UID of its maker. */
function marksOf({ metadata }: KubernetesObject): Mark[] {
  const { ownerReferences = [], labels = {}, annotations = {} } = metadata;
  const entries = (field: string, map: Record<string, string>) =>
    Object.entries(map).map(([name, value]) => ({ field: `metadata.${field}[${name}]`, value }));
  return [
    ...ownerReferences.map(({ uid }, index) => ({ field: `metadata.ownerReferences[${index}]`, value: uid })),
    ...entries('labels', labels),
    ...entries('annotations', annotations),
  ];
}

/** Undefined where it may not be read, or where another API server serves the kind. */
async function definitionOf(cluster: Cluster, name: string): Promise<KubernetesObject | undefined> {
  const ref = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name };
  try {
    return await cluster.get(ref, { metadataOnly: true });
  } catch (error) {
    if (!isCode(error, 'forbidden', 'not-found')) throw error;
    return undefined;
  }
}

function keyOf({ apiVersion, kind }: KubernetesObject): string {
  return `${groupOf(apiVersion)}/${kind}`;
}
