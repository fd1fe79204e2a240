/**
 * A watch that never ends by itself: list, then follow from there; after any break carry on from the last
 * resourceVersion that was heard of, or list anew when the server has forgotten it.
 *
 * Relies on: bookmarks, which keep that resourceVersion fresh where nothing happens (sent about once a minute); the
 * server ending every watch after `timeoutSeconds`; events that never go back behind the resourceVersion that was asked
 * for.
 */
import { BookendError, isCode } from '../../errors.ts';
import { backoff, jittered } from '../backoff.ts';
import type { Query, Watch, WatchListener } from '../port.ts';
import { type Access, knownKind } from './access.ts';
import { followFrom, type WatchTiming } from './follow.ts';
import { listObjects } from './reads.ts';

export const defaultTiming: WatchTiming = { timeoutSeconds: 300, silenceMs: 150_000, mostWaitMs: 10_000 };

/** As `Cluster.watch`. */
export function watchObjects(access: Access, query: Query, listener: WatchListener, timing = defaultTiming): Watch {
  const reflector = new Reflector(access, query, listener, timing);
  void reflector.run();
  return reflector;
}

class Reflector implements Watch {
  readonly #access: Access;
  readonly #query: Query;
  readonly #listener: WatchListener;
  readonly #timing: WatchTiming;
  readonly #abort = new AbortController();
  /** Where to carry on from; undefined when only a list can tell. */
  #version: string | undefined;
  /** Attempts in a row that brought nothing. */
  #failures = 0;
  #inTrouble = false;
  /** Whether the listener has been told of any state. */
  #begun = false;
  #wake: () => void = () => undefined;

  constructor(access: Access, query: Query, listener: WatchListener, timing: WatchTiming) {
    this.#access = access;
    this.#query = query;
    this.#listener = listener;
    this.#timing = timing;
  }

  close(): void {
    this.#abort.abort();
    this.#wake();
  }

  async run(): Promise<void> {
    while (!this.#closed) {
      try {
        if (this.#version === undefined) await this.#begin();
        if (!this.#closed) await this.#follow();
      } catch (error) {
        if (this.#closed) return;
        await this.#fail(error);
      }
    }
  }

  get #closed(): boolean {
    return this.#abort.signal.aborted;
  }

  async #begin(): Promise<void> {
    // Repeating is done here, so that trouble is told at once and not only after the usual retries.
    const { items, resourceVersion } = await listObjects(this.#access, this.#query, 0);
    if (this.#closed) return;
    this.#version = resourceVersion;
    this.#begun = true;
    this.#tell(() => this.#listener.replace(items));
  }

  async #follow(): Promise<void> {
    const kind = await knownKind(this.#access.discovery, this.#query.apiVersion, this.#query.kind);
    const { clock } = this.#access.http.options;
    const started = clock.now();
    let events = 0;
    await followFrom(this.#access, kind, this.#query, this.#version ?? '', this.#timing, this.#abort.signal, {
      opened: () => this.#works(),
      event: (type, object, version) => {
        events += 1;
        this.#failures = 0;
        this.#version = version;
        if (this.#closed || !object) return;
        this.#tell(() => (type === 'DELETED' ? this.#listener.removed(object) : this.#listener.changed(object)));
      },
    });
    // A server that ends every watch at once must not be asked again at once for ever.
    if (events === 0 && clock.now() - started < 1_000) await this.#wait(undefined);
    else this.#failures = 0;
  }

  async #fail(error: unknown): Promise<void> {
    if (isCode(error, 'gone')) {
      this.#version = undefined;
      // Once is the normal course of things after a long break; again and again is trouble.
      if (this.#failures === 0) {
        this.#failures = 1;
        return;
      }
    }
    if (isCode(error, 'not-found')) await this.#forgetIfKindIsGone();
    if (this.#closed) return;
    this.#inTrouble = true;
    const trouble = error instanceof Error ? error : new BookendError('internal', String(error));
    this.#tell(() => this.#listener.trouble?.(trouble));
    await this.#wait(isCode(error, 'throttled', 'unreachable') ? error.details.retryAfterMs : undefined);
  }

  /**
   * When no version of the kind is served any more there are no objects of it. When another version still is, the
   * objects are still there, only not to be seen from here: that is trouble, not absence.
   */
  async #forgetIfKindIsGone(): Promise<void> {
    this.#version = undefined;
    if (!this.#begun) return;
    try {
      const { apiVersion, kind } = this.#query;
      if ((await this.#access.discovery.versionsOf(apiVersion, kind)).length > 0 || this.#closed) return;
    } catch {
      // Nobody knows: the trouble that led here is told, and the next attempt finds out.
      return;
    }
    this.#begun = false;
    this.#tell(() => this.#listener.replace([]));
  }

  #works(): void {
    if (!this.#inTrouble || this.#closed) return;
    this.#inTrouble = false;
    this.#tell(() => this.#listener.trouble?.(undefined));
  }

  /** A listener that throws is a fault in the program: it must surface, and not look like trouble with the cluster. */
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #wait(leastMs: number | undefined): Promise<void> {
    const { clock, random } = this.#access.http.options;
    this.#failures += 1;
    const ms = Math.max(
      leastMs ?? 0,
      jittered(backoff(this.#failures, { firstMs: 100, mostMs: this.#timing.mostWaitMs }), random()),
    );
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
      if (this.#closed) this.#wake();
    });
  }
}
