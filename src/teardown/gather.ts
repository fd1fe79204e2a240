/**
 * Reading the world for a teardown: watches for the plan's objects, their children and Pods, kept current, and reduced
 * to `Seen` whenever a decision is due. The only file of the engine that reads; `decide` judges, `act` writes.
 *
 * The watches must be opened when the teardown starts, not before: their first state is then younger than every object
 * that was installed, so that what they do not show is really gone.
 */
import { wordsOf } from '../cluster/circumstances.ts';
import { Mirror, type MirrorOptions } from '../cluster/mirror.ts';
import type { Cluster, Query } from '../cluster/port.ts';
import { withoutDirectives } from '../objects/directives.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { mostInMemory } from './bounds.ts';
import { type FailedHook, FailedHooks } from './failed-hooks.ts';
import { Family, type Kinship } from './family.ts';
import { isPod, mayHaveDependents } from './kinds.ts';
import { LiveUsers } from './live-users.ts';
import { Members } from './members.ts';
import { Observed } from './observed.ts';
import type { Reach } from './reach.ts';
import type { Seen, SeenInhabitants, SeenObject, SeenPod, SeenStep, SeenUser } from './seen.ts';
import { familyQueries, isSettled, isVanishedKind, keyOf, slim, stepQueries } from './watches.ts';

export type ClusterViewOptions = {
  cluster: Cluster;
  plan: Plan;
  reach: Reach;
  /** UIDs of objects that belong to the plan although the watches may not show them any more. */
  stepByUid: ReadonlyMap<string, ObjectId>;
  /**
   * UIDs of children and Pods that the survey has found by their owners, with their steps: they may have lost their
   * owners since.
   */
  childByUid?: ReadonlyMap<string, ObjectId>;
  /** UIDs of what may have been made for steps, and has no owner. */
  looseByUid?: ReadonlyMap<string, ObjectId>;
  /** For each ServiceAccount of the plan the steps that give it rights. */
  rights?: ReadonlyMap<ObjectId, readonly ObjectId[]>;
  /**
   * Name of the ClusterOperator whose label the declared objects carry; absent when the plan is made of other objects.
   * The label makes the watches small, and proves nothing.
   */
  clusterOperator?: string;
  /** @param isNew something is there that was not shown before */
  onChange(isNew?: boolean): void;
};

/** What the run itself knows beyond the watches. */
export type Knowledge = {
  /** UIDs that the API server has answered to be gone. */
  goneUids: ReadonlySet<string>;
  confirmed: ReadonlySet<ObjectId>;
  refusals: ReadonlyMap<ObjectId, { error: unknown; since: number }>;
  /** Since when nothing has been left of each step but what may have been made for it. */
  alone?: ReadonlyMap<ObjectId, number>;
  /** What the last look into each Namespace found. */
  inhabitants?: ReadonlyMap<ObjectId, SeenInhabitants>;
  /** What a current read found of steps of which the watches show nothing. */
  found?: ReadonlyMap<ObjectId, KubernetesObject[]>;
  /** Since when each step has had its turn. */
  turns?: ReadonlyMap<ObjectId, number>;
  /**
   * Since when each step and each Pod, by UID, has been kept waiting or waited for by a use that the plan does not
   * know.
   */
  uses?: ReadonlyMap<string, number>;
};

export class ClusterView {
  readonly #options: ClusterViewOptions;
  readonly #family: Family;
  readonly #steps: ReadonlyMap<ObjectId, PlanStep>;
  /** UIDs of the objects that the plan deletes. */
  readonly #planned: ReadonlySet<string>;
  /** The kinds that the plan's CustomResourceDefinitions define, with the step of each. */
  readonly #defined: ReadonlyMap<string, ObjectId>;
  readonly #stepMirrors: Mirror[] = [];
  readonly #familyMirrors: Mirror[] = [];
  /** Where a step's own object is looked for, by group and kind. */
  readonly #mirrorsByKind = new Map<string, { namespace: string | undefined; mirror: Mirror }[]>();
  /** The same by step, without the watches of other namespaces: asked at every look. */
  readonly #mirrorsByStep = new Map<ObjectId, Mirror[]>();
  readonly #members: Members;
  readonly #users: LiveUsers;
  /** Steps that are Pods, and Pods that only a current read has shown. */
  readonly #ourPods = new Set<string>();
  /** UIDs that were last shown as terminating: that the watch does not show them any more means that they are gone. */
  readonly #seenToGo = new Set<string>();
  readonly #hooks: FailedHooks;
  readonly #observed = new Observed();

