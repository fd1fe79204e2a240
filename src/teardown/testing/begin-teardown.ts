/** A teardown as its callers begin it: look the objects up, survey, plan (unless there is one already), go. */
import type { Clock, Instant } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/port.ts';
import type { Component } from '../../graph/edge.ts';
import { idOf, idOfRef, type ObjectId, refOf } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Action, Decision } from '../decide.ts';
import { defaultPolicy, type TeardownPolicy } from '../policy.ts';
import { survey } from '../survey.ts';
import { planOfSurvey } from '../survey-plan.ts';
import { Teardown } from '../teardown.ts';

export type Beginning = {
  cluster: Cluster;
  clock: Clock;
  /** As in manifests. */
  objects: readonly KubernetesObject[];
  components?: readonly Component[];
  clusterOperator?: string;
  policy?: TeardownPolicy;
  /** What an earlier process had planned, and when it had begun. */
  plan?: Plan;
  startedAt?: Instant;
  /** See `TeardownOptions`. */
  after?: Promise<unknown>;
  /** Called with the plan before anything is deleted. */
  onPlan?(plan: Plan): void;
  onDecision?(decision: Decision): void;
  onForced?(action: Action): void;
  onNewcomers?(objects: KubernetesObject[]): void;
};

/** Resolves when the teardown has begun. */
export async function beginTeardown(beginning: Beginning): Promise<Teardown> {
  const { cluster, clock, objects, components = [], policy = defaultPolicy } = beginning;
  const planned = beginning.plan?.steps.filter((step) => step.mode === 'delete') ?? [];
  const refs = new Map<ObjectId, ObjectRef>(objects.map((object) => [idOf(object), refOf(object)]));
  for (const { ref } of planned) refs.set(idOfRef(ref), ref);
  const live: KubernetesObject[] = [];
  for (const ref of refs.values()) {
    const object = await cluster.get(ref).catch(() => undefined);
    if (object && (ref.uid === undefined || object.metadata.uid === ref.uid)) live.push(object);
  }
  const found = await survey(cluster, live, planned);
  const plan = beginning.plan ?? planOfSurvey(found, components);
  beginning.onPlan?.(plan);
  return new Teardown({
    cluster,
    clock,
    plan,
    reach: found.reach,
    childByUid: found.childByUid,
    looseByUid: found.looseByUid,
    stepByUid: found.stepByUid,
    rights: found.rights,
    policy,
    startedAt: beginning.startedAt ?? clock.now(),
    ...(beginning.clusterOperator !== undefined && { clusterOperator: beginning.clusterOperator }),
    ...(beginning.after && { after: beginning.after }),
    onDecision: (decision) => beginning.onDecision?.(decision),
    ...(beginning.onForced && { onForced: beginning.onForced }),
    ...(beginning.onNewcomers && { onNewcomers: beginning.onNewcomers }),
  });
}
