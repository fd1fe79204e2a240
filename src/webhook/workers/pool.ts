/**
 * Computes answers in threads, so that no request can block the operator. Each has limits of time and memory; a thread
 * that exceeds one is terminated and replaced. Threads share nothing but messages.
 */
import { Worker } from 'node:worker_threads';
import type { Log } from '../../log.ts';
import type { Answered, Asked } from '../admission/answer.ts';
import { FairQueue } from '../fair-queue.ts';
import { webhookLimits } from '../limits.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** What answers depend on besides the question. */
export type Data<Value> = {
  /** Another one whenever the value is another. */
  revision(): number;
  /** Plain data, asked for when the revision is new to a thread. */
  value(): Value;
};

export type PoolOptions<Value> = {
  /** The program of a thread; it calls `serveAnswers`. */
  program: URL;
  data: Data<Value>;
  log: Log;
  limits?: PoolLimits;
};

/** Who computes answers. */
export type Answerer = {
  /** Makes ready what can be. */
  start(): void;
  /** Why nothing can be answered, in words; undefined when it can. */
  readonly trouble: string | undefined;
  /** @param from whoever asks: none of them waits for the questions of only one other */
  answer(body: Uint8Array, from: string): Promise<Outcome>;
  close(): Promise<void>;
};

export type PoolLimits = Pick<typeof webhookLimits, 'memory'> & { workers: number; answerMs: number; queueMs: number };

export type Outcome =
  | { answered: Answered }
  | { notAsked: string }
  /** No answer within its time or memory; what was asked, where that was known by then. */
  | { exceeded: string; asked: Asked | undefined }
  /** Nobody had time for it. */
  | { busy: true };

type Job = {
  body: Uint8Array;
  from: string;
  asked?: Asked;
  settle(outcome: Outcome): void;
  cancel(): void;
};

/** How long after a thread that could not even start the next one is tried, in ms. */
const restartMs = 1_000;

export class WorkerPool<Value> implements Answerer {
  readonly #options: PoolOptions<Value>;
  readonly #limits: PoolLimits;
  readonly #queue = new FairQueue<Job>();
  readonly #threads = new Set<Thread<Value>>();
  #notBefore = 0;
  #restart: NodeJS.Timeout | undefined;
  #closed = false;
  /** Why no thread can be started; undefined while they can. */
  #trouble: string | undefined;

  constructor(options: PoolOptions<Value>) {
    this.#options = options;
    this.#limits = options.limits ?? webhookLimits;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** The first thread; further ones start when they are needed. */
  start(): void {
    if (this.#threads.size === 0) this.#add();
  }

  answer(body: Uint8Array, from: string): Promise<Outcome> {
    return new Promise((resolve) => {
      const job: Job = { body, from, settle: resolve, cancel: () => undefined };
      const timer = setTimeout(() => {
        this.#queue.remove(from, job);
        resolve({ busy: true });
      }, this.#limits.queueMs);
      job.cancel = () => clearTimeout(timer);
      this.#queue.add(from, job);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    for (let job = this.#queue.take(); job; job = this.#queue.take()) finish(job, { busy: true });
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  #next(): void {
    for (const thread of this.#threads) {
      if (!thread.idle) continue;
      const job = this.#queue.take();
      if (!job) return;
      job.cancel();
      thread.compute(job);
    }
    const isStarting = [...this.#threads].some(({ ready }) => !ready);
    if (this.#queue.size > 0 && this.#threads.size < this.#limits.workers && !isStarting) this.#add();
  }

  #add(): void {
    if (this.#closed) return;
    const waitMs = this.#notBefore - performance.now();
    if (waitMs > 0) {
      this.#restart ??= setTimeout(() => {
        this.#restart = undefined;
        this.#add();
      }, waitMs);
      return;
    }
    const { program, data, log } = this.#options;
    const thread = new Thread(program, data, this.#limits, {
      free: () => {
        this.#trouble = undefined;
        this.#next();
      },
      ended: (why) => {
        this.#threads.delete(thread);
        if (this.#closed) return;
        log.warn({ why }, 'a thread that computes answers of the webhook has ended; another takes its place');
        if (!thread.ready) {
          this.#notBefore = performance.now() + restartMs;
          this.#trouble = `no thread that computes answers can start: ${why}`;
        }
        this.start();
        this.#next();
      },
    });
    this.#threads.add(thread);
  }
}

type Owner = { free(): void; ended(why: string): void };

/** One thread with the question that it is at. */
class Thread<Value> {
  readonly #worker: Worker;
  readonly #data: Data<Value>;
  readonly #limits: PoolLimits;
  readonly #owner: Owner;
  /** Of the data that it has. */
  #revision: number | undefined;
  #job: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  #why: string | undefined;

  constructor(program: URL, data: Data<Value>, limits: PoolLimits, owner: Owner) {
    this.#data = data;
    this.#limits = limits;
    this.#owner = owner;
    // Nothing of this process that it does not need: no environment, no flags.
    this.#worker = new Worker(program, { resourceLimits: { ...limits.memory }, env: {}, execArgv: [], stdin: false });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      this.#why ??= error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? memory : String(error.message);
    });
    this.#worker.on('exit', () => this.#ended());
  }

  /** Whether it has started. */
  get ready(): boolean {
    return this.#ready;
  }

  get idle(): boolean {
    return this.#ready && !this.#job && this.#why === undefined;
  }

  compute(job: Job): void {
    this.#job = job;
    const { answerMs } = this.#limits;
    const revision = this.#data.revision();
    const isNew = revision !== this.#revision;
    // Taking in what is known of thousands of nodes has a time of its own.
    const limitMs = isNew ? 2 * answerMs : answerMs;
    this.#timer = setTimeout(() => {
      this.#why = `within ${limitMs} ms`;
      // Whoever asked is not kept waiting for its end.
      this.#settle({ exceeded: this.#why, asked: job.asked });
      void this.#worker.terminate();
    }, limitMs);
    const message: ToWorker<Value> = {
      body: job.body,
      ...(isNew && { data: this.#data.value() }),
    };
    this.#revision = revision;
    this.#worker.postMessage(message, [job.body.buffer as ArrayBuffer]);
  }

  async end(): Promise<void> {
    this.#why ??= 'the webhook ends';
    await this.#worker.terminate();
  }

  #receive(message: FromWorker): void {
    if ('ready' in message) this.#ready = true;
    else if ('asked' in message) {
      if (this.#job) this.#job.asked = message.asked;
      return;
    } else this.#settle(message);
    if (this.#why === undefined) this.#owner.free();
  }

  #ended(): void {
    const why = this.#why ?? 'it has ended by itself';
    if (this.#job) this.#settle({ exceeded: why, asked: this.#job.asked });
    this.#owner.ended(why);
  }

  #settle(outcome: Outcome): void {
    clearTimeout(this.#timer);
    const job = this.#job;
    this.#job = undefined;
    if (job) finish(job, outcome);
  }
}

const memory = 'with the memory that an answer may take';

function finish(job: Job, outcome: Outcome): void {
  job.cancel();
  job.settle(outcome);
}