  constructor(options: ClusterViewOptions) {
    this.#options = options;
    const { cluster, plan, reach, stepByUid, childByUid, looseByUid } = options;
    this.#steps = new Map(plan.steps.map((step) => [step.id, step]));
    this.#planned = new Set(plan.steps.flatMap(({ ref, mode }) => (ref.uid && mode === 'delete' ? ref.uid : [])));
    this.#defined = new Map(plan.steps.flatMap(({ id, defines }) => (defines ? [[keyOf(defines), id] as const] : [])));
    this.#family = new Family(stepByUid, new Set(this.#steps.keys()), childByUid, looseByUid);
    this.#members = new Members(this.#family);
    this.#users = new LiveUsers(plan, options.rights ?? new Map());
    for (const { id, ref, mode, between = [] } of plan.steps) {
      if (ref.uid && mode === 'delete') this.#family.addStep(ref.uid, id);
      this.#family.addBetween(between, id);
    }
    this.#openSteps();
    for (const query of familyQueries(reach)) this.#openFamily(query);
    this.#hooks = new FailedHooks(cluster, reach.namespaces, () => options.onChange());
  }

  #openSteps(): void {
    const { plan, clusterOperator } = this.#options;
    for (const query of stepQueries(plan, clusterOperator)) {
      const mirror = this.#open(query, (object, previous) => this.#meetStep(object, previous), this.#keepOf(query));
      this.#stepMirrors.push(mirror);
      this.#lookForStepsIn(query, mirror);
    }
  }

  #openFamily(query: Query): void {
    const whole = isPod(query);
    const meet: Meet = (object, previous) => this.#members.meet(mirror, object, previous);
    const mirror: Mirror = whole ? this.#openPods(query, meet) : this.#open(query, meet);
    this.#familyMirrors.push(mirror);
    this.#members.add(mirror);
    if (whole) this.#lookForStepsIn(query, mirror);
  }

  /** The present state of every step. */
  seen(knowledge: Knowledge): Seen {
    const mirrors = [...this.#stepMirrors, ...this.#familyMirrors];
    const late = mirrors.find((mirror) => !isSettled(mirror));
    const broken = mirrors.find((mirror) => mirror.trouble && !isVanishedKind(mirror))?.trouble;
    const newcomers =
      this.#defined.size > 0 ? Map.groupBy(this.#instances(), (object) => this.#defined.get(keyOf(object))) : undefined;
    const steps = new Map<ObjectId, SeenStep>();
    const users = this.#users.byStep((uid) => this.#members.stepOfUid(uid));
    for (const step of this.#options.plan.steps) {
      if (step.mode === 'barrier' || step.mode === 'keep') continue;
      const seen = this.#step(step, knowledge, newcomers?.get(step.id) ?? []);
      const used = users.get(step.id);
      steps.set(step.id, used ? withUsers(step.id, seen, used, knowledge) : seen);
    }
    return {
      synced: late === undefined,
      ...(late && {
        unsyncedBecause: late.trouble ? `the cluster cannot be read: ${late.trouble.message}` : 'the cluster is being read',
      }),
      ...(broken && !late && { lagging: broken.message }),
      steps,
    };
  }

  /**
   * Custom resources that no step stands for because they came later, of the plan's CustomResourceDefinitions, whose
   * deletion would take them along. Nothing else may ever be returned here, whatever the watches show: newcomers are
   * deleted. They come without our annotations, as from the survey.
   */
  newcomers(): KubernetesObject[] {
    const found = new Map(this.#instances().map((object) => [idOf(object), object]));
    return [...found.values()].map((object) => withoutDirectives(object));
  }

  /** The step that an object read elsewhere lives for, and how sure that is. */
  kinshipOf(object: KubernetesObject): Kinship | undefined {
    return this.#family.kinshipOf(object);
  }

  /**
   * True when an object of the step's identity is the one to be removed: by its UID, or because it is a custom resource
   * whose CustomResourceDefinition goes. Any other of the same name is somebody else's, and ours is gone.
   */
  isOurs(step: PlanStep, object: KubernetesObject): boolean {
    const { uid } = object.metadata;
    if (uid !== undefined && uid === step.ref.uid) return true;
    if (step.mode !== 'delete') return false;
    return (uid !== undefined && this.#options.stepByUid.get(uid) === step.id) || this.#isInstance(object);
  }

  /** True for an object of the plan, and for what was made out of one. */
  belongs(object: KubernetesObject): boolean {
    const uid = object.metadata.uid ?? '';
    if (this.#planned.has(uid) || this.#members.hasEverHad(uid)) return true;
    const how = this.kinshipOf(object)?.how;
    return how !== undefined && how !== 'possible';
  }

  /** True for the identity of a step. */
  isStep(id: ObjectId): boolean {
    return this.#steps.has(id);
  }

  /** The preStop hooks that failed in Pods of this teardown. */
  failedHooks(): FailedHook[] {
    return this.#hooks.of((uid) => this.#ourPods.has(uid) || this.#members.hasEverHad(uid));
  }

  /** Why preStop hooks may fail unnoticed; undefined when they cannot. */
  unseenHooks(): string | undefined {
    return this.#hooks.unseen;
  }

  /** Reads failed hooks currently, past the watch. */
  readFailedHooks(): Promise<void> {
    return this.#hooks.read();
  }

  close(): void {
    for (const mirror of [...this.#stepMirrors, ...this.#familyMirrors]) mirror.close();
    this.#hooks.close();
  }

  /**
   * Nothing of what only has our label; of custom resources more than a plan can have, so that the plan turns out to be
   * too small.
   */
  #keepOf(query: Query): Prune {
    const isDefined = this.#defined.has(keyOf(query));
    const kept = new Set<ObjectId>();
    return (object) => {
      const id = idOf(object);
      if (this.#steps.has(id)) return slim(object);
      if (!isDefined || (kept.size > mostInMemory && !kept.has(id))) return undefined;
      kept.add(id);
      return slim(object);
    };
  }

  /** What a Pod uses is read before its spec is thrown away. */
  #openPods(query: Query, meet: Meet): Mirror {
    const metAndLeft: Meet = (pod, previous) => {
      if (pod) this.#users.meet(pod);
      if (previous && previous.metadata.uid !== pod?.metadata.uid) this.#users.leave(previous.metadata.uid ?? '');
      meet(pod, previous);
    };
    return this.#open(query, metAndLeft, (pod) => this.#users.slim(pod));
  }

  #open(query: Query, meet: Meet, prune: Prune = slim): Mirror {
    const mirror = new Mirror(this.#options.cluster, query, { prune, onTrouble: () => this.#options.onChange() });
    mirror.onChange(({ object, previous }) => {
      meet(object, previous);
      this.#options.onChange(object !== undefined && previous === undefined);
    });
    mirror.whenSynced().then(
      () => this.#options.onChange(),
      () => {},
    ); // Rejects only when it was closed first.
    return mirror;
  }

  #lookForStepsIn(query: Query, mirror: Mirror): void {
    const known = this.#mirrorsByKind.get(keyOf(query));
    const entry = { namespace: query.namespace, mirror };
    // Whole Pods before bare metadata: they tell what their containers do.
    if (known) known.unshift(entry);
    else this.#mirrorsByKind.set(keyOf(query), [entry]);
    this.#mirrorsByStep.clear();
  }

  #mirrorsOf({ id, ref }: PlanStep): Mirror[] {
    const known = this.#mirrorsByStep.get(id);
    if (known) return known;
    const mirrors = (this.#mirrorsByKind.get(keyOf(ref)) ?? []).flatMap(({ namespace, mirror }) =>
      namespace === undefined || namespace === ref.namespace ? mirror : [],
    );
    this.#mirrorsByStep.set(id, mirrors);
    return mirrors;
  }

  /** The children of an object that was created again are ours as soon as it is known to be. */
  #meetStep(object: KubernetesObject | undefined, previous: KubernetesObject | undefined): void {
    if (previous?.metadata.deletionTimestamp !== undefined && previous.metadata.uid !== object?.metadata.uid) {
      this.#seenToGo.add(previous.metadata.uid ?? '');
    }
    const uid = object?.metadata.uid;
    const step = object && this.#steps.get(idOf(object));
    if (!step || !uid || step.mode !== 'delete' || !this.isOurs(step, object)) return;
    if (previous?.metadata.uid === uid && this.isOurs(step, previous)) return;
    this.#family.addStep(uid, step.id);
    this.#members.reconsiderChildrenOf(uid);
    if (step.defines) this.#meetInstancesOf(step.defines);
  }

  /** Their own watch may have shown them before it was known whose definition that is. */
  #meetInstancesOf(kind: Kind): void {
    for (const { mirror } of this.#mirrorsByKind.get(keyOf(kind)) ?? []) {
      if (isVanishedKind(mirror)) continue;
      for (const instance of mirror.all()) this.#meetStep(instance, undefined);
    }
  }

  #step(step: PlanStep, knowledge: Knowledge, newcomers: readonly KubernetesObject[]): SeenStep {
    const { goneUids, confirmed } = knowledge;
    const hidden = this.#hidden(step.id, knowledge);
    const shown = this.#present(step) ?? hidden.find((each) => idOf(each) === step.id && this.isOurs(step, each));
    const object = shown && !goneUids.has(shown.metadata.uid ?? '') ? shown : undefined;
    const pod = object && isPod(object) ? this.#observed.pod(object) : undefined;
    if (pod && step.mode === 'delete') this.#ourPods.add(pod.ref.uid);
    const { children, pods, strays } = this.#made(step.id, goneUids);
    const unshown = hidden.filter((each) => each !== shown && !isPod(each) && this.#isCertain(each)).map(this.#observed.member);
    return {
      ...(object && { object: pod ?? this.#observed.object(object) }),
      children:
        newcomers.length + unshown.length === 0
          ? children
          : [...newcomers.map(this.#observed.object), ...children, ...unshown.filter(isForUs(goneUids))],
      pods: pod ? [...pods, pod] : pods,
      ...(strays.length > 0 && { strays }),
      confirmedGone: confirmed.has(step.id),
      ...(!object && this.#isDoubtful(step, goneUids) && { doubtful: true }),
      ...learned(step.id, knowledge),
    };
  }

  /** What only a current read has found of the step, and nobody deletes. The hooks of its Pods count in any case. */
  #hidden(step: ObjectId, { found }: Knowledge): readonly KubernetesObject[] {
    const left = found?.get(step);
    if (left === undefined) return none;
    for (const each of left) if (isPod(each) && this.#isCertain(each)) this.#ourPods.add(each.metadata.uid ?? '');
    return left.filter((each) => each.metadata.deletionTimestamp === undefined);
  }

  #isCertain(object: KubernetesObject): boolean {
    return this.kinshipOf(object)?.how !== 'possible';
  }

  /** What was made out of the step's object, or may have been. */
  #made(step: ObjectId, goneUids: ReadonlySet<string>): { children: SeenObject[]; pods: SeenPod[]; strays: SeenObject[] } {
    const members = this.#members.of(step);
    if (members.length === 0) return nothingMade;
    const [possible, certain] = partition(members, ({ how }) => how === 'possible');
    const [pods, others] = partition(certain, ({ object }) => isPod(object));
    const strays = possible.filter(({ object }) => !goneUids.has(object.metadata.uid ?? ''));
    return {
      children: others.flatMap(({ object }) => (goneUids.has(object.metadata.uid ?? '') ? [] : this.#observed.member(object))),
      pods: pods.map(({ object }) => this.#observed.pod(object)),
      strays: strays.map(({ object }) => (isPod(object) ? this.#observed.pod(object) : this.#observed.object(object))),
    };
  }

  #present(step: PlanStep): KubernetesObject | undefined {
    for (const mirror of this.#mirrorsOf(step)) {
      const object = isVanishedKind(mirror) ? undefined : mirror.get(step.id);
      if (object && this.isOurs(step, object)) return object;
    }
    return undefined;
  }

  /** A watch by label also stops to show an object whose label somebody took off. */
  #isDoubtful(step: PlanStep, goneUids: ReadonlySet<string>): boolean {
    if (this.#options.clusterOperator === undefined || step.component === undefined || mayHaveDependents(step.ref)) return false;
    const uid = step.ref.uid ?? '';
    return !goneUids.has(uid) && !this.#seenToGo.has(uid);
  }

  /** A custom resource of one of the plan's CustomResourceDefinitions, as long as that is still ours. */
  #isInstance(object: KubernetesObject): boolean {
    const definition = this.#defined.get(keyOf(object));
    return definition !== undefined && this.#stillDefines(definition);
  }

  /**
   * Only while the watch shows it: somebody may create a CustomResourceDefinition of the same name once ours is gone,
   * and its custom resources are his.
   */
  #stillDefines(definition: ObjectId): boolean {
    const step = this.#steps.get(definition);
    return step !== undefined && this.#present(step) !== undefined;
  }

  /**
   * Custom resources that the deletion of one of the plan's CustomResourceDefinitions would take along, and that no
   * step stands for.
   */
  #instances(): KubernetesObject[] {
    if (this.#defined.size === 0) return [];
    const ours = [...this.#defined].filter(([, definition]) => this.#stillDefines(definition));
    const mirrors = ours.flatMap(([key]) => this.#mirrorsByKind.get(key) ?? []);
    return mirrors
      .flatMap(({ mirror }) => (isVanishedKind(mirror) ? [] : mirror.all()))
      .filter((object) => !this.#steps.has(idOf(object)));
  }
}

/** What the run itself has learned about a step. */
function learned(step: ObjectId, { refusals, turns, inhabitants, alone }: Knowledge): Partial<SeenStep> {
  const refusal = refusals.get(step);
  const turnSince = turns?.get(step);
  const within = inhabitants?.get(step);
  const aloneSince = alone?.get(step);
  return {
    ...(aloneSince !== undefined && { aloneSince }),
    ...(turnSince !== undefined && { turnSince }),
    ...(within && { inhabitants: within }),
    ...(refusal && { refusal: wordsOf(refusal.error), refusedSince: refusal.since }),
  };
}

const none: readonly never[] = [];
const nothingMade = { children: [], pods: [], strays: [] };

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

type Kind = Pick<ObjectRef, 'apiVersion' | 'kind'>;
type Prune = NonNullable<MirrorOptions['prune']>;
type Meet = (object?: KubernetesObject, previous?: KubernetesObject) => void;

function withUsers(id: ObjectId, seen: SeenStep, users: readonly SeenUser[], { uses }: Knowledge): SeenStep {
  const usedSince = uses?.get(id);
  return {
    ...seen,
    users: users.map((user) => {
      const since = uses?.get(user.pod.uid);
      return since === undefined ? user : { ...user, since };
    }),
    ...(usedSince !== undefined && { usedSince }),
  };
}

/**
 * Of what only a current read has found, what somebody else deletes is left to him: how that goes on only further reads
 * will tell.
 */
function isForUs(goneUids: ReadonlySet<string>): (object: SeenObject) => boolean {
  return (object) => object.ownerless === true && !goneUids.has(object.ref.uid);
}
