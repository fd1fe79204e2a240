/**
 * The cluster that an uninstall is played on, as it stands before the first request: everything of the subject and
 * around it, running and at rest.
 */

import type { Stored } from '../../cluster/simulated/api/store.ts';
import { type Answers, makeSimulatedCluster, type SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { World } from '../../graph/edge.ts';
import { makeWorld } from '../../graph/world.ts';
import { eventsOf, isDeletedOnSuccess } from '../../knowledge/hooks.ts';
import { type PreStopInput, type PreStopPlan, preStopPlan } from '../../knowledge/pre-stop.ts';
import { rightsByAccount } from '../../knowledge/rights.ts';
import type { Serving } from '../../knowledge/serving/server.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeRef, groupOf, idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { controllerOf } from '../../objects/owners.ts';
import { isBuiltInGroup, isCrd } from '../../objects/scopes.ts';
import type { Subject } from '../../reading/subject.ts';
import { kindNamed } from '../../remedies/play/kind-named.ts';
import { livePod, momentOf } from '../../remedies/play/live.ts';
import { withKnownOwners } from '../../remedies/play/owners.ts';
import type { Scenario } from '../../uninstall/scenario.ts';
import { loaderFor } from './load.ts';
import { operatorsOf } from './operators.ts';
import { hookAnnotations } from './pod-ends.ts';
import { supposeInstalled } from './suppose.ts';
import { type Possibility, supposeChildren, supposeResources } from './suppose-resources.ts';

export type PlaySetup = {
  simulated: SimulatedCluster;
  /** Everything that is known, as it was given. */
  world: World;
  /** The objects that exist when it begins, by identity. */
  before: ReadonlyMap<ObjectId, Stored>;
  supposed: string[];
  supposedObjects: ObjectId[];
  planOf(pod: Stored): PreStopPlan | undefined;
};

export function setUpPlay(subject: Subject, scenario: Scenario, serving: Serving): PlaySetup {
  const live = subject.surroundings.from === 'cluster';
  const around = subject.surroundings.objects;
  const existing = live
    ? existingOf(subject)
    : unique([
        ...around,
        ...subject.crds.map(objectOf),
        ...subject.objects.map(objectOf),
        ...(isPlain(subject, scenario) ? subject.hooks.map(objectOf) : leftByInstallation(subject)),
      ]);
  const world = makeWorld(
    unique([...existing, ...subject.objects.map(objectOf), ...subject.hooks.map(objectOf), ...subject.crds.map(objectOf)]),
  );
  const now = live ? momentOf(existing) : undefined;
  const simulated = makeSimulatedCluster({
    seed: scenario.seed,
    nodes: existing.some((object) => object.kind === 'Node') ? [] : 1,
    establishMs: 0,
    times: { readyMs: 0 },
    ...(!live && { answers: elsewhere(existing) }),
    ...(now !== undefined && { startAt: now }),
    ...(subject.surroundings.version !== undefined && { version: subject.surroundings.version }),
  });
  const loader = loaderFor(simulated);
  const installed = live ? { objects: [], inWords: [] } : supposeInstalled([...world.objects], subject.namespace);
  const supposed = [...installed.inWords];
  const rightsOf = rightsByAccount(world);
  const ours = new Set(subject.objects.map(({ object }) => idOf(object)));
  const possibility: Possibility = { world, serving, rightsOf, isOurs: (id) => ours.has(id), namespace: subject.namespace };

  const parts = inParts([...installed.objects, ...existing]);
  if (live) {
    const now = simulated.clock.now();
    const isPod = (object: KubernetesObject) => object.kind === 'Pod' && object.apiVersion === 'v1';
    simulated.adopt(existing.map((object) => (isPod(object) ? livePod(object, now) : object)));
    supposed.push(...serveUnread(simulated, subject));
  } else {
    loader.load(parts.first);
    settle(simulated);
  }

  const imagined = live ? { objects: [], inWords: [] } : supposeResources(existing.filter(isCrd), possibility);
  const supposedObjects = imagined.objects.map(idOf);
  supposed.push(...imagined.inWords);
  const operators = operatorsOf(simulated, serving, (resource) => {
    const children = live ? [] : supposeChildren(resource, possibility);
    for (const child of children) {
      supposedObjects.push(idOf(child));
      const account = textOf(fieldAt(child.spec, 'template', 'spec', 'serviceAccountName'));
      const as = account === undefined ? '' : `, running as ServiceAccount ${account}, which no workload here uses`;
      supposed.push(
        `${describeRef({ kind: child.kind, ...child.metadata })} exists: the controller of ${resource.kind} may make such${as}`,
      );
    }
    return children;
  });
  if (!live) loader.load([...parts.custom, ...imagined.objects]);
  operators.look();
  if (live) simulated.clock.settleFor(liveMs);
  else {
    settle(simulated);
    loader.load(parts.last);
    settle(simulated);
  }

  const input: PreStopInput = { world, rightsOf, resourceNamed: (word) => kindNamed(simulated.server, word)?.key };
  const planOf = remembered((pod) =>
    preStopPlan(
      pod.spec as Record<string, unknown>,
      pod.metadata.namespace ?? '',
      textOf(fieldAt(pod.spec, 'serviceAccountName')) ?? 'default',
      input,
    ),
  );
  tellKubelet(simulated, planOf);
  simulated.log.length = 0;
  simulated.audit.length = 0;
  simulated.clearRequests();
  return {
    simulated,
    world,
    before: snapshot(simulated),
    supposed: [...loader.refused, ...supposed, ...operators.supposed],
    supposedObjects,
    planOf,
  };
}

const objectOf = ({ object }: { object: KubernetesObject }) => object;

/** Of a live cluster only what was read from it exists; manifests alone say nothing. */
function existingOf(subject: Subject): KubernetesObject[] {
  const read = [...subject.objects.map(objectOf), ...subject.crds.map(objectOf)].filter(
    ({ metadata }) => metadata.uid !== undefined,
  );
  return withKnownOwners(unique([...subject.surroundings.objects, ...read]));
}

/** Files that are applied and deleted by a tool that knows nothing of hooks: these are objects like all others. */
function isPlain({ from }: Subject, { tool }: Scenario): boolean {
  return from === 'files' && (tool === 'kubectl' || tool === 'flux');
}

/** Who could not read the definitions does not know which kinds are served: those of the subject are taken to be. */
function serveUnread({ adopt, server }: SimulatedCluster, { objects, surroundings }: Subject): string[] {
  if (!surroundings.notSeen.some((text) => /customresourcedefinition/i.test(text))) return [];
  const unknown = objects
    .map(objectOf)
    .filter(({ apiVersion, kind }) => !isBuiltInGroup(groupOf(apiVersion)) && !server.kinds.find(apiVersion, kind));
  for (const object of unknown) {
    const [stored] = adopt([object]);
    if (stored) server.store.remove(server.kind(object.apiVersion, object.kind), stored);
  }
  return [
    ...new Set(unknown.map(({ apiVersion, kind }) => `${apiVersion} ${kind} is served: the definitions could not be read`)),
  ];
}

/** What hooks of the installation made and their delete policy does not take away: accounts and roles above all. */
function leftByInstallation({ hooks }: Subject): KubernetesObject[] {
  return hooks
    .map(objectOf)
    .filter((hook) => eventsOf(hook).some((event) => event === 'pre-install' || event === 'post-install'))
    .filter((hook) => !isDeletedOnSuccess(hook));
}

/** The first of each identity. */
function unique(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const found = new Map<ObjectId, KubernetesObject>();
  for (const object of objects) {
    const id = idOf(object);
    if (!found.has(id)) found.set(id, object);
  }
  return [...found.values()];
}

/** A Service that no manifest has belongs to another release, and is taken to answer. */
function elsewhere(existing: readonly KubernetesObject[]): Answers {
  const here = new Set(
    existing.filter(({ kind }) => kind === 'Service').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  );
  return ({ namespace, name }) => (here.has(`${namespace}/${name}`) ? undefined : true);
}

/** Definitions and namespaces before what lives in them; what may refuse others' writes when all the rest stands. */
function inParts(objects: readonly KubernetesObject[]) {
  const isFirst = (object: KubernetesObject) => object.kind === 'Namespace' || isCrd(object);
  const isLast = ({ apiVersion }: KubernetesObject) => gates.has(groupOf(apiVersion));
  const isCustom = ({ apiVersion }: KubernetesObject) => !isBuiltInGroup(groupOf(apiVersion));
  return {
    first: [...objects.filter(isFirst), ...objects.filter((object) => !isFirst(object) && !isLast(object) && !isCustom(object))],
    custom: objects.filter(isCustom),
    last: objects.filter(isLast),
  };
}

const gates = new Set(['admissionregistration.k8s.io', 'apiregistration.k8s.io']);

/** The Pods of one controller are of one template, and have the same hooks. */
function remembered(planOf: PlaySetup['planOf']): PlaySetup['planOf'] {
  const known = new Map<string, PreStopPlan | undefined>();
  return (pod) => {
    const key = controllerOf(pod)?.uid ?? pod.metadata.uid;
    if (!known.has(key)) known.set(key, planOf(pod));
    return known.get(key);
  };
}

/**
 * Controllers take a first look at what they are given, in ms. What stops in a live cluster goes on stopping while the
 * uninstall begins.
 */
const liveMs = 100;

/** Until everything runs, a minute at most: a Pod that cannot start keeps nobody waiting. */
function settle(simulated: SimulatedCluster): void {
  simulated.runToQuiet(60_000);
}

/** The kubelet reads what a hook does from annotations of the Pod: of those that are there, and of each that comes. */
function tellKubelet({ environment: env, server, clock }: SimulatedCluster, planOf: PlaySetup['planOf']): void {
  const kind = server.kind('v1', 'Pod');
  const tell = (uid: string) => {
    const pod = server.store.byUid(uid)?.object;
    const plan = pod && planOf(pod);
    if (pod === undefined || plan === undefined) return;
    const annotations = { ...pod.metadata.annotations, ...hookAnnotations(plan) };
    server.store.put(kind, { ...pod, metadata: { ...pod.metadata, annotations } });
  };
  for (const pod of server.store.all('pods')) tell(pod.metadata.uid);
  env.on('pods', ({ type, object }) => {
    if (type === 'added') clock.afterSettled(0, () => tell(object.metadata.uid));
  });
}

/** All that exists now. Objects are replaced when they change, never changed, so these stay as they are. */
export function snapshot({ server }: SimulatedCluster): Map<ObjectId, Stored> {
  const found = new Map<ObjectId, Stored>();
  for (const { key } of server.kinds.listable()) for (const object of server.store.all(key)) found.set(idOf(object), object);
  return found;
}
