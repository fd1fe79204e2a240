/**
 * Watches the ClusterOperators and gives each its session. Works only between `start` and `stop`: that is, while this
 * replica leads.
 */
import { Mirror } from '../cluster/mirror.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { clusterOperatorKind } from '../resource/cluster-operator.ts';
import { Bodies } from './bodies.ts';
import { hasFinalizer } from './finalizer.ts';
import { metadataOf, Session } from './session.ts';
import type { SessionContext } from './session-context.ts';

/** What the controller cannot make itself. */
export type ControllerContext = Omit<SessionContext, 'bodies' | 'claimedBy' | 'isLast'>;

export class Controller {
  readonly #context: SessionContext;
  readonly #mirror: Mirror;
  readonly #sessions = new Map<string, Session>();
  #working = false;

  /**
   * Begins to watch at once, so that a replica that takes over knows everything already. Of each ClusterOperator only
   * metadata are held.
   */
  constructor(context: ControllerContext) {
    this.#context = {
      ...context,
      bodies: new Bodies(context.clock),
      claimedBy: (uid, butNot) => this.#claimedBy(uid, butNot),
      isLast: (uid) => this.#mirror.all().every((other) => other.metadata.uid === uid || !hasFinalizer(other)),
    };
    this.#mirror = new Mirror(
      context.cluster,
      { ...clusterOperatorKind, metadataOnly: true },
      {
        prune: metadataOf,
        onTrouble: (error) => error && context.log.warn({ error: error.message }, 'ClusterOperators cannot be watched'),
      },
    );
    this.#mirror.onChange(({ object, previous }) => {
      if (previous && previous.metadata.uid !== object?.metadata.uid) this.#end(previous.metadata.uid ?? '');
      if (object && this.#working) this.#observe(object);
      // Also while the guard is being relaxed for the one that was the last until now.
      if (object && this.#working && hasFinalizer(object) && !(previous && hasFinalizer(previous))) this.#engageGuard();
      if (previous && hasFinalizer(previous) && !(object && hasFinalizer(object))) this.#relaxUnneededGuard();
      this.#count();
    });
    this.#mirror.whenSynced().then(
      () => this.#relaxUnneededGuard(),
      () => undefined, // It was closed before.
    );
  }

  get synced(): boolean {
    return this.#mirror.synced;
  }

  /** Takes up all ClusterOperators. */
  start(): void {
    this.#working = true;
    // The release was upgraded, or its operator was away: the guard may be as the chart has it.
    if (this.#mirror.all().some(hasFinalizer)) this.#engageGuard();
    else this.#relaxUnneededGuard();
    for (const object of this.#mirror.all()) this.#observe(object);
  }

  /** Stops acting at once. What was sent is not taken back. */
  stop(): void {
    this.#working = false;
    for (const uid of [...this.#sessions.keys()]) this.#end(uid);
  }

  close(): void {
    this.stop();
    this.#mirror.close();
  }

  #observe(resource: KubernetesObject): void {
    const uid = resource.metadata.uid ?? '';
    const session = this.#sessions.get(uid);
    if (session) session.observe(resource);
    else this.#sessions.set(uid, new Session(this.#context, resource));
  }

  /** The guard itself tries again. */
  #engageGuard(): void {
    const { guard, log } = this.#context;
    guard?.engage().catch((error: unknown) => log.warn({ error: String(error) }, 'the guard could not be engaged yet'));
  }

  /**
   * Sessions relax it in time; this puts right what a crash left, or somebody who removed the last finalizer by hand.
   */
  #relaxUnneededGuard(): void {
    const { guard, log } = this.#context;
    if (!guard || !this.#working || !this.#mirror.synced || this.#mirror.all().some(hasFinalizer)) return;
    guard.relax().catch((error: unknown) => log.warn({ error: String(error) }, 'the guard could not be relaxed yet'));
  }

  #end(uid: string): void {
    this.#sessions.get(uid)?.close();
    this.#sessions.delete(uid);
  }

  /** One after the other: an inventory that is not known yet is read, and may be large. */
  async #claimedBy(uid: string, butNot: string): Promise<string | undefined> {
    for (const session of this.#sessions.values()) {
      if (session.name === butNot) continue;
      if (await session.owns(uid)) return session.name;
    }
    return undefined;
  }

  /** Only the replica that leads knows the phases. */
  #count(): void {
    const { clusterOperators } = this.#context.meters;
    clusterOperators.reset();
    for (const session of this.#sessions.values()) clusterOperators.inc({ phase: session.phase ?? 'Pending' });
  }
}
