/**
 * Leader election by a Lease, as client-go does it (`tools/leaderelection`): only the holder works; it renews in time
 * or stops working before anybody else can begin. Writes carry the resourceVersion that was read, so that two
 * candidates cannot both win.
 */

import { BookendError, isCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { fieldAt } from '../objects/fields.ts';
import type { KubernetesObject, OwnerReference } from '../objects/object.ts';
import type { Clock, Instant } from './clock.ts';
import type { Cluster } from './port.ts';

export type ElectionOptions = {
  cluster: Cluster;
  clock: Clock;
  namespace: string;
  name: string;
  /** This replica's own name: its Pod's. */
  identity: string;
  /** With whose end the lease is deleted. */
  owner?: OwnerReference;
  /** On the lease when it is created. */
  marks?: Pick<KubernetesObject['metadata'], 'labels' | 'annotations'>;
  log: Log;
  onLead(): void;
  /** Everything must have stopped acting when this returns. */
  onLose(): void;
  times?: Partial<ElectionTimes>;
};

/** All in ms; client-go's defaults for core components. */
export type ElectionTimes = {
  /** Nobody else takes over before the holder has been silent for so long. */
  lease: number;
  /** The holder gives up when it could not renew for so long: well before others may take over. */
  renewDeadline: number;
  retry: number;
};

/** So many attempts to delete a lease, after that by what we wrote last. */
const removals = 3;

const defaults: ElectionTimes = { lease: 15_000, renewDeadline: 10_000, retry: 2_000 };

export class Election {
  readonly #options: ElectionOptions;
  readonly #times: ElectionTimes;
  #leading = false;
  #renewedAt: Instant = 0;
  /** The last change of the lease that we saw, by our own clock: clocks of other machines are not trusted. */
  #observed: { version: string; at: Instant } | undefined;
  /** The lease as we wrote it last. */
  #written: KubernetesObject | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#times = { ...defaults, ...options.times };
    void this.#round();
  }

  get leading(): boolean {
    return this.#leading;
  }

  /** True while nobody else can have taken over: by the clock, not by what timers have noticed yet. */
  get mayAct(): boolean {
    return this.#leading && this.#options.clock.now() - this.#renewedAt < this.#times.renewDeadline;
  }

  /** Stops working, then hands the lease back so that the next one need not wait. */
  async close(): Promise<void> {
    await this.#end(() => this.#release());
  }

  /** As `close`, for a lease that nobody is to hold any more: it is deleted. */
  async remove(): Promise<void> {
    await this.#end(() => this.#remove());
  }

  async #end(giveUp: () => Promise<void>): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    const led = this.#leading;
    this.#lose();
    if (led)
      await giveUp().catch((error: unknown) =>
        this.#options.log.debug({ error: String(error) }, 'the lease could not be handed back'),
      );
  }

  async #round(): Promise<void> {
    const { clock, log } = this.#options;
    const asked = clock.now();
    try {
      const won = await this.#tryToHold();
      if (this.#closed) return;
      if (won) {
        // Others count from when the API server was asked, not from when its answer came.
        this.#renewedAt = asked;
        this.#lead();
      } else this.#lose();
    } catch (error) {
      const code = error instanceof BookendError ? { code: error.code } : {};
      log.warn({ error: String(error), ...code }, 'the lease could not be renewed');
    }
    if (this.#closed) return;
    if (this.#leading && clock.now() - this.#renewedAt >= this.#times.renewDeadline) this.#lose();
    this.#cancel = clock.after(this.#times.retry, () => void this.#round());
    // A request that hangs must not keep us leading past the deadline.
    if (this.#leading) {
      const renewed = this.#renewedAt;
      clock.after(this.#times.renewDeadline, () => this.#leading && this.#renewedAt === renewed && this.#lose());
    }
  }

  async #tryToHold(): Promise<boolean> {
    const { cluster, clock, identity } = this.#options;
    const lease = await cluster.get(this.#ref());
    if (this.#closed) return false;
    if (!lease) return await this.#create();
    const holder = fieldAt(lease, 'spec', 'holderIdentity');
    const version = lease.metadata.resourceVersion ?? '';
    if (this.#observed?.version !== version) this.#observed = { version, at: clock.now() };
    const expired = clock.now() - this.#observed.at >= this.#times.lease;
    if (holder && holder !== identity && !expired) return false;
    return await this.#write(lease, identity, holder !== identity);
  }

  async #create(): Promise<boolean> {
    const { cluster, identity, owner, marks } = this.#options;
    const { apiVersion, kind, name, namespace } = this.#ref();
    const metadata = { name, namespace, ...marks, ...(owner && { ownerReferences: [owner] }) };
    try {
      this.#written = await cluster.create({ apiVersion, kind, metadata, spec: this.#spec(identity, 0) });
      return true;
    } catch (error) {
      if (isCode(error, 'already-exists', 'conflict')) return false;
      throw error;
    }
  }

  async #write(lease: KubernetesObject, holder: string, takesOver: boolean): Promise<boolean> {
    const transitions = Number(fieldAt(lease, 'spec', 'leaseTransitions') ?? 0) + (takesOver ? 1 : 0);
    const acquired = fieldAt(lease, 'spec', 'acquireTime');
    const spec = this.#spec(holder, transitions);
    const value = { ...spec, ...(!takesOver && acquired ? { acquireTime: acquired } : {}) };
    try {
      const written = await this.#options.cluster.patch(this.#ref(), {
        type: 'json',
        operations: [
          { op: 'test', path: '/metadata/resourceVersion', value: lease.metadata.resourceVersion },
          { op: 'add', path: '/spec', value },
        ],
      });
      this.#written = written;
      this.#observed = { version: written.metadata.resourceVersion ?? '', at: this.#options.clock.now() };
      return holder !== '';
    } catch (error) {
      if (isCode(error, 'conflict', 'invalid')) return false;
      throw error;
    }
  }

  async #release(): Promise<void> {
    const lease = await this.#options.cluster.get(this.#ref());
    if (lease && fieldAt(lease, 'spec', 'holderIdentity') === this.#options.identity) await this.#write(lease, '', false);
  }

  /** The resourceVersion is that of a lease which we hold: one that somebody has taken since stays. */
  async #remove(): Promise<void> {
    for (let attempt = 0; attempt <= removals; attempt++) {
      const lease = attempt === 0 ? this.#written : await this.#options.cluster.get(this.#ref());
      const { uid, resourceVersion } = lease?.metadata ?? {};
      const isOurs = fieldAt(lease, 'spec', 'holderIdentity') === this.#options.identity;
      if (uid === undefined || resourceVersion === undefined || !isOurs) return;
      try {
        await this.#options.cluster.delete(this.#ref(), { uid, resourceVersion });
        return;
      } catch (error) {
        // A renewal of ours was still on its way.
        if (!isCode(error, 'conflict')) throw error;
      }
    }
    await this.#release();
  }

  #lead(): void {
    if (this.#leading) return;
    this.#leading = true;
    this.#options.log.info({ identity: this.#options.identity }, 'this replica leads');
    this.#options.onLead();
  }

  #lose(): void {
    if (!this.#leading) return;
    this.#leading = false;
    this.#options.log.info({ identity: this.#options.identity }, 'this replica does not lead any more');
    this.#options.onLose();
  }

  #ref() {
    const { namespace, name } = this.#options;
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name };
  }

  #spec(holderIdentity: string, leaseTransitions: number) {
    const now = new Date(this.#options.clock.now()).toISOString().replace('Z', '000Z');
    return { holderIdentity, leaseDurationSeconds: this.#times.lease / 1000, acquireTime: now, renewTime: now, leaseTransitions };
  }
}
