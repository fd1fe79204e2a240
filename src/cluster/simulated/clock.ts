/**
 * A virtual clock: minutes of a teardown pass in milliseconds of real time, and the same seed gives the same order of
 * events.
 *
 * Time only moves when somebody calls `next`, `advance` or `runUntil`. Between two timers everything asynchronous that
 * the first one set off is drained (one turn of the event loop, which runs all microtasks), so code under test may
 * `await` the simulated cluster freely.
 */
import type { Clock, Instant } from '../clock.ts';
import type { Random } from './random.ts';

type Timer = {
  at: Instant;
  tie: number;
  number: number;
  then: () => void;
  settled: boolean;
  purpose: Purpose;
  /** How often anything had changed when it was set. */
  changes: number;
  done: boolean;
};

/**
 * What a timer is for. `work` goes on with something; `retry` looks again at what stood still, and finds the same as
 * long as nothing has changed; `outside` is a client's own.
 */
export type Purpose = 'work' | 'retry' | 'outside';

/** What is due later than this (ms) is nothing that anybody waits for. */
const farAwayMs = 30 * 24 * 3_600_000;

export class VirtualClock implements Clock {
  #now: Instant;
  #number = 0;
  #queue: Timer[] = [];
  #ties: Random | undefined;
  #changes = 0;
  #work = 0;
  /** Retries set since the last change, and before it. */
  #fresh = 0;
  #stale = 0;

  /**
   * @param startAt the first `now`, milliseconds since 1970.
   * @param ties when given, timers due at the same time run in an order drawn from it; otherwise in the order they were
   * set.
   */
  constructor(startAt: Instant, ties?: Random) {
    this.#now = startAt;
    this.#ties = ties;
  }

  now(): Instant {
    return this.#now;
  }

  after(ms: number, then: () => void): () => void {
    return this.#add(ms, then, false, 'outside');
  }

  /** As `after`, for what reaches clients by itself: news of a watch are work. */
  afterFor(purpose: Purpose, ms: number, then: () => void): () => void {
    return this.#add(ms, then, false, purpose);
  }

  /**
   * As `after`, for work that sets off nothing asynchronous (the simulated cluster's own): it needs no draining and is
   * far quicker.
   */
  afterSettled(ms: number, then: () => void, purpose: Purpose = 'work'): () => void {
    return this.#add(ms, then, true, purpose);
  }

  /** Something has changed that a retry may find. */
  changed(): void {
    this.#changes++;
    this.#stale += this.#fresh;
    this.#fresh = 0;
  }

  /**
   * Nothing will happen any more by itself: no work is pending, and every retry has looked since the last change.
   * Clients' own timers do not count.
   */
  get isQuiet(): boolean {
    return this.#work === 0 && this.#stale === 0;
  }

  /** When the next timer is due, or undefined when there is none. */
  dueAt(): Instant | undefined {
    return this.#peek()?.at;
  }

  /** Moves time to the next timer, runs it and all that follows from it. False when there is none. */
  async next(): Promise<boolean> {
    await drain();
    const timer = this.#peek();
    if (timer === undefined) return false;
    if (!this.#run(timer)) await drain();
    return true;
  }

  /** Lets `ms` milliseconds pass, running every timer in between at its time. */
  async advance(ms: number): Promise<void> {
    await this.runUntil(() => false, ms);
  }

  /**
   * Runs timers until `condition` holds (asked at the start and after each timer) or `maxMs` milliseconds have passed.
   * @returns whether the condition held. When it did not, exactly `maxMs` have passed.
   */
  async runUntil(condition: () => boolean | Promise<boolean>, maxMs: number): Promise<boolean> {
    const end = this.#now + maxMs;
    await drain();
    for (;;) {
      const held = condition();
      if (typeof held === 'boolean' ? held : await held) return true;
      const timer = this.#peek();
      if (timer === undefined || timer.at > end) {
        this.#now = end;
        return false;
      }
      if (!this.#run(timer)) await drain();
    }
  }

  /** As `advance`, without waiting for anything asynchronous: for building a cluster before anybody uses it. */
  settleFor(ms: number): void {
    const end = this.#now + ms;
    for (let timer = this.#peek(); timer !== undefined && timer.at <= end; timer = this.#peek()) this.#run(timer);
    this.#now = end;
  }

  /** As `settleFor`, until the condition holds. @returns whether it held before `maxMs` were over */
  settleUntil(condition: () => boolean, maxMs: number): boolean {
    const end = this.#now + maxMs;
    for (;;) {
      if (condition()) return true;
      const timer = this.#peek();
      if (timer === undefined || timer.at > end) {
        this.#now = end;
        return false;
      }
      this.#run(timer);
    }
  }

  #run(timer: Timer): boolean {
    this.#pop();
    this.#finish(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.then();
    return timer.settled;
  }

  #add(ms: number, then: () => void, settled: boolean, purpose: Purpose): () => void {
    const timer: Timer = {
      at: this.#now + Math.max(0, ms),
      tie: this.#ties?.next() ?? 0,
      number: this.#number++,
      then,
      settled,
      purpose: ms > farAwayMs ? 'outside' : purpose,
      changes: this.#changes,
      done: false,
    };
    this.#push(timer);
    if (timer.purpose === 'work') this.#work++;
    else if (timer.purpose === 'retry') this.#fresh++;
    return () => this.#finish(timer);
  }

  #finish(timer: Timer): void {
    if (timer.done) return;
    timer.done = true;
    if (timer.purpose === 'work') this.#work--;
    else if (timer.purpose === 'retry') {
      if (timer.changes === this.#changes) this.#fresh--;
      else this.#stale--;
    }
  }

  #peek(): Timer | undefined {
    while (this.#queue[0]?.done) this.#pop();
    return this.#queue[0];
  }

  // A binary heap: the queue's first is always the next one due.
  #push(timer: Timer): void {
    const queue = this.#queue;
    let index = queue.push(timer) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = queue[parentIndex];
      if (parent === undefined || !before(timer, parent)) break;
      queue[index] = parent;
      index = parentIndex;
    }
    queue[index] = timer;
  }

  #pop(): void {
    const queue = this.#queue;
    const last = queue.pop();
    if (last === undefined || queue.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = queue[childIndex];
      if (child === undefined) break;
      const other = queue[childIndex + 1];
      if (other !== undefined && before(other, child)) {
        child = other;
        childIndex++;
      }
      if (!before(child, last)) break;
      queue[index] = child;
      index = childIndex;
    }
    queue[index] = last;
  }
}

function before(one: Timer, other: Timer): boolean {
  if (one.at !== other.at) return one.at < other.at;
  if (one.tie !== other.tie) return one.tie < other.tie;
  return one.number < other.number;
}

/** One turn of the event loop: every microtask and everything it leads to has run when it is over. */
function drain(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
