/**
 * The same graph read backwards: what must be ready before an object is applied.
 *
 * Reading it backwards is right for all but one thing. A CustomResourceDefinition goes before its controller and its conversion webhook are gone,
 * yet it also comes before them: a controller that starts without the kinds that it watches ends with an error. So a
 * CustomResourceDefinition waits for no workload and no Service, and they wait for it.
 */
import type { Edge, Graph } from '../graph/edge.ts';
import { yieldToSurer } from '../graph/yield.ts';
import type { ObjectId } from '../objects/identity.ts';
import { isCrd } from '../objects/scopes.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan.ts';

/**
 * For each object, and for each component's barrier, what must be ready before it. Keep policies play no part. A barrier
 * (`Component.bookend.dev/NAME`) is ready as soon as all that it names is: it stands for "all that component NAME depends on".
 *
 * @throws BookendError cycle, as `makePlan` does.
 */
export function installOrder(graph: Graph): Map<ObjectId, ObjectId[]> {
  const edges = graph.edges.map((edge) => (isTurned(edge, graph) ? turned(edge) : edge));
  const settled = yieldToSurer([...graph.objects.keys()], graph.components, edges);
  return dependenciesOf(makePlan({ ...graph, edges: settled.edges }, { ignoreKeep: true }));
}

/**
 * The plan read backwards: for each step the steps that must be ready before it is applied, the steps themselves in the order of applying. For
 * installing use `installOrder`, which makes a plan that knows of no keep policy and puts CustomResourceDefinitions first.
 */
export function dependenciesOf(plan: Plan): Map<ObjectId, ObjectId[]> {
  const dependencies = new Map<ObjectId, ObjectId[]>(plan.steps.map(({ id }) => [id, [] as ObjectId[]] as const).reverse());
  for (const step of plan.steps.toReversed()) for (const id of step.after) dependencies.get(id)?.push(step.id);
  return dependencies;
}

function isTurned({ from, rule }: Edge, graph: Graph): boolean {
  if (rule !== 'controller' && rule !== 'conversion-webhook') return false;
  const object = graph.objects.get(from);
  return object !== undefined && isCrd(object);
}

/** Inferred, so that it yields where somebody asks for the other order by `dependsOn`. */
function turned(edge: Edge): Edge {
  return { ...edge, from: edge.to, to: edge.from, certainty: edge.certainty ?? 'inferred' };
}
