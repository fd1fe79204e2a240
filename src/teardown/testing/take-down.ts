/** A teardown on the simulated cluster, with all that a test may want to ask of it. */

import type { Cluster } from '../../cluster/port.ts';
import { makeSimulatedCluster, type SimulatedCluster, type SimulationOptions } from '../../cluster/simulated/index.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import { clusterOperatorLabel } from '../../objects/names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Action, Decision, StepState } from '../decide.ts';
import type { Teardown } from '../teardown.ts';
import { type Beginning, beginTeardown } from './begin-teardown.ts';
import { namespace } from './samples.ts';

export type Run = SimulatedCluster & {
  teardown: Teardown;
  /** The last that was made. */
  plan(): Plan;
  decisions: Decision[];
  forced: Action[];
  newcomers: KubernetesObject[];
  /** Whom objects were deleted in spite of, in words. */
  inSpiteOf: Set<string>;
  state(object: KubernetesObject): StepState | undefined;
  /** The words of its blocker; empty where it has none. */
  blocker(object: KubernetesObject): string;
  isDone(): boolean;
  finished(maxMs?: number): Promise<void>;
  exists(object: KubernetesObject): boolean;
  deletes(object: KubernetesObject): number;
};

export type Setting = Partial<Omit<Beginning, 'cluster' | 'clock' | 'objects' | 'onNewcomers' | 'plan'>> & {
  world?: SimulationOptions;
  /** What is there beside the objects of the teardown. */
  others?: KubernetesObject[];
  before?(simulated: SimulatedCluster): unknown;
  around?(cluster: Cluster): Cluster;
  tellNewcomers?: boolean;
  /** What an earlier process had planned. */
  planned?(simulated: SimulatedCluster): Plan;
};

/** Creates the objects, lets them settle, and begins to take them down. */
export async function takeDown(objects: KubernetesObject[], setting: Setting = {}): Promise<Run> {
  const { world = {}, others = [], before, around = (cluster) => cluster, tellNewcomers, planned, ...rest } = setting;
  const simulated = makeSimulatedCluster(world);
  const labels = rest.clusterOperator === undefined ? {} : { [clusterOperatorLabel]: rest.clusterOperator };
  if (!objects.some((object) => object.kind === 'Namespace')) await simulated.cluster.create(namespace());
  const labelled = objects.map((object) => {
    return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } } };
  });
  const all = [...labelled, ...others];
  for (const object of all.filter(isFirst)) await simulated.cluster.create(object);
  await simulated.settle(200);
  for (const object of all.filter((each) => !isFirst(each))) await simulated.cluster.create(object);
  await before?.(simulated);
  await simulated.settle(3_000);
  simulated.log.length = 0;
  simulated.clearRequests();
  const decisions: Decision[] = [];
  const forced: Action[] = [];
  const newcomers: KubernetesObject[] = [];
  const inSpiteOf = new Set<string>();
  let plan: Plan = { steps: [] };
  const teardown = await beginTeardown({
    ...rest,
    cluster: around(simulated.cluster),
    clock: simulated.clock,
    objects,
    ...(planned && { plan: planned(simulated) }),
    onPlan: (made) => {
      plan = made;
    },
    onDecision: (decision) => {
      decisions.push(decision);
      for (const each of decision.states) if (each.inSpiteOf !== undefined) inSpiteOf.add(each.inSpiteOf);
    },
    onForced: (action) => void forced.push(action),
    ...(tellNewcomers && { onNewcomers: (found) => void newcomers.push(...found) }),
  });
  const state = (object: KubernetesObject) => decisions.at(-1)?.states.find((each) => each.id === idOf(object));
  const isDone = () => decisions.at(-1)?.done === true;
  return {
    ...simulated,
    ...{ teardown, decisions, forced, newcomers, inSpiteOf, state, isDone },
    plan: () => plan,
    blocker: (object) => state(object)?.blocker?.text ?? '',
    finished: (maxMs = 60_000) => simulated.until(isDone, maxMs),
    exists: (object) => existing(simulated, object.kind).includes(idOf(object)),
    deletes: ({ kind, metadata }) =>
      simulated.requests.filter(({ verb, ref }) => verb === 'delete' && ref.kind === kind && ref.name === metadata.name).length,
  };
}

/** What others need to be created at all. */
function isFirst({ kind }: KubernetesObject): boolean {
  return kind === 'CustomResourceDefinition' || kind === 'Namespace';
}

export function existing({ server }: SimulatedCluster, kind: string): ObjectId[] {
  return server.kinds.listable().flatMap((served) => (served.kind === kind ? server.store.all(served.key).map(idOf) : []));
}

/** As of a ClusterOperator with all of them in one component. */
export const oneComponent = (objects: KubernetesObject[]) => ({
  clusterOperator: 'node-agent',
  components: [{ name: 'all', dependsOn: [], objects: objects.map(idOf) }],
});
