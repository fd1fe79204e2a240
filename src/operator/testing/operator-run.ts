/**
 * A whole life of a ClusterOperator on a simulated cluster: installed, kept, changed if the scenario says so, deleted;
 * by an operator that can die at any write and is started again. Somebody squats every name and label meanwhile.
 */
import assert from 'node:assert/strict';
import {
  type Connection,
  makeSimulatedCluster,
  type Request,
  type SimulatedCluster,
  type User,
} from '../../cluster/simulated/index.ts';
import { idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../../resource/cluster-operator.ts';
import { clusterOperatorCrd } from '../../resource/crd.ts';
import { arm, type CrashPoint, type RunResult } from '../../teardown/testing/crash-points.ts';
import { Squatters } from '../../teardown/testing/squatters.ts';
import { assertOrder, type World } from '../../teardown/testing/teardown-run.ts';
import { Controller } from '../controller.ts';
import { eventRecorder } from '../events.ts';
import type { Guard } from '../guard.ts';
import type { Judgement } from '../judgement.ts';
import { silentLog } from '../log.ts';
import { makeMeters } from '../metrics.ts';
import { sharesWithoutTrials } from '../share-settings.ts';

const operatorNamespace = 'bookend-system';
const deployer = { namespace: operatorNamespace, name: 'bookend-deployer' };
const operatorUser: User = {
  name: 'system:serviceaccount:bookend-system:bookend',
  groups: ['system:masters', 'system:authenticated'],
};
const deployerUser = `system:serviceaccount:${deployer.namespace}:${deployer.name}`;

export type LifeOfOne = {
  name: string;
  resource: ClusterOperator;
  foreign?: KubernetesObject[];
  /** Once all is ready, before the end: a new spec, for example. */
  meanwhile?(simulated: SimulatedCluster): Promise<void>;
  /** True when the time of `meanwhile` is over. */
  until?(simulated: SimulatedCluster, squatters: Squatters): boolean;
  /** `[dependent, dependency]`, beginnings of identities: see `assertOrder`. */
  order: [string, string][];
  /** No ClusterOperator is deleted: the scenario ends when this holds. */
  endsWhen?(simulated: SimulatedCluster): boolean;
  stays?: string[];
};

/** Longer than any scenario takes on the cluster's clock, in ms. */
const limitMs = 600_000;

/** Runs it once, with a fault at `point`; asserts order, hooks and what is left. */
export async function runLife(
  life: LifeOfOne,
  world: World,
  point?: CrashPoint,
): Promise<RunResult & { simulated: SimulatedCluster }> {
  const simulated = makeSimulatedCluster(world);
  await prepareCluster(simulated, life.foreign ?? []);
  const before = new Set(allIds(simulated));
  const objects = life.resource.spec.components.flatMap((component) => component.objects as KubernetesObject[]);
  const squatters = new Squatters(simulated, { objects, clusterOperator: life.resource.metadata.name });
  await squatters.settleIn();
  await simulated.settle(1_000);
  simulated.log.length = 0;
  simulated.clearRequests();
  let operator: RunningOperator | undefined;
  const armed = arm(simulated, point, isOperatorsWrite, () => operator?.connection.kill());
  const step = async (condition: () => boolean) => {
    for (;;) {
      operator ??= startOperator(simulated);
      const { connection } = operator;
      await simulated.until(() => connection.killed || condition(), limitMs);
      if (!connection.killed) return;
      operator = undefined;
      // As long as it takes a new process to start.
      await simulated.settle(300);
    }
  };
  await simulated.cluster.create(life.resource);
  await step(() => phaseOf(simulated, life) === 'Ready');
  await life.meanwhile?.(simulated);
  if (life.until) await step(() => life.until?.(simulated, squatters) ?? true);
  await simulated.cluster.delete({ ...clusterOperatorKind, name: life.resource.metadata.name });
  await step(() => resourceOf(simulated, life) === undefined);
  operator?.stop();
  await simulated.settle(5_000);
  const log = simulated.log.filter(({ ref }) => !squatters.has(ref.uid));
  for (const [dependent, dependency] of life.order) assertOrder(log, dependent, dependency);
  assert.deepEqual(
    simulated.log.filter((event) => event.what === 'pre-stop-failed').map(({ id, message }) => `${id}: ${message}`),
    [],
  );
  const stays = new Set(life.stays);
  const end = allIds(simulated, squatters).filter((id) => !before.has(id));
  assert.deepEqual(end, [...stays].sort(), 'something is left behind, or gone that should stay');
  const missing = [...before].filter((id) => !allIds(simulated).includes(id as (typeof end)[number]));
  assert.deepEqual(missing, [], 'something of others is gone');
  squatters.assertUntouched(objects.filter((object) => !stays.has(idOf(object))));
  return { writes: armed.writes(), end, simulated };
}

export type RunningOperator = { connection: Connection; controller: Controller; stop(): void };

/** @param makeGuard absent: there is no guard to switch */
export function startOperator(
  simulated: SimulatedCluster,
  makeGuard?: (connection: Connection) => Guard,
  makeJudgement?: (connection: Connection) => Judgement,
): RunningOperator {
  const connection = simulated.connect(operatorUser);
  const { cluster, clock } = connection;
  const guard = makeGuard?.(connection);
  const judgement = makeJudgement?.(connection);
  let nonces = 0;
  const controller = new Controller({
    cluster,
    clock,
    makeNonce: () => `${simulated.server.store.revision}-${++nonces}`,
    deployer,
    shares: sharesWithoutTrials('registry.bookend.dev/seed:test', 'nobody looked'),
    recorder: eventRecorder(cluster, clock, 'test', silentLog),
    ...(guard && { guard }),
    ...(judgement && { judgement }),
    log: silentLog,
    meters: makeMeters(),
  });
  controller.start();
  const stop = () => {
    controller.close();
    guard?.close();
    judgement?.close();
  };
  return { connection, controller, stop };
}

/** What Bookend's chart brings, as far as the operator's code is concerned. */
export async function prepareCluster(simulated: SimulatedCluster, foreign: KubernetesObject[]): Promise<void> {
  const { cluster } = simulated;
  await cluster.create(clusterOperatorCrd());
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: operatorNamespace } });
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: deployer });
  await cluster.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'bookend-deployer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', ...deployer }],
  });
  for (const object of foreign) await cluster.create(object);
  await simulated.settle(1_000);
}

