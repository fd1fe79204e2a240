/** The operator as a process: election, controller, health, metrics, and an orderly end. */
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { type Clock, steadyClock, wallClock } from '../cluster/clock.ts';
import { Election } from '../cluster/election.ts';
import { fenced } from '../cluster/fence.ts';
import type { Cluster } from '../cluster/port.ts';
import { Webhook } from '../webhook/webhook.ts';
import { admissionPool } from './admission.ts';
import { Controller } from './controller.ts';
import { eventRecorder } from './events.ts';
import { guardOf } from './guard.ts';
import { serveHealth, serveMetrics } from './health.ts';
import { imageVolumeTrials, type ProbeOptions } from './image-volumes.ts';
import { Judgement } from './judgement.ts';
import { makeLog } from './log.ts';
import { makeMeters, webhookMeters } from './metrics.ts';
import { metricsAccess } from './metrics-access.ts';
import { sharesWithoutTrials, sharesWithTrials } from './share-settings.ts';

export type OperatorOptions = {
  /** Opens the cluster as the operator's own account; told each request for the metrics. */
  openCluster(onRequest: (verb: string, status: number) => void): Promise<Cluster>;
  podName: string;
  podNamespace: string;
  /** Name of the deployer account in `podNamespace`. */
  deployer: string;
  /** 0 picks a free port. */
  metricsPort: number;
  /** loopback: for this Pod only. authenticated: for everybody who may read them. */
  metrics: 'loopback' | 'authenticated';
  healthPort: number;
  /** Reference of the image with the static copy tool, for shares in copy mode. */
  seedImage: string;
  /** How to try image volumes. Absent: they are not tried, and shares with mode auto are never image volumes. */
  probes?: ProbeOptions;
  /** Names of the bindings of the guard; none: there is no guard. */
  guard: readonly string[];
  /** The admission webhook; absent: none is served. */
  webhook?: { name: string; port: number };
  /**
   * Name of the ValidatingAdmissionPolicy and of its binding that judge who writes ClusterOperators; absent: they need
   * not be judged.
   */
  rightsPolicy?: string;
  logLevel: string;
  leaderElection: boolean;
  /** Ends the operator when it fires. */
  signal: AbortSignal;
  clock?: Clock;
  /** For the election: two replicas must agree on how long 15 s are, whatever happens to any clock. */
  electionClock?: Clock;
};

/** Name of the Lease in the operator's namespace. */
const leaseName = 'bookend';

/** Runs until `signal` fires. */
export async function runOperator(options: OperatorOptions): Promise<void> {
  const { podName, podNamespace, deployer, seedImage, signal, clock = wallClock, electionClock = steadyClock } = options;
  const log = makeLog(options.logLevel);
  const meters = makeMeters(true);
  const cluster = await options.openCluster((verb, status) => meters.requests.inc({ verb, code: String(status) }));
  const recorder = eventRecorder(cluster, clock, podName, log);
  const { probes } = options;
  const trials = probes && imageVolumeTrials({ cluster, clock, log, meters, namespace: podNamespace, probes, seedImage });
  const shares = trials
    ? sharesWithTrials(seedImage, clock, trials.knowledge, trials.prober)
    : sharesWithoutTrials(seedImage, 'the operator does not test image volumes on the nodes of this cluster');
  let election: Election | undefined;
  const judgement =
    options.rightsPolicy === undefined ? undefined : new Judgement({ cluster, clock, name: options.rightsPolicy });
  const guard = options.guard.length > 0 ? guardOf({ cluster, clock, log, bindings: options.guard }) : undefined;
  const controller = new Controller({
    cluster: fenced(cluster, () => !options.leaderElection || (election?.mayAct ?? false)),
    clock,
    makeNonce: () => randomBytes(24).toString('base64url'),
    ...(judgement && { judgement }),
    deployer: { namespace: podNamespace, name: deployer },
    shares,
    recorder,
    ...(guard && { guard }),
    log,
    meters,
  });
  const webhook = options.webhook && webhookOf(options.webhook);
  const notReady = () => (controller.synced ? (judgement?.notReady ?? webhook?.notReady) : 'the cluster has not been read yet');
  const servers: Server[] = [
    await serveHealth(options.healthPort, { healthy: () => true, notReady }),
    await serveMetrics(
      options.metricsPort,
      meters.registry,
      options.metrics === 'authenticated' ? metricsAccess((review) => cluster.create(review), clock) : undefined,
    ),
  ];
  log.info(
    { cluster: cluster.name, podName, podNamespace, version: await cluster.version().catch(() => 'unknown') },
    'the operator runs',
  );

  const lead = () => {
    meters.leader.set(1);
    trials?.prober.start();
    controller.start();
  };
  const lose = () => {
    meters.leader.set(0);
    controller.stop();
    guard?.forget();
    trials?.prober.stop();
  };
  election = options.leaderElection
    ? new Election({
        cluster,
        clock: electionClock,
        namespace: podNamespace,
        name: leaseName,
        identity: podName,
        log,
        onLead: lead,
        onLose: lose,
      })
    : undefined;
  if (!election) lead();

  function webhookOf(settings: NonNullable<OperatorOptions['webhook']>): Webhook {
    const answerer = admissionPool(shares, clock, log);
    return new Webhook({ ...settings, cluster, clock, log, namespace: podNamespace, answerer, meters: webhookMeters(meters) });
  }

  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  log.info({}, 'the operator ends');
  const handedOver = election?.close();
  controller.close();
  judgement?.close();
  guard?.close();
  await Promise.all([handedOver, webhook?.close(), trials?.prober.close()]);
  await trials?.close();
  for (const server of servers) server.close();
  await cluster.close();
}
