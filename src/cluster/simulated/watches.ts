/**
 * Watches as a client's reflector shows them: the whole state first, then each change some time later, in order. Told to, they lose events, which
 * only the next relist mends, as a reflector behind a broken connection or an overfull watch cache would.
 */
import { isCode } from '../../errors.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Query, Watch, WatchListener } from '../port.ts';
import type { ApiServer } from './api-server.ts';
import type { VirtualClock } from './clock.ts';
import { copy } from './json.ts';
import { draw, type Random, type Range } from './random.ts';
import { fieldMatcher, labelMatcher, type Matcher } from './selectors.ts';
import type { Change, Stored } from './store.ts';
import type { User } from './user.ts';

export type WatchOptions = {
  /** How far a watch lags behind, drawn anew for each event (their order stays). Milliseconds; default 1 to 5. */
  watchDelayMs?: Range;
  /** True loses the event for this watch. `n` counts the events of all watches from 1. */
  dropEvents?: (event: WatchEvent, n: number) => boolean;
  /** How often each watch reads everything anew. Milliseconds; default never. */
  relistEveryMs?: number;
};

export type WatchEvent = { type: Change['type']; object: KubernetesObject; query: Query };

type Opened = { changed(change: Change): void; restart(): void };

/** How long a watch that cannot begin waits before it tries again: from 1 s, growing. */
const firstRetryMs = 1_000;
const longestRetryMs = 8_000;

export class Watches {
  readonly #server: ApiServer;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #options: WatchOptions;
  readonly #open = new Map<string, Set<Opened>>();
  #events = 0;

  constructor(server: ApiServer, clock: VirtualClock, random: Random, options: WatchOptions) {
    this.#server = server;
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
    server.store.listen((change) => {
      for (const watch of this.#open.get(change.kind.key) ?? []) watch.changed(change);
    });
  }

  /** Ends every watch on a kind that is no longer served; each begins anew and says what its trouble is until the kind is back. */
  kindWithdrawn(key: string): void {
    for (const watch of this.#open.get(key) ?? []) watch.restart();
  }

  /** See `Cluster.watch`. `user` is asked for at each beginning, so that an impersonation is checked each time. */
  watch(query: Query, user: () => User, listener: WatchListener): Watch {
    const clock = this.#clock;
    const told = new Map<string, Stored>();
    const queue: { at: number; tell: () => void }[] = [];
    const cancels = new Set<() => void>();
    let closed = false;
    let delivering = false;
    let troubled = false;
    let retryMs = firstRetryMs;
    let lastAt = 0;
    let matchers: Matcher[] = [];
    let registered: string | undefined;

    const later = (ms: number, then: () => void) => {
      const cancel = clock.after(ms, () => {
        cancels.delete(cancel);
        then();
      });
      cancels.add(cancel);
    };
    const deliver = () => {
      while (!closed && queue[0] !== undefined && queue[0].at <= clock.now()) queue.shift()?.tell();
      const next = queue[0];
      delivering = !closed && next !== undefined;
      if (delivering && next !== undefined) later(next.at - clock.now(), deliver);
    };
    const enqueue = (tell: () => void) => {
      const at = Math.max(lastAt, clock.now() + draw(this.#random, this.#options.watchDelayMs ?? [1, 5]));
      lastAt = at;
      queue.push({ at, tell });
      if (delivering) return;
      delivering = true;
      later(at - clock.now(), deliver);
    };
    const shown = (object: Stored) => copy(query.metadataOnly ? metadataOf(object) : object);
    const idOf = ({ metadata }: Stored) => `${metadata.namespace ?? ''}/${metadata.name}`;
    const trouble = (error: Error | undefined) => {
      troubled = error !== undefined;
      listener.trouble?.(error);
    };

    const replaceAll = () => {
      const objects = this.#server.list(query, user());
      enqueue(() => {
        if (troubled) trouble(undefined);
        if (closed) return;
        told.clear();
        for (const object of objects) told.set(idOf(object), object);
        listener.replace(objects.map(shown));
      });
    };
    const leave = () => {
      if (registered === undefined) return;
      this.#open.get(registered)?.delete(opened);
      registered = undefined;
    };
    const begin = () => {
      try {
        const kind = this.#server.kind(query.apiVersion, query.kind);
        this.#server.authorize(user(), 'watch', kind, kind.namespaced ? query.namespace : undefined);
        matchers = matchersFor(query);
        replaceAll();
        retryMs = firstRetryMs;
        registered = kind.key;
        const others = this.#open.get(kind.key);
        if (others) others.add(opened);
        else this.#open.set(kind.key, new Set([opened]));
      } catch (error) {
        if (!isCode(error, 'not-found', 'forbidden', 'unauthorized', 'invalid')) throw error;
        enqueue(() => trouble(error));
        later(retryMs, begin);
        retryMs = Math.min(retryMs * 2, longestRetryMs);
      }
    };
    const relist = (everyMs: number) => {
      if (registered !== undefined) {
        try {
          replaceAll();
        } catch (error) {
          leave();
          enqueue(() => trouble(error as Error));
          later(firstRetryMs, begin);
        }
      }
      later(everyMs, () => relist(everyMs));
    };

    const opened: Opened = {
      changed: ({ type, object }) => {
        if (
          query.namespace !== undefined &&
          object.metadata.namespace !== undefined &&
          object.metadata.namespace !== query.namespace
        )
          return;
        const matches = type !== 'deleted' && matchers.every((matcher) => matcher(object));
        if (!matches && !relevant(told, queue.length + (delivering ? 1 : 0), idOf(object))) return;
        this.#events++;
        if (this.#options.dropEvents?.({ type, object, query }, this.#events)) return;
        enqueue(() => {
          const id = idOf(object);
          if (matches) {
            told.set(id, object);
            listener.changed(shown(inVersionOf(query, object)));
          } else if (told.delete(id)) listener.removed(shown(inVersionOf(query, object)));
        });
      },
      restart: () => {
        leave();
        begin();
      },
    };
    begin();
    const { relistEveryMs } = this.#options;
    if (relistEveryMs !== undefined) later(relistEveryMs, () => relist(relistEveryMs));
    return {
      close: () => {
        closed = true;
        leave();
        for (const cancel of cancels) cancel();
      },
    };
  }
}

/** An object that leaves matters to a watch that was told of it, or is about to be. */
function relevant(told: Map<string, Stored>, waiting: number, id: string): boolean {
  return waiting > 0 || told.has(id);
}

function matchersFor(query: Query): Matcher[] {
  return [labelMatcher(query.labelSelector), fieldMatcher(query.fieldSelector)].filter((matcher) => matcher !== undefined);
}

export function metadataOf({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  return { apiVersion, kind, metadata };
}

function inVersionOf({ apiVersion }: Query, object: Stored): Stored {
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
