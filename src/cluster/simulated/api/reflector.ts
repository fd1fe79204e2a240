/**
 * One watch, as a client's reflector shows it: the whole state first, then each change some time later, in order. While
 * its kind is missing or the right to it, it says so and tries again with growing waits.
 */
import { isCode } from '../../../errors.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import { labelMatcher, type Matcher } from '../../../objects/selectors.ts';
import { backoff } from '../../backoff.ts';
import type { Query, WatchListener } from '../../port.ts';
import type { Purpose, VirtualClock } from '../clock.ts';
import { copy } from '../json.ts';
import type { ApiServer } from './api-server.ts';
import { fieldMatcher, nameAsked } from './selectors.ts';
import type { Change, Stored } from './store.ts';
import type { User } from './user.ts';

export type ReflectorParts = {
  server: ApiServer;
  clock: VirtualClock;
  query: Query;
  listener: WatchListener;
  /** Who asks; called at each beginning, throws when an impersonation is refused. */
  user: () => User;
  /** How long the next news takes. Milliseconds. */
  delayMs: () => number;
  /** Whether this event is lost. */
  loses: (type: Change['type'], object: Stored) => boolean;
  /** How often everything is read anew. Milliseconds; absent: never. */
  relistEveryMs?: number | undefined;
  /** Called when the reflector follows a kind (its storage key), and with undefined when it has stopped to. */
  follows: (key: string | undefined) => void;
};

/** How long a watch that cannot begin waits before it tries again: from 1 s, doubled up to 8 s. */
const retry = { firstMs: 1_000, mostMs: 8_000 };

export class Reflector {
  readonly #parts: ReflectorParts;
  /** What the listener was told, by namespace and name. */
  readonly #told = new Map<string, Stored>();
  readonly #news: { at: number; tell: () => void }[] = [];
  readonly #cancels = new Set<() => void>();
  #matchers: Matcher[] = [];
  #lastAt = 0;
  #isDelivering = false;
  #isFollowing = false;
  #isTroubled = false;
  #isClosed = false;
  /** In a row. */
  #failures = 0;

  constructor(parts: ReflectorParts) {
    this.#parts = parts;
    this.#begin();
    if (parts.relistEveryMs !== undefined) this.#later('outside', parts.relistEveryMs, () => this.#relist());
  }

  /** Whether a change of an object of its kind in that namespace may be news. */
  mayConcern(namespace: string | undefined): boolean {
    const { query } = this.#parts;
    return query.namespace === undefined || namespace === undefined || namespace === query.namespace;
  }

  /** Takes note of a change of an object that may concern it. */
  changed({ type, object }: Change): void {
    const { loses } = this.#parts;
    const matches = type !== 'deleted' && this.#matchers.every((matcher) => matcher(object));
    const id = idOf(object);
    // What does not match matters only to a listener that was told of it, or is about to be.
    if (!matches && !this.#isDelivering && !this.#told.has(id)) return;
    if (loses(type, object)) return;
    this.#enqueue(() => {
      if (matches) {
        this.#told.set(id, object);
        const shown = this.#shown(object);
        if (shown) this.#parts.listener.changed(shown);
      } else if (this.#told.delete(id)) {
        const shown = this.#shown(object);
        if (shown) this.#parts.listener.removed(shown);
      }
    });
  }

  /** The kind is no longer served: begins anew, with the trouble that this is. */
  restart(): void {
    this.#stopFollowing();
    this.#begin();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopFollowing();
    for (const cancel of this.#cancels) cancel();
  }

  #begin(): void {
    const { server, query, user, follows } = this.#parts;
    try {
      const kind = server.kind(query.apiVersion, query.kind);
      server.authorize(user(), 'watch', kind, kind.namespaced ? query.namespace : undefined, nameAsked(query));
      this.#matchers = [labelMatcher(query.labelSelector), fieldMatcher(query.fieldSelector)].filter(
        (matcher) => matcher !== undefined,
      );
      this.#replace();
      this.#failures = 0;
      this.#isFollowing = true;
      follows(kind.key);
    } catch (error) {
      this.#troubled(error);
    }
  }

  #relist(): void {
    try {
      if (this.#isFollowing) this.#replace();
    } catch (error) {
      this.#stopFollowing();
      this.#troubled(error);
    }
    this.#later('outside', this.#parts.relistEveryMs ?? 0, () => this.#relist());
  }

  #replace(): void {
    const { server, query, user, listener } = this.#parts;
    const objects = server.list(query, user());
    this.#enqueue(() => {
      if (this.#isTroubled) this.#tellTrouble(undefined);
      if (this.#isClosed) return;
      this.#told.clear();
      for (const object of objects) this.#told.set(idOf(object), object);
      listener.replace(objects.flatMap((object) => this.#shown(object) ?? []));
    });
  }

  #troubled(error: unknown): void {
    if (!isCode(error, 'not-found', 'forbidden', 'unauthorized', 'invalid', 'unreachable')) throw error;
    this.#enqueue(() => this.#tellTrouble(error));
    this.#failures += 1;
    this.#later('retry', backoff(this.#failures, retry), () => this.#begin());
  }

  #tellTrouble(error: Error | undefined): void {
    this.#isTroubled = error !== undefined;
    this.#parts.listener.trouble?.(error);
  }

  /** News arrive after their delays, but never out of order. */
  #enqueue(tell: () => void): void {
    const now = this.#parts.clock.now();
    this.#lastAt = Math.max(this.#lastAt, now + this.#parts.delayMs());
    this.#news.push({ at: this.#lastAt, tell });
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    this.#later('work', this.#lastAt - now, () => this.#deliver());
  }

  #deliver(): void {
    const now = this.#parts.clock.now();
    for (let next = this.#news[0]; !this.#isClosed && next !== undefined && next.at <= now; next = this.#news[0]) {
      this.#news.shift();
      next.tell();
    }
    const [next] = this.#news;
    this.#isDelivering = !this.#isClosed && next !== undefined;
    if (next !== undefined && !this.#isClosed) this.#later('work', next.at - now, () => this.#deliver());
  }

  #shown(object: Stored): KubernetesObject | undefined {
    const { apiVersion, metadataOnly, keep } = this.#parts.query;
    const { kind, metadata } = object;
    const shown: KubernetesObject = metadataOnly ? { apiVersion, kind, metadata } : { ...object, apiVersion };
    // Only what is kept is copied: of most objects that is little.
    return copy(keep ? keep(shown) : shown);
  }

  #later(purpose: Purpose, ms: number, then: () => void): void {
    const cancel = this.#parts.clock.afterFor(purpose, ms, () => {
      this.#cancels.delete(cancel);
      then();
    });
    this.#cancels.add(cancel);
  }

  #stopFollowing(): void {
    if (this.#isFollowing) this.#parts.follows(undefined);
    this.#isFollowing = false;
  }
}

function idOf({ metadata }: Stored): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
