/**
 * A whole teardown on a simulated cluster, as a process that can die at any write and is started again: survey, plan
 * (kept outside, as JSON), Teardown. While it runs and when it is over, everything is asserted that must always hold.
 * Somebody squats every name and label meanwhile.
 */
import assert from 'node:assert/strict';
import {
  type Connection,
  type LifeEvent,
  makeSimulatedCluster,
  type Range,
  type Request,
  type SimulatedCluster,
  type User,
  type WatchOptions,
} from '../../cluster/simulated/index.ts';
import type { Component } from '../../graph/edge.ts';
import { idOf, idOfRef } from '../../objects/identity.ts';
import { clusterOperatorLabel } from '../../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Decision } from '../decide.ts';
import type { FailedHook } from '../failed-hooks.ts';
import { defaultPolicy, type TeardownPolicy } from '../policy.ts';
import type { Teardown } from '../teardown.ts';
import { beginTeardown } from './begin-teardown.ts';
import { arm, type CrashPoint, type RunResult } from './crash-points.ts';
import { Squatters } from './squatters.ts';

export type Scenario = {
  name: string;
  /** What is there, in the order of its creation. Objects in `objects` are part of the teardown; others are not. */
  foreign?: KubernetesObject[];
  objects: KubernetesObject[];
  components?: Component[];
  /** As of a ClusterOperator of this name: its label is on all objects of the components. */
  clusterOperator?: string;
  policy?: TeardownPolicy;
  /** Controllers and people beside the teardown; called once everything is created and has settled. */
  beside?(simulated: SimulatedCluster): void | Promise<void>;
  /** Called when the teardown has started, with the time since as the simulated cluster's clock tells it. */
  during?(simulated: SimulatedCluster): void | Promise<void>;
  /** What went wrong for the controllers beside the teardown; asserted to be nothing. */
  finally?(): string[];
  /**
   * `[dependent, dependency]`: no object whose identity begins with the second goes before all that begin with the
   * first are gone.
   */
  order: [dependent: string, dependency: string][];
  /**
   * Pods of others are waited for until their containers have ended, and not until their objects are gone. So are Pods
   * that have lost their owners.
   */
  untilEnded?: boolean;
  /** Steps that somebody else deletes before their turn: the plan's order cannot hold for them. */
  deletedByOthers?: string[];
  /** Identities that stay. */
  stays?: string[];
  /** More writes than objects in the undisturbed run: orphans that are deleted one by one, for example. Default 0. */
  moreWrites?: number;
  /** preStop hooks that must fail, since somebody outside cut their rights. Default none. */
  hooksMayFail?: boolean;
};

export type World = {
  seed: number;
  watch?: WatchOptions;
  controllerDelayMs?: Range;
  shuffleTimers?: boolean;
  nodes?: number;
  /** See `TeardownPolicy`. Default true: each process of a run knows the plan of the first. */
  isOnRecord?: boolean;
};

const bookend: User = { name: 'bookend', groups: ['system:masters', 'system:authenticated'] };
const isItsWrite = ({ user }: Request) => user === bookend.name;

export type Outcome = RunResult & {
  /** From the first look to the decision that all is gone, on the cluster's clock, in ms. */
  tookMs: number;
  plan: Plan;
  log: readonly LifeEvent[];
  requests: readonly Request[];
  simulated: SimulatedCluster;
  failedHooks: FailedHook[];
  decisions: number;
  /** Every blocker that was ever shown in an undisturbed run. */
  blockers: Set<string>;
};

