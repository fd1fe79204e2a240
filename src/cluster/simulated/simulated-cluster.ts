/**
 * A whole cluster in memory on a virtual clock: API server, controllers, kubelets, all from one seed. What is proven on
 * it holds on a real cluster as far as both pass the same contract (`../contract.ts`).
 *
 * @example
 * const simulated = makeSimulatedCluster({ seed: 7 });
 * await simulated.cluster.create(daemonSet);
 * await simulated.clock.runUntil(() => simulated.life.events.some(({ what }) => what === 'ready'), 60_000);
 */
import { BookendError } from '../../errors.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Instant } from '../clock.ts';
import type { Cluster } from '../port.ts';
import { adopt } from './adopt.ts';
import type { Admission } from './api/admission.ts';
import { ApiServer } from './api/api-server.ts';
import type { AuditEvent } from './api/audit.ts';
import type { Answers } from './api/gates/backends.ts';
import type { WebhookAnswer } from './api/gates/webhooks.ts';
import { type Intercept, type Request, Requests } from './api/requests.ts';
import type { Stored } from './api/store.ts';
import { admin, type User } from './api/user.ts';
import { Watches, type WatchOptions } from './api/watches.ts';
import { bootstrap } from './bootstrap.ts';
import { VirtualClock } from './clock.ts';
import { type Connection, connect } from './connection.ts';
import { adoption } from './controllers/adoption.ts';
import { claims } from './controllers/claims.ts';
import { clusterRoles } from './controllers/cluster-roles.ts';
import { cronJobs } from './controllers/cron-jobs.ts';
import { customResourceDefinitions } from './controllers/custom-resource-definitions.ts';
import { daemonSets } from './controllers/daemon-sets.ts';
import { deployments } from './controllers/deployments.ts';
import { type Environment, makeEnvironment } from './controllers/environment.ts';
import { garbageCollector } from './controllers/garbage-collector.ts';
import { jobs } from './controllers/jobs.ts';
import { namespaceController } from './controllers/namespaces.ts';
import { replicaSets } from './controllers/replica-sets.ts';
import { serviceAccounts } from './controllers/service-accounts.ts';
import { statefulSets } from './controllers/stateful-sets.ts';
import { kubelet } from './kubelet/kubelet.ts';
import { scheduler } from './kubelet/scheduler.ts';
import { type KubeletTimes, usualTimes } from './kubelet/settings.ts';
import { Life, type LifeEvent } from './life.ts';
import { makeRandom, type Range } from './random.ts';

export type SimulationOptions = {
  /** Every choice comes from it; the same seed and the same calls give the same run. Default 1. */
  seed?: number;
  /** Number of nodes, or their names. Default 1. */
  nodes?: number | readonly string[];
  /** The virtual clock's first instant. Default 2026-11-22T00:00:00Z. */
  startAt?: Instant;
  /**
   * Run timers due at the same time in an order drawn from the seed instead of the order in which they were set.
   * Default false.
   */
  shuffleTimers?: boolean;
  watch?: WatchOptions;
  /** How long each controller takes to react. Milliseconds; default 2 to 10. */
  controllerDelayMs?: Range;
  /** How long a new CustomResourceDefinition takes to be served. Milliseconds; default 20 to 60. */
  establishMs?: Range;
  times?: Partial<KubeletTimes>;
  /** What `version()` answers. Default v1.37.2. */
  version?: string;
  /**
   * Which Services answer when webhooks, conversions and aggregated APIs behind them are called; undefined leaves it to
   * the ready Pods behind each. For what runs elsewhere. Default: by Pods.
   */
  answers?: Answers;
};

