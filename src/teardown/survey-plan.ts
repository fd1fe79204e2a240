/**
 * From what the survey found to the plan. Children are no steps of their own: their makers' controllers or the garbage collector delete them. So
 * what a child needs counts as needed by the object that it was made out of: a DaemonSet that an operator made for a custom resource keeps its
 * ServiceAccount until the custom resource, the DaemonSet and its Pods are gone.
 */
import { buildGraph, findEdges } from '../graph/build.ts';
import type { Component, Edge } from '../graph/edge.ts';
import { makeWorld } from '../graph/world.ts';
import { describeId, idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { kindDefinedBy, type Survey } from './survey.ts';

/**
 * @param components groups of the objects with their order; objects that the survey did not find are left out
 * @throws BookendError `cycle`; `bad-input` for annotations that name nothing
 */
export function planOfSurvey(found: Survey, components: readonly Component[] = []): Plan {
  const steps = new Map(found.objects.map((object) => [idOf(object), object]));
  const maker = makersOf(found);
  const world = makeWorld([...steps.values(), ...[...found.children.values()].flat(), ...found.strangers]);
  const edges = findEdges(world);
  const awaited = new Map([...(found.awaited ?? []), ...foreignUsers(found.strangers, edges, steps)]);
  const lifted = edges.flatMap((edge) => lift(edge, maker, (id) => steps.has(id) || awaited.has(id)));
  const strangers = found.strangers.filter((pod) => awaited.has(idOf(pod)));
  const graph = buildGraph({
    objects: [...steps.values(), ...strangers],
    components: components.map((component) => ({ ...component, objects: component.objects.filter((id) => steps.has(id)) })),
    rules: [{ name: 'survey', why: 'found by the rules, lifted from children to their makers', find: () => lifted }],
  });
  const plan = makePlan(graph, { awaited });
  const servers = Map.groupBy(
    graph.edges.filter((edge) => edge.rule === 'controller'),
    (edge) => edge.from,
  );
  return {
    steps: plan.steps.map((step) => {
      const servedBy = servers.get(step.id)?.map((edge) => edge.to);
      const object = step.mode === 'delete' ? steps.get(step.id) : undefined;
      const defines = object && kindDefinedBy(object);
      return { ...step, ...(servedBy && { servedBy }), ...(defines && { defines }) };
    }),
  };
}

function makersOf({ children }: Survey): Map<ObjectId, ObjectId> {
  return new Map([...children].flatMap(([maker, made]) => made.map((child) => [idOf(child), maker] as const)));
}

/** What needs a child is only ordered before its maker where that closes no circle: a Deployment may mount the Secret that its own custom resource made. */
function lift(edge: Edge, maker: ReadonlyMap<ObjectId, ObjectId>, isStep: (id: ObjectId) => boolean): Edge[] {
  const from = maker.get(edge.from) ?? edge.from;
  const to = maker.get(edge.to) ?? edge.to;
  if (from === to || !isStep(from) || !isStep(to)) return [];
  if (from === edge.from && to === edge.to) return [edge];
  return [{ ...edge, from, to, certainty: edge.certainty ?? 'inferred' }];
}

/** Rules by which a Pod names an object itself. Group subjects of a binding, for one, name everybody. */
const directRules = new Set(['service-account', 'volume', 'environment', 'image-pull-secret']);

/** Pods of others that live on objects of this teardown: it waits for them, and never deletes them. */
function foreignUsers(
  strangers: readonly KubernetesObject[],
  edges: readonly Edge[],
  steps: ReadonlyMap<ObjectId, KubernetesObject>,
): Map<ObjectId, string> {
  const alive = new Set(strangers.filter((pod) => !hasEnded(pod)).map(idOf));
  const users = new Map<ObjectId, string>();
  for (const edge of edges) {
    if (!alive.has(edge.from) || !steps.has(edge.to) || !directRules.has(edge.rule) || users.has(edge.from)) continue;
    users.set(edge.from, `uses ${describeId(edge.to)} (${edge.evidence[0]?.field ?? edge.rule})`);
  }
  return users;
}

function hasEnded(pod: KubernetesObject): boolean {
  const phase = (pod.status as { phase?: string } | undefined)?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}