export function resourceOf(simulated: SimulatedCluster, { resource }: Pick<LifeOfOne, 'resource'>): ClusterOperator | undefined {
  return simulated.server.store
    .all('clusteroperators.bookend.dev')
    .find((object) => object.metadata.name === resource.metadata.name) as ClusterOperator | undefined;
}

function phaseOf(simulated: SimulatedCluster, life: LifeOfOne): string | undefined {
  return resourceOf(simulated, life)?.status?.phase;
}

/** Writes of the operator and of the account that it acts as, without events: those are told and forgotten. */
function isOperatorsWrite({ user, ref }: Request): boolean {
  return (user === operatorUser.name || user === deployerUser) && ref.kind !== 'Event';
}

function allIds({ server }: SimulatedCluster, squatters?: Squatters) {
  return server.kinds
    .listable()
    .flatMap((kind) => (kind.kind === 'Event' || kind.kind === 'Lease' ? [] : server.store.all(kind.key)))
    .filter(({ metadata }) => !squatters?.has(metadata.uid))
    .map(idOf)
    .sort();
}

/** A ClusterOperator from groups of objects. */
export function clusterOperator(
  name: string,
  components: { name: string; dependsOn?: string[]; objects: KubernetesObject[] }[],
  spec: Partial<ClusterOperator['spec']> = {},
): ClusterOperator {
  return { ...clusterOperatorKind, metadata: { name }, spec: { namespace: 'agents', components, ...spec } };
}
