/** One connection of a watch, from its opening until it ends or breaks. */
import { BookendError } from '../../errors.ts';
import { fieldAt, isMap, textOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Clock } from '../clock.ts';
import type { KindInfo, Query } from '../port.ts';
import { type Access, attemptOnMany, collectionPath } from './access.ts';
import { type Attempt, errorOfAnswer, errorOfConnection, type Status } from './errors.ts';
import { LineSplitter } from './lines.ts';
import { acceptFor, keptOf } from './reads.ts';

export type Follower = {
  /** The server has accepted the watch. */
  opened(): void;
  /** Something happened; no object: a bookmark, or nothing of it is kept. `version` is where to carry on from. */
  event(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: KubernetesObject | undefined, version: string): void;
};

type Line = { type: string; object: KubernetesObject & Status };

/**
 * Tells `follower` of everything after `version`. Resolves when the server ends the watch, as it does after a while.
 * @throws `gone` when the server no longer knows `version`; `unreachable` when the connection broke or fell silent;
 * what the server says.
 */
export async function followFrom(
  access: Access,
  kind: KindInfo,
  query: Query,
  version: string,
  timing: WatchTiming,
  closed: AbortSignal,
  follower: Follower,
): Promise<void> {
  const { http } = access;
  const attempt = attemptOnMany(access, 'watch', query);
  const timeoutSeconds = Math.round(timing.timeoutSeconds * (1 + http.options.random()));
  const silence = new Silence(http.options.clock, timeoutSeconds * 1000 + 30_000);
  const signal = AbortSignal.any([closed, silence.signal]);
  try {
    const { labelSelector, fieldSelector, namespace } = query;
    const body = await http.open({
      attempt,
      resource: kind.resource,
      method: 'GET',
      path: collectionPath(kind, namespace, {
        watch: 1,
        allowWatchBookmarks: true,
        resourceVersion: version,
        timeoutSeconds,
        labelSelector,
        fieldSelector,
      }),
      accept: acceptFor(query, 'PartialObjectMetadata'),
      repeat: 'unless-arrived',
      ...(access.account && { account: access.account }),
      signal,
    });
    follower.opened();
    const lines = new LineSplitter();
    for await (const chunk of body) {
      silence.broken();
      lines.push(chunk, (line) => {
        const { type, object } = eventIn(line, attempt);
        if (type === 'BOOKMARK') silence.shorten(timing.silenceMs);
        handle(type, object, query, attempt, follower);
      });
    }
  } catch (error) {
    if (silence.signal.aborted && !closed.aborted) throw silent(attempt);
    throw error instanceof BookendError ? error : errorOfConnection(attempt, http.connection, error);
  } finally {
    silence.end();
  }
}

function handle(type: string, object: Line['object'], query: Query, attempt: Attempt, follower: Follower): void {
  if (type === 'ERROR') throw errorOfAnswer(attempt, object.code ?? 500, object);
  const version = textOf(object.metadata.resourceVersion) ?? '';
  if (type === 'BOOKMARK') follower.event(type, undefined, version);
  // Kinds of events that this program does not know yet are no reason to stop.
  else if (isChange(type)) follower.event(type, keptOf(object, query), version);
}

/** An extension API server may send anything: what is handed on has what every reader of objects relies on. */
function eventIn(line: string, attempt: Attempt): Line {
  const event = parsed(line, attempt);
  const { type, object } = isMap(event) ? event : {};
  const isObject = isMap(object) && (type === 'ERROR' || isMap(object.metadata));
  if (typeof type !== 'string' || !isObject || (isChange(type) && textOf(fieldAt(object, 'metadata', 'name')) === undefined)) {
    throw new BookendError('unreachable', `${attempt.target}: the server sent something that is no event of a watch`, {
      advice: 'Look at the server that serves this API: kubectl get apiservices names it.',
    });
  }
  return { type, object: object as Line['object'] };
}

function isChange(type: string): type is 'ADDED' | 'MODIFIED' | 'DELETED' {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
}

function parsed(line: string, attempt: Attempt): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new BookendError('unreachable', `${attempt.target}: the watch was cut off in the middle of an event`, { cause });
  }
}

function silent({ target }: Attempt): BookendError {
  return new BookendError('unreachable', `The watch of ${target} fell silent: its connection is dead`);
}

/**
 * Notices that nothing is heard any more. One timer, however many events: it looks at the time of the last one when it
 * fires.
 */
class Silence {
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  #limitMs: number;
  #heardAt: number;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#heardAt = clock.now();
    this.#arm(limitMs);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  broken(): void {
    this.#heardAt = this.#clock.now();
  }

  shorten(limitMs: number): void {
    if (limitMs >= this.#limitMs) return;
    this.#limitMs = limitMs;
    this.#cancel();
    this.#arm(limitMs);
  }

  end(): void {
    this.#cancel();
  }

  #arm(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      const left = this.#heardAt + this.#limitMs - this.#clock.now();
      if (left > 0) this.#arm(left);
      else this.#abort.abort();
    });
  }
}

export type WatchTiming = {
  /** The server is asked to end a watch after this many seconds, and up to twice as many, at random. */
  timeoutSeconds: number;
  /** Once a bookmark has come on a connection, silence longer than this (ms) means that the connection is dead. */
  silenceMs: number;
  /** The longest wait between two attempts (ms). */
  mostWaitMs: number;
};
