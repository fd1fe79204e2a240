/**
 * Reading the world for a teardown: watches for the plan's objects, their children and Pods, kept current, and reduced to `Seen` whenever a
 * decision is due. The only file of the engine that reads; `decide` judges, `act` writes.
 *
 * The watches must be opened when the teardown starts, not before: their first state is then younger than every object that was installed, so
 * that what they do not show is really gone.
 */
import { Mirror } from '../cluster/mirror.ts';
import type { Cluster, Query } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import { clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { type FailedHook, FailedHooks } from './failed-hooks.ts';
import { Family, type PodMark } from './family.ts';
import { podKind } from './kinds.ts';
import { observe, observePod } from './observe.ts';
import type { Reach } from './reach.ts';
import type { Seen, SeenObject, SeenPod, SeenStep } from './seen.ts';

export type SightOptions = {
  cluster: Cluster;
  plan: Plan;
  reach: Reach;
  /** Labels that recognise the Pods of the plan's workloads. */
  marks: PodMark[];
  /** UIDs of objects that belong to the plan although the watches may not show them any more. */
  stepByUid: ReadonlyMap<string, ObjectId>;
  /** Name of the ClusterOperator whose label the declared objects carry; absent when the plan is made of other objects. */
  clusterOperator?: string;
  onChange(): void;
};

/** What the run itself knows beyond the watches. */
export type Knowledge = {
  /** UIDs that the API server has answered to be gone. */
  goneUids: ReadonlySet<string>;
  confirmed: ReadonlySet<ObjectId>;
  refusals: ReadonlyMap<ObjectId, { text: string; since: number }>;
};

export class Sight {
  readonly #options: SightOptions;
  readonly #family: Family;
  readonly #stepMirrors: Mirror[] = [];
  readonly #familyMirrors: Mirror[] = [];
  readonly #members = new Map<ObjectId, Map<string, KubernetesObject>>();
  /** Objects with owners that are not known to lead to a step yet, by uid; tried again when something new is learned. */
  readonly #strangers = new Map<string, KubernetesObject>();
  readonly #hooks: FailedHooks;

  constructor(options: SightOptions) {
    this.#options = options;
    const { cluster, plan, reach, marks, stepByUid } = options;
    this.#family = new Family(stepByUid, marks, new Set(plan.steps.map((step) => step.id)));
    for (const query of stepQueries(plan, options.clusterOperator)) this.#stepMirrors.push(this.#open(cluster, query, () => {}));
    for (const namespace of reach.namespaces) {
      for (const kind of reach.watched) {
        const whole = kind.kind === podKind.kind;
        const query: Query = { ...kind, ...(namespace !== undefined && { namespace }), ...(!whole && { metadataOnly: true }) };
        this.#familyMirrors.push(this.#open(cluster, query, (object, previous) => this.#place(object, previous)));
      }
    }
    this.#hooks = new FailedHooks(cluster, reach.namespaces, options.onChange);
  }

  /** The present state of every step. */
  seen(knowledge: Knowledge): Seen {
    const late = [...this.#stepMirrors, ...this.#familyMirrors].find((mirror) => !isSettled(mirror));
    const steps = new Map<ObjectId, SeenStep>();
    for (const step of this.#options.plan.steps) if (step.mode !== 'barrier') steps.set(step.id, this.#step(step, knowledge));
    return {
      synced: late === undefined,
      ...(late && {
        unsyncedBecause: late.trouble ? `the cluster cannot be read: ${late.trouble.message}` : 'the cluster is being read',
      }),
      steps,
    };
  }

  /**
   * Objects that no step stands for because they came later: custom resources of the plan's CustomResourceDefinitions, and what bears our
   * label. Nothing else may ever be returned here, whatever the watches show: newcomers are deleted.
   */
  newcomers(): KubernetesObject[] {
    const known = new Set(this.#options.plan.steps.map((step) => step.id));
    return this.#stepMirrors
      .flatMap((mirror) => mirror.all())
      .filter((object) => !known.has(idOf(object)) && (this.#isMarked(object) || this.#isInstance(object)));
  }

  /** The step that an object read elsewhere lives for. */
  stepOf(object: KubernetesObject): ObjectId | undefined {
    return this.#family.stepOf(object);
  }

  /** The preStop hooks that failed in Pods of this teardown. */
  failedHooks(): FailedHook[] {
    return this.#hooks.of((uid) => this.#everMembers.has(uid));
  }

  close(): void {
    for (const mirror of [...this.#stepMirrors, ...this.#familyMirrors]) mirror.close();
    this.#hooks.close();
  }

  readonly #everMembers = new Set<string>();

  #open(cluster: Cluster, query: Query, place: (object?: KubernetesObject, previous?: KubernetesObject) => void): Mirror {
    const mirror = new Mirror(cluster, query, { prune: slim, onTrouble: () => this.#options.onChange() });
    mirror.onChange(({ object, previous }) => {
      place(object, previous);
      this.#options.onChange();
    });
    mirror.whenSynced().then(this.#options.onChange, () => {}); // Rejects only when it was closed first.
    return mirror;
  }

  /** Files a child or Pod under its step. */
  #place(object: KubernetesObject | undefined, previous: KubernetesObject | undefined): void {
    const uid = object?.metadata.uid ?? previous?.metadata.uid ?? '';
    if (previous && previous.metadata.uid !== object?.metadata.uid) this.#remove(previous);
    if (!object) return;
    const step = this.#family.stepOf(object);
    if (step) this.#enrol(step, uid, object);
    else this.#strangers.set(uid, object);
    if (!previous) this.#retryStrangers(uid);
  }

  #enrol(step: ObjectId, uid: string, object: KubernetesObject): void {
    const members = this.#members.get(step) ?? new Map<string, KubernetesObject>();
    members.set(uid, object);
    this.#members.set(step, members);
    this.#everMembers.add(uid);
    this.#strangers.delete(uid);
  }

  /** A ReplicaSet may be shown after its Pods: those waited for it among the strangers. */
  #retryStrangers(newOwner: string): void {
    for (const [uid, stranger] of this.#strangers) {
      if (!stranger.metadata.ownerReferences?.some((owner) => owner.uid === newOwner)) continue;
      const step = this.#family.stepOf(stranger);
      if (step) this.#enrol(step, uid, stranger);
    }
  }

  #remove(object: KubernetesObject): void {
    const uid = object.metadata.uid ?? '';
    this.#strangers.delete(uid);
    for (const members of this.#members.values()) members.delete(uid);
  }

  #step(step: PlanStep, { goneUids, confirmed, refusals }: Knowledge): SeenStep {
    const object = this.#present(step);
    const members = [...(this.#members.get(step.id)?.values() ?? [])];
    const children: SeenObject[] = [];
    const pods: SeenPod[] = [];
    for (const member of members) {
      if (member.kind === podKind.kind) pods.push(observePod(member));
      else if (!goneUids.has(member.metadata.uid ?? '')) children.push(observe(member));
    }
    const here = object && !goneUids.has(object.metadata.uid ?? '') ? observe(object) : undefined;
    const refusal = refusals.get(step.id);
    return {
      ...(here && { object: here }),
      children,
      pods,
      confirmedGone: confirmed.has(step.id),
      ...(refusal && { refusal: refusal.text, refusedSince: refusal.since }),
    };
  }

  /** The step's own object. One of the same name that does not bear our mark and is not the one that was planned is somebody else's: ours is gone. */
  #present(step: PlanStep): KubernetesObject | undefined {
    const pool = step.ref.kind === podKind.kind ? [...this.#stepMirrors, ...this.#familyMirrors] : this.#stepMirrors;
    for (const mirror of pool) {
      if (isVanishedKind(mirror)) continue;
      const object = mirror.get(step.id);
      if (!object) continue;
      const { uid } = object.metadata;
      if (uid !== step.ref.uid && !this.#isMarked(object)) continue;
      if (uid) this.#family.addStep(uid, step.id);
      return object;
    }
    return undefined;
  }

  #isMarked(object: KubernetesObject): boolean {
    const { clusterOperator } = this.#options;
    return clusterOperator !== undefined && object.metadata.labels?.[clusterOperatorLabel] === clusterOperator;
  }

  /** A custom resource that the deletion of one of the plan's CustomResourceDefinitions would take along. */
  #isInstance({ apiVersion, kind }: KubernetesObject): boolean {
    return this.#options.plan.steps.some(({ defines }) => defines?.kind === kind && defines.apiVersion === apiVersion);
  }
}

/** One watch for each kind and namespace. Declared objects are found by our label, others by their kind alone. */
function stepQueries(plan: Plan, clusterOperator: string | undefined): Query[] {
  const queries = new Map<string, Query>();
  for (const { ref, mode, component, defines } of plan.steps) {
    if (mode === 'barrier' || mode === 'keep') continue;
    if (defines) queries.set(`${defines.apiVersion} ${defines.kind}  false`, { ...defines, metadataOnly: true });
    const { apiVersion, kind, namespace } = ref;
    const labelled = clusterOperator !== undefined && component !== undefined;
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

/** A mirror tells the truth once it has a first state, or when its kind is not served (any more): then there are no such objects. */
function isSettled(mirror: Mirror): boolean {
  return mirror.synced || isVanishedKind(mirror);
}

function isVanishedKind(mirror: Mirror): boolean {
  return isCode(mirror.trouble, 'not-found');
}

/** Memory: nobody here reads managed fields, volumes or environments; the latter may hold secrets. */
function slim(object: KubernetesObject): KubernetesObject {
  const { managedFields: _, ...metadata } = object.metadata;
  if (object.kind !== podKind.kind) return { apiVersion: object.apiVersion, kind: object.kind, metadata };
  const spec = object.spec as { nodeName?: string; containers?: Slim[]; initContainers?: Slim[] } | undefined;
  const thin = ({ name, lifecycle, restartPolicy }: Slim) => ({
    name,
    ...(lifecycle?.preStop ? { lifecycle: { preStop: {} } } : {}),
    restartPolicy,
  });
  return {
    ...object,
    metadata,
    spec: {
      nodeName: spec?.nodeName,
      containers: spec?.containers?.map(thin),
      initContainers: spec?.initContainers?.map(thin),
    },
  };
}

type Slim = { name: string; lifecycle?: { preStop?: unknown }; restartPolicy?: string };