export type SimulatedCluster = {
  /** The port, with all rights. */
  cluster: Cluster;
  clock: VirtualClock;
  /** What happened to every object and every Pod's containers, in order. */
  life: Life;
  /** The same, as a plain list. */
  log: LifeEvent[];
  /** Every request made through a connection, in order. */
  requests: Request[];
  /** Forgets the requests so far; the numbers that `intercept` is given begin with 1 again. */
  clearRequests(): void;
  /** Set its functions to make writes fail. */
  intercept: Intercept;
  /** Webhooks and policies, and further functions that may refuse a write. */
  admission: Admission[];
  /** What webhooks answer while they are alive, by the webhook's name. Without an entry one allows everything. */
  webhookAnswers: Map<string, WebhookAnswer>;
  /** Who wrote what and who was refused, in order: controllers as well as connections. */
  audit: AuditEvent[];
  /** A process of its own: a cluster and a clock that end when it is killed. By default with all rights. */
  connect(user?: User): Connection;
  /** Lets virtual time pass, by default one second, enough for watches and controllers to settle. */
  settle(ms?: number): Promise<void>;
  /**
   * Stores objects as they are in a cluster that was read, with their UIDs, owners, status and deletionTimestamp: no
   * admission, nothing is noted. Workloads do not make anew what is there, Pods that run go on running.
   */
  adopt(objects: readonly KubernetesObject[]): Stored[];
  /**
   * Lets virtual time pass until nothing more will happen by itself: what still stands then stands for ever, unless a
   * client does something. Clients' own timers and schedules of CronJobs do not count.
   * @returns whether it came to that within `maxMs` (default one day)
   */
  untilQuiet(maxMs?: number): Promise<boolean>;
  /** The same at once, for when no client has anything to do. */
  runToQuiet(maxMs?: number): boolean;
  /** Nothing more will happen by itself. */
  readonly isQuiet: boolean;
  /**
   * Lets virtual time pass until the condition holds.
   * @throws BookendError timeout when it does not within `maxMs` (default 10 minutes).
   */
  until(condition: () => boolean | Promise<boolean>, maxMs?: number): Promise<void>;
  /** For behaviours that are part of the cluster itself. */
  environment: Environment;
  server: ApiServer;
};

const dayMs = 24 * 3_600_000;

/** A new simulated cluster, its system namespaces settled. */
export function makeSimulatedCluster(options: SimulationOptions = {}): SimulatedCluster {
  const { seed = 1, startAt = Date.UTC(2026, 10, 22), establishMs = [20, 60], version = 'v1.37.2' } = options;
  const random = makeRandom(seed);
  const clock = new VirtualClock(startAt, options.shuffleTimers ? random.fork('timers') : undefined);
  const server = new ApiServer(clock, random, options.answers);
  const life = new Life(server.store, clock);
  const watches = new Watches(server, clock, random.fork('watches'), options.watch ?? {});
  const requests = new Requests();
  const environment = makeEnvironment({
    server,
    clock,
    life,
    random: random.fork('controllers'),
    controllerDelayMs: options.controllerDelayMs ?? [2, 10],
  });
  const times = { ...usualTimes, ...options.times };

  garbageCollector(environment);
  customResourceDefinitions(environment, watches, establishMs);
  namespaceController(environment);
  serviceAccounts(environment);
  clusterRoles(environment);
  const claimPods = adoption(environment, 'pods', ['replicasets.apps', 'statefulsets.apps', 'daemonsets.apps', 'jobs.batch']);
  deployments(environment, adoption(environment, 'replicasets.apps', ['deployments.apps']));
  replicaSets(environment, claimPods);
  statefulSets(environment, claimPods);
  daemonSets(environment, claimPods);
  jobs(environment, claimPods);
  cronJobs(environment);
  claims(environment);
  scheduler(environment, times.scheduleMs);
  kubelet(environment, times);

  bootstrap(server, options.nodes ?? 1);
  clock.settleFor(1_000);
  life.events.length = 0;
  server.audit.events.length = 0;

  const adopted = random.fork('adopted');
  const parts = { server, clock, watches, requests, version };
  return {
    cluster: connect(parts, admin).cluster,
    clock,
    life,
    log: life.events,
    requests: requests.all,
    clearRequests: () => requests.clear(),
    intercept: requests.intercept,
    admission: server.admission,
    webhookAnswers: server.webhookAnswers,
    audit: server.audit.events,
    connect: (user = admin) => connect(parts, user),
    settle: (ms = 1_000) => clock.advance(ms),
    adopt: (objects) => {
      const { length } = life.events;
      const stored = adopt(server, adopted, objects);
      life.events.length = length;
      return stored;
    },
    untilQuiet: (maxMs = dayMs) => clock.runUntil(() => clock.isQuiet, maxMs),
    runToQuiet: (maxMs = dayMs) => clock.settleUntil(() => clock.isQuiet, maxMs),
    get isQuiet() {
      return clock.isQuiet;
    },
    until: async (condition, maxMs = 600_000) => {
      if (await clock.runUntil(condition, maxMs)) return;
      throw new BookendError(
        'timeout',
        `the simulated cluster did not come to the awaited state within ${maxMs / 1000} s of its time`,
      );
    },
    environment,
    server,
  };
}
