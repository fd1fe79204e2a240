/** Watches the ClusterOperators and gives each its session. Works only between `start` and `stop`: that is, while this replica leads. */
import { dropManagedFields, Mirror } from '../cluster/mirror.ts';
import { type ClusterOperator, clusterOperatorKind } from '../resource/cluster-operator.ts';
import { Session, type SessionContext } from './session.ts';

export class Controller {
  readonly #context: SessionContext;
  readonly #mirror: Mirror;
  readonly #sessions = new Map<string, Session>();
  #working = false;

  /** Begins to watch at once, so that a replica that takes over knows everything already. */
  constructor(context: SessionContext) {
    this.#context = context;
    this.#mirror = new Mirror(context.cluster, clusterOperatorKind, {
      prune: dropManagedFields,
      onTrouble: (error) => error && context.log.warn({ error: error.message }, 'ClusterOperators cannot be watched at present'),
    });
    this.#mirror.onChange(({ object, previous }) => {
      if (previous && previous.metadata.uid !== object?.metadata.uid) this.#end(previous.metadata.uid ?? '');
      if (object && this.#working) this.#observe(object as ClusterOperator);
      this.#count();
    });
  }

  get synced(): boolean {
    return this.#mirror.synced;
  }

  /** Takes up all ClusterOperators. */
  start(): void {
    this.#working = true;
    for (const object of this.#mirror.all()) this.#observe(object as ClusterOperator);
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

  #observe(resource: ClusterOperator): void {
    const uid = resource.metadata.uid ?? '';
    const session = this.#sessions.get(uid);
    if (session) session.observe(resource);
    else this.#sessions.set(uid, new Session(this.#context, resource));
  }

  #end(uid: string): void {
    this.#sessions.get(uid)?.close();
    this.#sessions.delete(uid);
  }

  #count(): void {
    const { clusterOperators } = this.#context.meters;
    clusterOperators.reset();
    for (const object of this.#mirror.all())
      clusterOperators.inc({ phase: (object as ClusterOperator).status?.phase ?? 'Pending' });
  }
}
