/**
 * Limits for one request. Any Pod can connect to the webhook, and its requests look like those of the API server, so
 * each part of the work has a limit. A usual request has 10 kB and takes 5 ms; the API server waits 5 s for the answer.
 */
const mebibyte = 2 ** 20;

export const webhookLimits = {
  connections: {
    /**
     * Connections that are served at the same time; further ones wait before their handshake, which is the costly
     * part.
     */
    served: 32,
    /** Of these, from one address: the API server never waits behind one Pod that takes all it gets. */
    servedPerAddress: 24,
    /** An API server serves at most some hundred writes at the same time. */
    waiting: 1_024,
    waitingPerAddress: 512,
    /** How long a connection may wait for its turn, in ms. */
    waitMs: 3_000,
    /**
     * How long the handshake and the whole question may take, in ms; less while others wait, so that silent
     * connections do not keep them out.
     */
    questionMs: 3_000,
    contendedQuestionMs: 500,
    /** From the turn to the last byte of the answer, in ms: also for whoever does not read it. */
    lifeMs: 5_000,
  },
  /** Of all headers of a question. */
  headerBytes: 8 * 1024,
  /** The API server takes at most 3 MiB for an object, and etcd half of that. */
  bodyBytes: 4 * mebibyte,
  /** Of all questions at the same time, and of those from one address. */
  bodiesBytes: 24 * mebibyte,
  bodiesBytesPerAddress: 12 * mebibyte,
  /** Levels of JSON in a question; a Pod has 15. Whatever walks through it may do so by recursion. */
  depth: 100,
  /**
   * Values in a question: a hundred thousand are a Pod of more than 1.5 MiB, which etcd does not take. They decide
   * about the memory that reading takes.
   */
  values: 100_000,
  /** Characters of an answer: no larger patch can be of use. */
  answerLength: 4 * mebibyte,
  /** Threads that compute answers. A second one starts when one is not enough. */
  workers: 2,
  /** How long computing one answer may take, in ms, and how long it may have waited for a thread before. */
  answerMs: 500,
  queueMs: 400,
  /** Memory of one thread, in MiB, for what V8 counts. */
  memory: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
} as const;
