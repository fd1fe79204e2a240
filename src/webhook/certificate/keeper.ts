/**
 * Keeps the webhook's certificates: reads the Secret and the caBundle, decides one step, takes it, and reads again. It
 * runs as long as the operator and renews without a restart.
 *
 * Every replica does this, not only the leader. Each write tests the resourceVersion that was read, so only one of two
 * concurrent writes succeeds. A replica that waits for the lease of a leader that shuts down could not become ready if
 * it needed that leader's certificate.
 */
import { backoff } from '../../cluster/backoff.ts';
import type { Clock, Instant } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { listOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { bundleOf, trustedBy } from './bundle.ts';
import { decide, type Step, validityMs } from './decide.ts';
import { type Credentials, issue } from './issue.ts';
import { held, readStored, type Stored, writeStored } from './stored.ts';

export type KeeperOptions = {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  /** The Secret. It belongs to the chart, and is made again when somebody deletes it. */
  secret: { namespace: string; name: string };
  /** Name of the MutatingWebhookConfiguration. */
  configuration: string;
  /** DNS names of the Service. */
  names: readonly string[];
  /** Called with what is to be served from now on. */
  onCredentials(credentials: Credentials, until: Instant): void;
  onFailure(): void;
};

/** However far away the next step is: clocks are set, and timers of Node end after 24 days. */
const longestWaitMs = 6 * 60 * 60_000;
const firstRetryMs = 250;
const longestRetryMs = 30_000;
/**
 * How long the Secret must be missing before it is made again. An uninstall deletes it too, a moment after the
 * Deployment: nothing is to be left of it, so this is longer than it takes until this replica is told to end.
 */
const missingMs = 10_000;
/** More than any renewal needs. */
const mostStepsInAMinute = 10;

export class CertificateKeeper {
  /** True once the API server has been told to trust what is served. */
  trusted = false;
  /** False when the configuration was there and is gone: nobody calls the webhook any more. */
  configured = true;

  readonly #options: KeeperOptions;
  readonly #watches: { close(): void }[];
  #served: string | undefined;
  #nextTrusted: { authority: string; since: Instant } | undefined;
  #cancel: (() => void) | undefined;
  #running = false;
  #again = false;
  #failures = 0;
  /** When steps were taken lately. */
  #steps: Instant[] = [];
  #notBefore: Instant = 0;
  #closed = false;
  #ending = false;
  #missingSince: Instant | undefined;
  #lastProblem = '';

  constructor(options: KeeperOptions) {
    this.#options = options;
    const { cluster, secret, configuration } = options;
    const look = () => this.#wake();
    const trouble = (error: Error | undefined) =>
      error && options.log.warn({ error: error.message }, "the webhook's certificates cannot be watched at present");
    const listener = { replace: look, changed: look, removed: look, trouble };
    const named = (name: string) => ({ fieldSelector: `metadata.name=${name}`, metadataOnly: true });
    this.#watches = [
      cluster.watch({ apiVersion: 'v1', kind: 'Secret', namespace: secret.namespace, ...named(secret.name) }, listener),
      cluster.watch({ ...configurationKind, ...named(configuration) }, listener),
    ];
  }

  /** The replica is going away: it looks after what is there, and makes nothing again that is not. */
  end(): void {
    this.#ending = true;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    for (const watch of this.#watches) watch.close();
  }

  /**
   * Never two rounds at once: what comes in meanwhile is looked at afterwards. Nor sooner than the last one asked
   * for, whatever the watches tell.
   */
  #wake(): void {
    if (this.#closed) return;
    const { clock } = this.#options;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#cancel?.();
    const early = this.#notBefore - clock.now();
    if (early > 0) {
      this.#cancel = clock.after(early, () => this.#wake());
      return;
    }
    this.#running = true;
    void this.#round().then((waitMs) => {
      this.#running = false;
      if (this.#closed) return;
      const now = this.#again ? 0 : Math.min(waitMs, longestWaitMs);
      this.#again = false;
      this.#cancel = clock.after(now, () => this.#wake());
    });
  }

  /** @returns how long there is nothing to do, in ms */
  async #round(): Promise<number> {
    const { clock, log, onFailure } = this.#options;
    try {
      const waitMs = await this.#step();
      this.#failures = 0;
      if (waitMs !== undefined) return waitMs;
      // Whatever undoes our writes, we do not fight it.
      const now = clock.now();
      this.#steps = [...this.#steps.filter((at) => at > now - 60_000), now];
      if (this.#steps.length >= mostStepsInAMinute) this.#notBefore = now + longestRetryMs;
      return 0;
    } catch (error) {
      this.#failures += 1;
      const waitMs = backoff(this.#failures, { firstMs: firstRetryMs, mostMs: longestRetryMs });
      this.#notBefore = clock.now() + waitMs;
      // Somebody else was quicker: another replica, most likely, with the same step.
      const raced = isCode(error, 'conflict');
      if (!raced) onFailure();
      log[raced ? 'debug' : 'warn'](
        {
          error: error instanceof BookendError ? `${error.message}. ${error.advice}` : String(error),
          ...(!(error instanceof BookendError) && { stack: (error as Error).stack }),
        },
        "the webhook's certificate cannot be looked after; it is tried again",
      );
      return waitMs;
    }
  }

  /** @returns how long there is nothing to do, in ms; undefined when a step was taken */
  async #step(): Promise<number | undefined> {
    const { clock, cluster, configuration: name, secret: ref } = this.#options;
    // In this order: what is trusted is never computed from a Secret that is older than the configuration that was
    // read.
    const configuration = await cluster.get({ ...configurationKind, name });
    const secret = await cluster.get({ apiVersion: 'v1', kind: 'Secret', ...ref });
    const now = clock.now();
    if (!secret) return await this.#replaceSecret(configuration !== undefined, now);
    this.#missingSince = undefined;
    const { stored, problems } = readStored(secret, this.#options.names, now);
    this.#tell(problems);
    if (stored.current) this.#serve(stored.current);
    const trusted = configuration && trustedBy(configuration);
    this.#note(stored, trusted, now);
    const step = decide({ stored, trusted, nextTrustedSince: this.#nextTrusted?.since }, now);
    if (step.do === 'wait') return Math.max(0, step.until - now);
    await this.#take(step, stored, secret, configuration);
    return undefined;
  }

  /**
   * Makes the Secret again, once it was missing for a while and only while the API server still asks. What is served
   * does not depend on it, but a replica that starts has nothing else to begin with. By server-side apply, for which
   * the right to create can be limited to this one name.
   */
  async #replaceSecret(isAsked: boolean, now: Instant): Promise<number | undefined> {
    const { cluster, secret: ref, log } = this.#options;
    if (!isAsked || this.#ending) throw missingSecret(ref);
    this.#missingSince ??= now;
    const waitMs = this.#missingSince + missingMs - now;
    if (waitMs > 0) return waitMs;
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { ...ref }, type: 'Opaque' };
    await cluster.apply(secret, { fieldManager: 'bookend' });
    log.warn({ secret: `${ref.namespace}/${ref.name}` }, "the Secret of the webhook's certificate was missing and is made again");
    return undefined;
  }

  /** Takes the step; the next round sees what has become of it. */
  async #take(
    step: Exclude<Step, { do: 'wait' }>,
    stored: Stored,
    secret: KubernetesObject,
    configuration: KubernetesObject | undefined,
  ): Promise<void> {
    const { log, names, clock } = this.#options;
    if (step.do === 'trust') {
      if (configuration) await this.#trust(configuration, step.authorities);
      log.info({ authorities: step.authorities.length }, 'the API server is told whom to trust');
      return;
    }
    const fresh = () => held(issue({ names, now: clock.now(), validityMs }));
    const { current, next } = stored;
    const after: Stored =
      step.do === 'issue'
        ? { current: fresh() }
        : step.do === 'prepare'
          ? { ...stored, next: fresh() }
          : { ...(next && { current: next }), ...(current && { previous: current.authority }) };
    await this.#write(secret, { op: 'add', path: '/data', value: writeStored(after) });
    log.info({ step: step.do, until: new Date((after.next ?? after.current)?.until ?? 0).toISOString() }, told[step.do]);
  }

  async #trust(configuration: KubernetesObject, authorities: readonly string[]): Promise<void> {
    const value = bundleOf(authorities);
    await this.#write(
      configuration,
      ...listOf(configuration.webhooks).map((_, index) => ({
        op: 'add' as const,
        path: `/webhooks/${index}/clientConfig/caBundle`,
        value,
      })),
    );
  }

  async #write(object: KubernetesObject, ...operations: { op: 'add'; path: string; value: unknown }[]): Promise<void> {
    const { apiVersion, kind, metadata } = object;
    const { name, namespace, resourceVersion } = metadata;
    await this.#options.cluster.patch(
      { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) },
      { type: 'json', operations: [{ op: 'test', path: '/metadata/resourceVersion', value: resourceVersion }, ...operations] },
    );
  }

  #serve({ authority, certificate, key, until }: Credentials & { until: Instant }): void {
    if (this.#served === certificate) return;
    this.#served = certificate;
    this.#options.onCredentials({ authority, certificate, key }, until);
  }

  #note({ current, next }: Stored, trusted: ReadonlySet<string> | undefined, now: Instant): void {
    this.configured = trusted !== undefined;
    if (current && trusted?.has(current.authority)) this.trusted = true;
    if (!next || !trusted?.has(next.authority)) this.#nextTrusted = undefined;
    else if (this.#nextTrusted?.authority !== next.authority) this.#nextTrusted = { authority: next.authority, since: now };
  }

  #tell(problems: readonly string[]): void {
    const problem = problems.join('; ');
    if (problem && problem !== this.#lastProblem) this.#options.log.warn({ problem }, "the webhook's certificate is made again");
    this.#lastProblem = problem;
  }
}

const configurationKind = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' };

const told = {
  issue: 'a certificate of the webhook is made',
  prepare: 'the next certificate of the webhook is made; it is served once the API server trusts it',
  promote: 'the webhook serves its next certificate',
};

function missingSecret({ namespace, name }: { namespace: string; name: string }): BookendError {
  return new BookendError('not-found', `there is no Secret ${namespace}/${name}`, {
    object: `Secret ${namespace}/${name}`,
    advice: 'Run helm upgrade: the release contains it.',
  });
}