/** Runs the scenario once, with a fault at `point`, and asserts order, hooks, blockers and what is left. */
export async function runTeardown(scenario: Scenario, world: World, point?: CrashPoint): Promise<Outcome> {
  const simulated = makeSimulatedCluster(world);
  const systems = new Set(idsOf(simulated, undefined));
  const squatters = await prepare(simulated, scenario);
  const remains = () => idsOf(simulated, squatters).filter((id) => !systems.has(id));
  simulated.log.length = 0;
  simulated.clearRequests();
  let process: Process | undefined;
  const memory: Memory = { decisions: 0, isOnRecord: world.isOnRecord ?? true, ...(!point && { blockers: new Set<string>() }) };
  const armed = arm(simulated, point, isItsWrite, () => process?.connection.kill());
  const startedAt = simulated.clock.now();
  await scenario.during?.(simulated);
  for (;;) {
    process = start(simulated, scenario, memory);
    const running = process;
    await simulated.until(() => running.over !== undefined || running.connection.killed, limitMs);
    if (running.over instanceof Error) throw running.over;
    if (running.over) break;
    // As long as it takes a new process to start.
    await simulated.settle(300);
  }
  const tookMs = simulated.clock.now() - startedAt;
  const failedHooks = process.teardown?.failedHooks() ?? [];
  process.teardown?.close();
  // Whatever goes wrong after the end goes wrong now.
  await simulated.settle(5_000);
  const plan = JSON.parse(memory.plan ?? '{"steps":[]}') as Plan;
  const log = simulated.log.filter(({ ref }) => !squatters.has(ref.uid));
  check(log, remains(), scenario, plan, failedHooks);
  squatters.assertUntouched(scenario.objects.filter((object) => !scenario.stays?.includes(idOf(object))));
  assert.deepEqual(scenario.finally?.() ?? [], []);
  const writes = armed.writes();
  if (!point) assertFewWrites(scenario, plan, writes);
  assertGentle(simulated, point);
  return {
    writes,
    end: remains(),
    tookMs,
    plan,
    log: simulated.log,
    requests: simulated.requests,
    simulated,
    failedHooks,
    decisions: memory.decisions,
    blockers: memory.blockers ?? new Set(),
  };
}

/** Longer than any scenario takes, on the cluster's clock. */
const limitMs = 300_000;

/** What outlives a crash, and what the test wants to know of all processes together. */
type Memory = { plan?: string; startedAt?: number; blockers?: Set<string>; decisions: number; isOnRecord: boolean };
type Process = { connection: Connection; teardown?: Teardown; over?: true | Error };

async function prepare(simulated: SimulatedCluster, scenario: Scenario): Promise<Squatters> {
  const { cluster } = simulated;
  const isLabelled = scenario.clusterOperator !== undefined;
  for (const object of scenario.foreign ?? []) await cluster.create(object);
  for (const object of scenario.objects) {
    const labels = { ...object.metadata.labels, ...(isLabelled && { [clusterOperatorLabel]: scenario.clusterOperator ?? '' }) };
    await cluster.create({ ...object, metadata: { ...object.metadata, labels } });
    if (object.kind === 'CustomResourceDefinition') await simulated.settle(200);
  }
  await scenario.beside?.(simulated);
  await simulated.settle(3_000);
  const squatters = new Squatters(simulated, scenario);
  await squatters.settleIn();
  await simulated.settle(1_000);
  return squatters;
}

function start(simulated: SimulatedCluster, scenario: Scenario, memory: Memory): Process {
  const connection = simulated.connect(bookend);
  const process: Process = { connection };
  begin(process, scenario, memory).catch((error: unknown) => {
    process.over = error instanceof Error ? error : new Error(String(error));
  });
  return process;
}

async function begin(process: Process, scenario: Scenario, memory: Memory): Promise<void> {
  const { cluster, clock } = process.connection;
  const { objects, components, clusterOperator, policy = defaultPolicy } = scenario;
  memory.startedAt ??= clock.now();
  process.teardown = await beginTeardown({
    cluster,
    clock,
    objects,
    startedAt: memory.startedAt,
    ...(memory.plan !== undefined && { plan: JSON.parse(memory.plan) as Plan }),
    ...(components && { components }),
    ...(clusterOperator !== undefined && { clusterOperator }),
    policy: { ...policy, isOnRecord: memory.isOnRecord },
    onPlan: (plan) => {
      memory.plan ??= JSON.stringify(plan);
    },
    onDecision: (decision) => {
      memory.decisions++;
      try {
        assertWords(decision, memory);
      } catch (error) {
        process.over = error as Error;
      }
      if (decision.done) process.over ??= true;
    },
  });
}

/** Every wait says what it waits for. */
function assertWords({ states }: Decision, { blockers }: Memory): void {
  for (const { id, state, blocker } of states) {
    if (blockers && blocker) blockers.add(`${id}: ${blocker.text}`);
    if (state !== 'Gone' && state !== 'Kept') assert.ok(blocker, `${id} is ${state} and says nothing`);
  }
}

