/**
 * All watches of all clients. Told to, they lag far behind or lose events, which only the next relist mends, as a
 * reflector behind a broken connection or an overfull watch cache would.
 */
import type { KubernetesObject } from '../../../objects/object.ts';
import type { Query, Watch, WatchListener } from '../../port.ts';
import type { VirtualClock } from '../clock.ts';
import { draw, type Random, type Range } from '../random.ts';
import type { ApiServer } from './api-server.ts';
import { Reflector } from './reflector.ts';
import type { Change } from './store.ts';
import type { User } from './user.ts';

export type WatchOptions = {
  /** How far a watch lags behind, drawn anew for each event (their order stays). Milliseconds; default 1 to 5. */
  watchDelayMs?: Range;
  /** True loses the event for this watch. `n` counts the events of all watches from 1. */
  dropEvents?: (event: WatchEvent, n: number) => boolean;
  /** How often each watch reads everything anew. Milliseconds; default never. */
  relistEveryMs?: number;
};

type WatchEvent = { type: Change['type']; object: KubernetesObject; query: Query };

export class Watches {
  readonly #server: ApiServer;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #options: WatchOptions;
  readonly #byKey = new Map<string, Set<Reflector>>();
  /** Of each kind those that a change in a namespace may concern, in the same order; made when it is asked for. */
  readonly #concerned = new Map<string, Map<string | undefined, Reflector[]>>();
  #events = 0;

  constructor(server: ApiServer, clock: VirtualClock, random: Random, options: WatchOptions) {
    this.#server = server;
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
    server.store.listen((change) => {
      const { key } = change.kind;
      if (!this.#byKey.has(key)) return;
      for (const reflector of this.#concernedBy(key, change.object.metadata.namespace)) reflector.changed(change);
    });
  }

  #concernedBy(key: string, namespace: string | undefined): Reflector[] {
    const byNamespace = this.#concerned.get(key) ?? new Map<string | undefined, Reflector[]>();
    this.#concerned.set(key, byNamespace);
    const known = byNamespace.get(namespace);
    if (known) return known;
    const concerned = [...(this.#byKey.get(key) ?? [])].filter((reflector) => reflector.mayConcern(namespace));
    byNamespace.set(namespace, concerned);
    return concerned;
  }

  /**
   * Ends every watch on a kind that is no longer served; each begins anew and says what its trouble is until the kind
   * is back.
   */
  kindWithdrawn(key: string): void {
    for (const reflector of [...(this.#byKey.get(key) ?? [])]) reflector.restart();
  }

  /** See `Cluster.watch`. `user` is asked for at each beginning, so that an impersonation is checked each time. */
  watch(query: Query, user: () => User, listener: WatchListener): Watch {
    const { dropEvents, relistEveryMs, watchDelayMs = [1, 5] } = this.#options;
    // The reflector may find its kind while it is still being made.
    let reflector: Reflector | undefined;
    let followed: string | undefined;
    const register = () => {
      if (reflector === undefined || followed === undefined) return;
      this.#concerned.delete(followed);
      const others = this.#byKey.get(followed);
      if (others) others.add(reflector);
      else this.#byKey.set(followed, new Set([reflector]));
    };
    reflector = new Reflector({
      server: this.#server,
      clock: this.#clock,
      query,
      listener,
      user,
      relistEveryMs,
      delayMs: () => draw(this.#random, watchDelayMs),
      loses: (type, object) => {
        this.#events++;
        return dropEvents?.({ type, object, query }, this.#events) ?? false;
      },
      follows: (key) => {
        if (key === undefined && followed !== undefined && reflector) {
          this.#byKey.get(followed)?.delete(reflector);
          this.#concerned.delete(followed);
        }
        followed = key;
        register();
      },
    });
    register();
    const opened = reflector;
    return { close: () => opened.close() };
  }
}
