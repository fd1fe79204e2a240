/** The admission webhook as a whole: certificates, server, and a shutdown without a lost request. */
import { type Clock, sleep } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import type { Log } from '../log.ts';
import type { Answered } from './admission/answer.ts';
import { CertificateKeeper } from './certificate/keeper.ts';
import { replyTo } from './replies.ts';
import { AdmissionServer } from './server.ts';
import type { Answerer } from './workers/pool.ts';

export type WebhookOptions = {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  /** Of the MutatingWebhookConfiguration, and of the Service and the Secret in `namespace`. */
  name: string;
  namespace: string;
  /** 0 picks a free one. */
  port: number;
  /** Says what becomes of a Pod; it is closed with the webhook. */
  answerer: Answerer;
  meters: WebhookMeters;
};

/** What is told for the metrics. */
export type WebhookMeters = {
  answered(outcome: Answered['outcome'] | 'exceeded', seconds: number): void;
  /** @param reason the HTTP status, or why the connection was closed */
  turnedAway(reason: string): void;
  /** @param expires in seconds since 1970 */
  certificate(expires: number): void;
  certificateFailure(): void;
};

/**
 * Until every node has heard that this replica goes away, questions still arrive. It serves on for the first of
 * these at least, and then until there was none for the second, but not longer than the third; all in ms.
 */
const drain = { least: 5_000, quiet: 2_000, most: 15_000 };

export class Webhook {
  readonly #options: WebhookOptions;
  readonly #server: AdmissionServer;
  readonly #keeper: CertificateKeeper;

  /** Begins to serve as soon as there is a certificate. */
  constructor(options: WebhookOptions) {
    this.#options = options;
    const { cluster, clock, log, name, namespace, port, answerer, meters } = options;
    const { answered, turnedAway } = meters;
    this.#server = new AdmissionServer({
      port,
      log,
      turnedAway,
      async answer(body, address) {
        const began = clock.now();
        const outcome = await answerer.answer(body, address);
        return replyTo(outcome, (clock.now() - began) / 1000, { log, answered, turnedAway });
      },
    });
    answerer.start();
    this.#keeper = new CertificateKeeper({
      cluster,
      clock,
      log,
      secret: { namespace, name },
      configuration: name,
      names: [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`],
      onCredentials: (credentials, until) => {
        this.#server.use(credentials);
        meters.certificate(until / 1000);
        log.info({ until: new Date(until).toISOString() }, 'the webhook serves with a new certificate');
      },
      onFailure: meters.certificateFailure,
    });
  }

  /** Why it could not answer a question of the API server, or undefined when it can. */
  get notReady(): string | undefined {
    if (!this.#server.serving) return 'the webhook has no certificate yet';
    if (!this.#keeper.trusted) return 'the API server has not been told yet to trust the webhook';
    return this.#options.answerer.trouble;
  }

  get port(): number {
    return this.#server.port;
  }

  /**
   * Answers what still comes in, and ends. At once when the configuration is gone, as at an uninstall: nobody asks
   * any more then.
   */
  async close(): Promise<void> {
    const { clock } = this.#options;
    this.#keeper.end();
    const began = clock.now();
    let asked = this.#server.asked;
    let quietSince = began;
    while (this.#server.serving && this.#keeper.configured) {
      const now = clock.now();
      if (this.#server.asked !== asked) quietSince = now;
      asked = this.#server.asked;
      const passed = now - began;
      if (passed >= drain.most || (passed >= drain.least && now - quietSince >= drain.quiet)) break;
      await sleep(clock, 100);
    }
    this.#keeper.close();
    await this.#server.close();
    await this.#options.answerer.close();
  }
}
