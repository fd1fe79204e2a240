/**
 * What a verb needs of the process that it runs in. The verbs know only this, so that tests run them against a
 * simulated cluster, a virtual clock and strings in place of a terminal.
 */
import { once } from 'node:events';
import { type Clock, wallClock } from '../cluster/clock.ts';
import { ServerTime, serverClock } from '../cluster/kube/server-clock.ts';
import type { Connected } from './connected.ts';
import type { ClusterFlags } from './flags.ts';

export type Invocation = {
  /** How the program was called, for help and advice: `bookend` or `kubectl bookend`. */
  programName: string;
  /**
   * Standard output: results. Nothing in them acts on a terminal.
   *
   * @param as for programs: manifests and patches, which reach a pipe or a file byte for byte
   */
  out(text: string, as?: 'for programs'): void;
  /** Waits until the reader of the standard output has taken enough of it that more may be written. */
  drained(): Promise<void>;
  /** Standard error: progress and errors. */
  err(text: string): void;
  /**
   * True when a person watches the standard error: progress is then redrawn in place, in colour where that is wanted.
   */
  interactive: boolean;
  colour: boolean;
  /** The same for the standard output, which may go elsewhere. */
  colourOut: boolean;
  /** True when a person watches the standard output. */
  watched: boolean;
  /** The size of the terminal in characters. */
  size(): { columns: number; rows: number };
  environment: Readonly<Record<string, string | undefined>>;
  /**
   * The API server's, once a cluster that `connect` opened has answered: it gives every timestamp that is compared with
   * it.
   */
  clock: Clock;
  /** The whole standard input. */
  readInput(): Promise<string>;
  /** Asks the person at the terminal, and gives what they typed; absent where nobody can answer. */
  ask?(question: string): Promise<string>;
  connect(flags: ClusterFlags): Promise<Connected>;
  /** Calls `then` for SIGINT and SIGTERM, in place of ending the process, until the returned function is called. */
  onSignal(then: (signal: 'SIGINT' | 'SIGTERM') => void): () => void;
};

/** This very process. */
export function thisProcess(): Invocation {
  const { env, stderr, stdout } = process;
  const serverTime = new ServerTime();
  const interactive = stderr.isTTY === true && env.TERM !== 'dumb';
  return {
    programName: (process.argv[1] ?? '').endsWith('kubectl-bookend') ? 'kubectl bookend' : 'bookend',
    out: (text) => void stdout.write(text),
    async drained() {
      if (stdout.writableNeedDrain) await once(stdout, 'drain');
    },
    err: (text) => void stderr.write(text),
    interactive,
    colour: (interactive || Boolean(env.FORCE_COLOR)) && !env.NO_COLOR,
    colourOut: ((stdout.isTTY === true && env.TERM !== 'dumb') || Boolean(env.FORCE_COLOR)) && !env.NO_COLOR,
    watched: stdout.isTTY === true,
    size: () => ({ columns: stderr.columns || 80, rows: stderr.rows || 24 }),
    environment: env,
    clock: serverClock(serverTime, wallClock),
    async readInput() {
      const { text } = await import('node:stream/consumers');
      return text(process.stdin);
    },
    ...(process.stdin.isTTY === true && stderr.isTTY === true && { ask: askOnTerminal }),
    async connect(flags) {
      const { connect } = await import('./connect.ts');
      return connect(flags, serverTime);
    },
    onSignal(then) {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      const handlers = signals.map((signal) => [signal, () => then(signal)] as const);
      for (const [signal, handler] of handlers) process.on(signal, handler);
      return () => {
        for (const [signal, handler] of handlers) process.off(signal, handler);
      };
    },
  };
}

async function askOnTerminal(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new AbortController();
  terminal.on('SIGINT', () => ended.abort());
  try {
    return await terminal.question(question, { signal: ended.signal });
  } catch {
    return '';
  } finally {
    terminal.close();
  }
}