function check(
  log: readonly LifeEvent[],
  left: readonly string[],
  scenario: Scenario,
  plan: Plan,
  failedHooks: readonly FailedHook[],
): void {
  const until = scenario.untilEnded ? ['stopped', 'gone'] : ['gone'];
  for (const [dependent, dependency] of scenario.order) assertOrder(log, dependent, dependency, { until });
  for (const step of plan.steps) {
    if (scenario.deletedByOthers?.includes(step.id)) continue;
    for (const before of step.after) assertOrder(log, before, step.id, { exactly: true });
  }
  if (!scenario.hooksMayFail) {
    assert.deepEqual(
      log.filter((event) => event.what === 'pre-stop-failed').map(({ id, message }) => `${id}: ${message}`),
      [],
    );
    assert.deepEqual(failedHooks, []);
  }
  const foreign = (scenario.foreign ?? []).map(idOf).filter((id) => !left.includes(id));
  assert.deepEqual(foreign, [], 'what is not part of the teardown is gone');
  const stays = new Set(scenario.stays);
  for (const object of scenario.objects) {
    const id = idOf(object);
    assert.equal(left.includes(id), stays.has(id), `${id} ${left.includes(id) ? 'is left' : 'is gone'}`);
  }
  for (const id of stays) assert.ok(left.includes(id), `${id} is gone`);
}

/**
 * Nothing that begins with the one is deleted while anything that begins with the other exists, or whatever `until`
 * names has not happened to it.
 */
export function assertOrder(
  log: readonly LifeEvent[],
  dependent: string,
  dependency: string,
  { exactly = false, until = ['gone'] }: { exactly?: boolean; until?: string[] } = {},
): void {
  const is = (id: string, wanted: string) => (exactly ? id === wanted : id.startsWith(wanted));
  const uids = (...wanted: string[]) =>
    new Set(log.flatMap(({ id, ref, what }) => (is(id, dependent) && wanted.includes(what) ? (ref.uid ?? '') : [])));
  // What was there before the log begins is known by what became of it.
  const living = uids('terminating', 'stopping', 'gone').difference(uids('created'));
  for (const { id, ref, what, at } of log) {
    const uid = ref.uid ?? '';
    if (is(id, dependent) && what === 'created') living.add(uid);
    if (is(id, dependent) && until.includes(what)) living.delete(uid);
    if (is(id, dependency) && (what === 'terminating' || what === 'gone')) {
      assert.equal(living.size, 0, `${id} was ${what} at ${at} while ${living.size} of ${dependent} lived`);
    }
  }
}

/** At most one write for each object. */
function assertFewWrites({ moreWrites = 0 }: Scenario, plan: Plan, writes: number): void {
  const objects = plan.steps.filter((step) => step.mode === 'delete').length;
  assert.ok(writes <= objects + moreWrites, `${writes} writes for ${objects} objects`);
}

/**
 * No object gets more deletes than the faults explain, and nothing is written but deletes and, when forced, finalizers.
 */
function assertGentle({ requests }: SimulatedCluster, point: CrashPoint | undefined): void {
  const deletes = new Map<string, number>();
  for (const request of requests) {
    if (!isItsWrite(request) || request.write === undefined) continue;
    assert.equal(request.verb, 'delete');
    const { uid } = request.ref;
    assert.ok(uid, `a delete of ${idOfRef(request.ref as ObjectRef)} names no UID`);
    deletes.set(uid, (deletes.get(uid) ?? 0) + 1);
  }
  for (const [uid, count] of deletes) assert.ok(count <= (point ? 2 : 1), `${count} deletes of ${uid}`);
}

/** Everything that exists, without Events, squatters and what Kubernetes itself puts into each namespace. */
function idsOf({ server }: SimulatedCluster, squatters: Squatters | undefined): string[] {
  return server.kinds
    .listable()
    .flatMap((kind) => (kind.kind === 'Event' ? [] : server.store.all(kind.key)))
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt' && metadata.name !== 'default')
    .filter(({ metadata }) => !squatters?.has(metadata.uid))
    .map(idOf)
    .sort();
}
