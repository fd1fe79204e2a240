/**
 * Finds out, one probe for each pool of nodes, where image volumes work, and writes it down. Works only between `start`
 * and `stop`: that is, while this replica leads. What a leader before has found is not found again.
 */
import { backoff } from '../cluster/backoff.ts';
import type { Clock, Instant } from '../cluster/clock.ts';
import { type Coalesced, coalesce } from '../cluster/coalesce.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import type { Log } from '../log.ts';
import { decide } from './decide.ts';
import { configMapKind, type Finding, findingOf, findingsName, writeFinding } from './finding.ts';
import type { Knowledge } from './knowledge.ts';
import type { Pool } from './pools.ts';
import { probe, removeLeftProbes } from './probe.ts';
import type { ProbeSettings } from './probe-pod.ts';

export type ProberOptions = {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  knowledge: Knowledge;
  /** Of the operator: where the ConfigMap is. */
  namespace: string;
  /** Where the probes are, and nothing else. */
  probeNamespace: string;
  /** What a probe is made with besides. */
  settings: Omit<ProbeSettings, 'namespace'>;
  /** Told of each result. */
  onProbe?(finding: Finding): void;
};

/** Nodes come in groups, and tell of themselves all the time. */
const gatherMs = 1_000;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** However far away the next trial is: clocks are set, and timers end after 24 days. */
const longestWaitMs = 6 * 60 * 60_000;

export class Prober {
  readonly #options: ProberOptions;
  readonly #look: Coalesced;
  readonly #forget: () => void;
  readonly #running = new Map<string, Promise<void>>();
  #leading: AbortController | undefined;
  /** What the one before left is gone. */
  #cleaned = false;
  #busy = false;
  #again = false;
  #failures = 0;
  /** After a failure, however much the watches have to tell. */
  #notBefore: Instant = 0;
  #cancel: (() => void) | undefined;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#look = coalesce(options.clock, gatherMs, () => void this.#round());
    this.#forget = options.knowledge.onChange(() => this.#leading && this.#look.soon());
  }

  start(): void {
    this.#leading = new AbortController();
    this.#cleaned = false;
    this.#look.soon();
  }

  /** No probe begins after this; those that run are taken away. */
  stop(): void {
    this.#leading?.abort();
    this.#leading = undefined;
    this.#cancel?.();
  }

  /** Ends when no probe is left. */
  async close(): Promise<void> {
    this.stop();
    this.#forget();
    this.#look.close();
    await Promise.all(this.#running.values());
  }

  /** Whether one of these pools is still to get its first result: it is being tried, or is about to be. */
  awaits(pools: readonly Pool[]): boolean {
    const { knowledge } = this.#options;
    if (!this.#leading) return false;
    const { version, findings } = knowledge.known();
    if (!knowledge.synced || version === undefined) return knowledge.trouble === undefined;
    const untried = pools.filter((pool) => !findingOf(findings, pool));
    return decide({ version, pools: untried, findings: new Map(), running: new Set() }, 0).probe.length > 0;
  }

  async #round(): Promise<void> {
    const signal = this.#leading?.signal;
    if (!signal) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    const { clock } = this.#options;
    this.#cancel?.();
    const early = this.#notBefore - clock.now();
    if (early > 0) {
      this.#cancel = clock.after(early, () => this.#look.soon());
      return;
    }
    this.#busy = true;
    const waitMs = await this.#tried(signal);
    this.#busy = false;
    if (this.#again) this.#look.soon();
    else if (!signal.aborted && waitMs !== undefined) this.#cancel = clock.after(waitMs, () => this.#look.soon());
    this.#again = false;
  }

  /** @returns when to look again although nothing has changed, in ms */
  async #tried(signal: AbortSignal): Promise<number | undefined> {
    const { clock, log } = this.#options;
    try {
      const until = await this.#step(signal);
      this.#failures = 0;
      return until === undefined ? undefined : Math.min(longestWaitMs, Math.max(0, until - clock.now()));
    } catch (error) {
      this.#failures += 1;
      const waitMs = backoff(this.#failures, { firstMs: firstRetryMs, mostMs: longestRetryMs });
      this.#notBefore = clock.now() + waitMs;
      log.warn(
        { error: error instanceof BookendError ? `${error.message}. ${error.advice}` : String(error) },
        'image volumes cannot be tried at present; it is tried again',
      );
      return waitMs;
    }
  }

  /**
   * Asks the API server nothing when there is nothing to do, as nearly always. @returns when a pool is to be tried
   * again
   */
  async #step(signal: AbortSignal): Promise<Instant | undefined> {
    const { cluster, clock, knowledge, log, probeNamespace, settings } = this.#options;
    const { version } = knowledge.known();
    // Whoever reads all of it tells.
    if (!knowledge.synced || version === undefined) return undefined;
    if (!this.#cleaned) {
      const left = await removeLeftProbes(cluster, probeNamespace);
      if (left.length > 0) log.info({ pods: left }, 'probes of an earlier process were left and are gone');
      this.#cleaned = true;
    }
    const running = new Set(this.#running.keys());
    const { probe, forget, until } = decide(
      { version, pools: knowledge.pools(), findings: knowledge.findings(), running },
      clock.now(),
    );
    if (probe.length > 0) {
      const made = { ...settings, namespace: probeNamespace };
      for (const pool of probe) this.#begin(pool, made, signal);
    }
    await this.#write(forget);
    return until;
  }

  #begin(pool: Pool, settings: ProbeSettings, signal: AbortSignal): void {
    const { cluster, clock, log, knowledge, onProbe } = this.#options;
    const before = findingOf(knowledge.findings(), pool)?.tries ?? 0;
    log.debug({ pool: pool.description, nodes: pool.nodes.length }, 'image volumes are tried');
    const trial = async () => {
      const result = await probe(cluster, clock, pool, settings, signal);
      this.#running.delete(pool.key);
      if (!result) return;
      const { outcome, message, node } = result;
      const finding: Finding = {
        pool: pool.description,
        outcome,
        message,
        ...(node !== undefined && { node }),
        at: clock.now(),
        tries: outcome === 'works' ? 0 : before + 1,
      };
      log[outcome === 'unclear' ? 'warn' : 'info'](
        { pool: pool.description, ...(node !== undefined && { node }), ...(message && { reason: message }) },
        told[outcome],
      );
      onProbe?.(finding);
      knowledge.add(pool.key, finding);
    };
    this.#running.set(pool.key, trial());
  }

  /** By a merge patch of these keys alone: only the leader writes, and for a moment two may. */
  async #write(forget: readonly string[]): Promise<void> {
    const { cluster, knowledge, namespace } = this.#options;
    const written = [...knowledge.unwritten].map(([key, finding]) => [key, writeFinding(finding)] as const);
    if (written.length + forget.length === 0) return;
    const data = Object.fromEntries([...forget.map((key) => [key, null] as const), ...written]);
    await cluster.patch({ ...configMapKind, namespace, name: findingsName }, { type: 'merge', value: { data } });
  }
}

const told = {
  works: 'image volumes work on the nodes of a pool',
  fails: 'image volumes do not work on the nodes of a pool: shares with mode auto are copied there',
  unclear: 'whether image volumes work on the nodes of a pool could not be found out; it is tried again',
};
