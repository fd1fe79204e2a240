/** A large graph in a few lines: counts, what is needed most, and how to ask for more. Pure. */
import type { Graph } from '../../graph/edge.ts';
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { isNamespaceDefault } from '../../objects/namespace-defaults.ts';
import { layersOf } from '../../plan/layers.ts';
import type { Plan } from '../../plan/plan.ts';

/** From so many objects on nobody reads them one by one. */
const largeFrom = 200;

export function isLarge({ objects }: Graph): boolean {
  return objects.size >= largeFrom;
}

const shownKinds = 15;
const shownNeeded = 15;

export function summaryOf({ objects, edges }: Graph, plan: Plan): string[] {
  const { waves, kept } = layersOf(plan);
  const kinds = [...Map.groupBy(objects.keys(), kindOf)].sort(([, a], [, b]) => b.length - a.length);
  const needed = mostNeeded(edges);
  const width = String(objects.size).length;
  const line = (count: number, text: string) => `  ${String(count).padStart(width)}  ${text}`;
  return [
    `${objects.size} objects, ${edges.length} edges between them, in ${waves.length} waves${kept.length > 0 ? `; ${kept.length} kept by policy` : ''}`,
    '',
    'Kinds:',
    ...kinds.slice(0, shownKinds).map(([kind, { length }]) => line(length, kind)),
    ...(kinds.length > shownKinds ? [`  and ${kinds.length - shownKinds} more kinds`] : []),
    '',
    'Needed by most, directly:',
    ...needed.slice(0, shownNeeded).map(([id, count]) => line(count, describeId(id))),
    '',
    'What would break without one of them: the same with --of, its kind and its name, such as --of deployment/web',
    'Every object and edge: -o json; as lines with --explain',
  ];
}

/** Namespaces hold everything, which says nothing; of what makes others only the maker counts. */
function mostNeeded(edges: Graph['edges']): [ObjectId, number][] {
  const made = new Set(edges.filter(({ rule }) => rule === 'owner').map(({ to }) => to));
  const users = new Map<ObjectId, Set<ObjectId>>();
  for (const { from, to, rule } of edges) {
    if (rule === 'owner' || rule === 'namespace' || made.has(from) || isGivenToEverybody(to)) continue;
    users.set(to, (users.get(to) ?? new Set()).add(from));
  }
  return [...users]
    .map(([id, { size }]): [ObjectId, number] => [id, size])
    .sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
}

function kindOf(id: ObjectId): string {
  const { kind, group } = parseId(id);
  return group === '' ? kind : `${kind}.${group}`;
}

/**
 * Kubernetes itself puts these everywhere or binds them to everybody. Every Pod needs them, and nobody asks for them:
 * JSON has them, text counts them, diagrams leave them out.
 */
export function isGivenToEverybody(id: ObjectId): boolean {
  if (parseId(id).kind === 'ConfigMap') return isNamespaceDefault(id);
  return /^ClusterRole(Binding)?\.rbac\.authorization\.k8s\.io\/system:/.test(id);
}
