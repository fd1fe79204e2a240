/**
 * What stays: the objects whose author asked for it, and whatever those need. A claim that is kept needs its Namespace,
 * or the namespace's deletion would take it along.
 */
import type { Graph } from '../graph/edge.ts';
import { describeId, type ObjectId } from '../objects/identity.ts';
import { controllerOf } from '../objects/owners.ts';
import { keepReason } from '../objects/policies.ts';

/**
 * The kept objects, each with the reason. Edges that are only about order (`orderOnly`, and `dependsOn` of components)
 * keep nothing: an operator may go although the CustomResourceDefinitions that it serves stay. It may not where it is
 * their conversion webhook: without it their custom resources could not even be read, nor their namespaces deleted.
 *
 * A controller's children inherit its annotations (a ReplicaSet those of its Deployment); so the annotation counts only
 * on the controller.
 */
export function keptObjects({ objects, edges }: Graph): Map<ObjectId, string> {
  const kept = new Map<ObjectId, string>();
  for (const [id, object] of objects) {
    const reason = controllerOf(object) ? undefined : keepReason(object);
    if (reason) kept.set(id, reason);
  }
  if (kept.size === 0) return kept;
  const keeps = keepingEdges(edges);
  for (const root of [...kept.keys()].sort()) {
    keepNeeds(kept, root, keeps, `${describeId(root)} is kept (${kept.get(root)}) and needs it`);
  }
  return kept;
}

/** For each object what stays when it stays. */
function keepingEdges(edges: Graph['edges']): Map<ObjectId, Set<ObjectId>> {
  const keeps = new Map<ObjectId, Set<ObjectId>>();
  const add = (from: ObjectId, to: ObjectId) => {
    const list = keeps.get(from);
    if (list) list.add(to);
    else keeps.set(from, new Set([to]));
  };
  for (const { from, to, rule, orderOnly } of edges) {
    if (orderOnly) continue;
    add(from, to);
    // The owner goes first by this rule, and the garbage collector would then take the kept child along.
    if (rule === 'owner') add(to, from);
  }
  return keeps;
}

/** Keeps whatever the root needs, and what that needs. */
function keepNeeds(
  kept: Map<ObjectId, string>,
  root: ObjectId,
  keeps: ReadonlyMap<ObjectId, Set<ObjectId>>,
  reason: string,
): void {
  const toVisit = [root];
  for (let id = toVisit.pop(); id !== undefined; id = toVisit.pop()) {
    for (const needed of keeps.get(id) ?? []) {
      if (kept.has(needed)) continue;
      kept.set(needed, reason);
      toVisit.push(needed);
    }
  }
}
