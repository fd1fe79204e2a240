/** What the operator counts, for Prometheus. Names and help texts are documented from this file. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { WebhookMeters } from '../webhook/webhook.ts';

export type Meters = ReturnType<typeof makeMeters>;

const seconds = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800];

/** @param processMetrics also memory, CPU and event loop of this process */
export function makeMeters(processMetrics = false) {
  const registry = new Registry();
  const registers = [registry];
  if (processMetrics) collectDefaultMetrics({ register: registry });
  return {
    registry,
    clusterOperators: new Gauge({
      name: 'bookend_clusteroperators',
      help: 'ClusterOperators by phase.',
      labelNames: ['phase'],
      registers,
    }),
    leader: new Gauge({ name: 'bookend_leader', help: '1 while this replica is the leader.', registers }),
    requests: new Counter({
      name: 'bookend_api_requests_total',
      help: 'Requests to the API server by verb and answer.',
      labelNames: ['verb', 'code'],
      registers,
    }),
    installed: new Histogram({
      name: 'bookend_install_seconds',
      help: 'Time until everything was ready, for each spec.',
      buckets: seconds,
      registers,
    }),
    tornDown: new Histogram({
      name: 'bookend_teardown_seconds',
      help: 'Time from the start of a teardown until nothing was left.',
      buckets: seconds,
      registers,
    }),
    drift: new Counter({
      name: 'bookend_drift_repaired_total',
      help: 'Objects that somebody else changed or deleted and that Bookend repaired.',
      registers,
    }),
    failedPreStopHooks: new Counter({
      name: 'bookend_failed_prestop_hooks_total',
      help: 'PreStop hooks that failed during an ordered teardown.',
      registers,
    }),
    failures: new Counter({
      name: 'bookend_failures_total',
      help: 'Failures of ClusterOperators, by error code.',
      labelNames: ['code'],
      registers,
    }),
    imageVolumeNodes: new Gauge({
      name: 'bookend_image_volume_nodes',
      help: 'Nodes by pool and by test result of image volumes: works, fails, unclear, untried, excluded (by the versions).',
      labelNames: ['pool', 'outcome'],
      registers,
    }),
    imageVolumeProbes: new Counter({
      name: 'bookend_image_volume_probes_total',
      help: 'Test Pods for image volumes, by outcome: works, fails, unclear. The log has the reason.',
      labelNames: ['outcome'],
      registers,
    }),
    admissions: new Histogram({
      name: 'bookend_webhook_admission_seconds',
      help: 'Time of the webhook for a Pod, by outcome: changed, unchanged, refused (wrong annotations), exceeded (time or memory limit), failed (a fault in Bookend).',
      labelNames: ['outcome'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    turnedAway: new Counter({
      name: 'bookend_webhook_turned_away_total',
      help: 'Requests to the webhook without an answer, by reason: the HTTP status, or why the connection was closed (full, waited, silent, lasted).',
      labelNames: ['reason'],
      registers,
    }),
    certificateExpiry: new Gauge({
      name: 'bookend_webhook_certificate_expiry_timestamp_seconds',
      help: "Expiry of the webhook's certificate, in seconds since 1970. Bookend renews it a month before. 0 if there is none.",
      registers,
    }),
    certificateFailures: new Counter({
      name: 'bookend_webhook_certificate_failures_total',
      help: "Times the webhook's certificate or the API server's trust in it could not be maintained. The log has the reason.",
      registers,
    }),
  };
}

/** What the webhook tells. */
export function webhookMeters({ admissions, turnedAway, certificateExpiry, certificateFailures }: Meters): WebhookMeters {
  return {
    answered: (outcome, seconds) => admissions.observe({ outcome }, seconds),
    turnedAway: (reason) => turnedAway.inc({ reason }),
    certificate: (expires) => certificateExpiry.set(expires),
    certificateFailure: () => certificateFailures.inc(),
  };
}
