export type WatchTiming = {
  /** The server is asked to end a watch after this many seconds, and up to twice as many, at random. */
  timeoutSeconds: number;
  /** Once a bookmark has come on a connection, silence longer than this (ms) means that the connection is dead. */
  silenceMs: number;
  /** The longest wait between two attempts (ms). */
  mostWaitMs: number;
};
