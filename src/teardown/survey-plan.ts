/**
 * From what the survey found to the plan. Children are no steps of their own: their makers' controllers or the garbage
 * collector delete them. So what a child needs counts as needed by the object that it was made out of: a DaemonSet that
 * an operator made for a custom resource keeps its ServiceAccount until the custom resource, the DaemonSet and its Pods
 * are gone.
 */
import { buildGraph, findEdges } from '../graph/build.ts';
import type { Component, Edge } from '../graph/edge.ts';
import { makeWorld } from '../graph/world.ts';
import { describeId, idOf, idOfRef, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { mostBetween, mostBetweenInAll } from './bounds.ts';
import { mayBeBetween } from './family.ts';
import { kindDefinedBy, type Survey } from './survey.ts';

export type PlanOfSurveyOptions = {
  /**
   * Have a step for each Pod of others that lives on one of the objects now: for people who read the plan. A teardown
   * needs none: its watches show such Pods until the end, and an order that grew with what others make could be made
   * too large to be written down.
   */
  showUsers?: boolean;
};

/**
 * @param components groups of the objects with their order; objects that the survey did not find are left out
 * @throws BookendError `cycle`; `bad-input` for annotations that name nothing
 */
export function planOfSurvey(
  found: Survey,
  components: readonly Component[] = [],
  { showUsers = false }: PlanOfSurveyOptions = {},
): Plan {
  const steps = new Map(found.objects.map((object) => [idOf(object), object]));
  const maker = makersOf(found);
  const world = makeWorld([...steps.values(), ...[...found.children.values()].flat(), ...found.strangers]);
  const edges = [...findEdges(world), ...(found.provenOutside ?? []), ...(showUsers ? edgesOfUsers(found) : [])];
  const awaited = new Map([...(found.awaited ?? []), ...(showUsers ? namedUsers(found, steps) : [])]);
  const lifted = edges.flatMap((edge) => lift(edge, maker, (id) => steps.has(id) || awaited.has(id)));
  const known = new Set(found.strangers.map(idOf));
  const users = showUsers ? found.users.flatMap(({ pod }) => (known.has(idOfRef(pod)) ? [] : standInOf(pod))) : [];
  const strangers = [...found.strangers, ...users].filter((pod) => awaited.has(idOf(pod)));
  const graph = buildGraph({
    objects: [...steps.values(), ...strangers],
    components: components.map((component) => ({ ...component, objects: component.objects.filter((id) => steps.has(id)) })),
    rules: [{ name: 'survey', why: 'found by the rules, lifted from children to their makers', find: () => lifted }],
  });
  const plan = makePlan(graph, { awaited });
  let recorded = 0;
  const servers = Map.groupBy(
    graph.edges.filter((edge) => edge.rule === 'controller'),
    (edge) => edge.from,
  );
  return {
    steps: plan.steps.map((step) => {
      const servedBy = servers.get(step.id)?.map((edge) => edge.to);
      const object = step.mode === 'delete' ? steps.get(step.id) : undefined;
      const defines = object && kindDefinedBy(object);
      const made = step.mode === 'delete' ? betweenOf(found.children.get(step.id) ?? []) : [];
      const between = made.slice(0, Math.min(mostBetween, mostBetweenInAll - recorded));
      recorded += between.length;
      return { ...step, ...(servedBy && { servedBy }), ...(defines && { defines }), ...(between.length > 0 && { between }) };
    }),
  };
}

/** The UIDs of those that own others, as long as they can go before these. */
function betweenOf(children: readonly KubernetesObject[]): string[] {
  const owners = new Set(children.flatMap(({ metadata }) => (metadata.ownerReferences ?? []).map(({ uid }) => uid)));
  return children.filter(mayBeBetween).flatMap(({ metadata: { uid } }) => (uid !== undefined && owners.has(uid) ? uid : []));
}

function makersOf({ children }: Survey): Map<ObjectId, ObjectId> {
  return new Map([...children].flatMap(([maker, made]) => made.map((child) => [idOf(child), maker] as const)));
}

/** For the graph, which holds objects; nobody reads more of it than its name. */
function standInOf({ apiVersion, kind, ...metadata }: ObjectRef): KubernetesObject {
  return { apiVersion, kind, metadata };
}

/**
 * What needs a child is only ordered before its maker where that closes no circle: a Deployment may mount the Secret
 * that its own custom resource made.
 */
function lift(edge: Edge, maker: ReadonlyMap<ObjectId, ObjectId>, isStep: (id: ObjectId) => boolean): Edge[] {
  const from = maker.get(edge.from) ?? edge.from;
  const to = maker.get(edge.to) ?? edge.to;
  if (from === to || !isStep(from) || !isStep(to)) return [];
  if (from === edge.from && to === edge.to) return [edge];
  return [{ ...edge, from, to, certainty: edge.certainty ?? 'inferred' }];
}

/** Pods of others that live on objects of this teardown now, each with the object that it names first. */
function namedUsers({ users }: Survey, steps: ReadonlyMap<ObjectId, KubernetesObject>): Map<ObjectId, string> {
  return new Map(
    users.flatMap(({ pod, uses }) => {
      const first = uses.find((use) => steps.has(use.object));
      return first ? [[idOfRef(pod), `uses ${describeId(first.object)} (${first.field})`] as const] : [];
    }),
  );
}

/** Such a Pod needs what it names, and where that is a ServiceAccount what gives it rights. */
function edgesOfUsers({ users, rights }: Survey): Edge[] {
  return users.flatMap(({ pod, uses }) =>
    uses.flatMap(({ object, field }) =>
      [object, ...(rights.get(object) ?? [])].map((to) => {
        const from = idOfRef(pod);
        return { from, to, rule: 'user', evidence: [{ object: from, field }] };
      }),
    ),
  );
}
