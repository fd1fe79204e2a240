/**
 * Tells an installation that takes long from one that will not end: after ten minutes in which nothing new happened it
 * is stalled (the default of `progressDeadlineSeconds` of a Deployment). It goes on all the same, and is no longer
 * stalled as soon as another object is ready.
 *
 * A first time in some state is new; a Pod that crashes again and again is not. Words of others may differ each time,
 * so they count for half an hour at most.
 */
import type { Clock, Instant } from '../cluster/clock.ts';
import type { InstallDecision } from '../install/decide.ts';

const deadlineMs = 10 * 60_000;
const longestMs = 30 * 60_000;
/** Words of others could differ without end. */
const mostSeen = 50_000;

export class InstallProgress {
  readonly #clock: Clock;
  readonly #onStalled: () => void;
  readonly #seen = new Set<string>();
  #ready = -1;
  #readyAt: Instant;
  #newAt: Instant;
  #timer: (() => void) | undefined;

  /** @param onStalled called when the time is over */
  constructor(clock: Clock, onStalled: () => void) {
    this.#clock = clock;
    this.#onStalled = onStalled;
    this.#readyAt = clock.now();
    this.#newAt = clock.now();
  }

  get isStalled(): boolean {
    return this.#clock.now() >= this.#deadline;
  }

  note({ states, ready }: InstallDecision): void {
    const now = this.#clock.now();
    const complete = ready === states.length;
    if (ready > this.#ready || complete) this.#readyAt = now;
    // What was complete may fall back: then it has its whole time again.
    this.#ready = complete ? -1 : Math.max(this.#ready, ready);
    if (complete) this.#seen.clear();
    for (const { id, state, blocker } of states) {
      const key = `${id} ${state} ${blocker?.text ?? ''}`;
      if (state === 'Ready' || this.#seen.has(key) || this.#seen.size >= mostSeen) continue;
      this.#newAt = now;
      this.#seen.add(key);
    }
    this.#timer?.();
    this.#timer = complete || this.isStalled ? undefined : this.#clock.after(this.#deadline - now, this.#onStalled);
  }

  close(): void {
    this.#timer?.();
  }

  get #deadline(): Instant {
    return Math.min(Math.max(this.#newAt, this.#readyAt) + deadlineMs, this.#readyAt + longestMs);
  }
}
