/** An invocation for tests: a simulated cluster, its virtual clock, and strings in place of a terminal. */
import { makeSimulatedCluster, type SimulatedCluster, type SimulationOptions, type User } from '../../cluster/simulated/index.ts';
import { type Slowness, slow } from '../../cluster/simulated/testing/slow.ts';
import { runCommandLine } from '../command-line.ts';
import type { Invocation } from '../invocation.ts';

type CommandResult = { exitCode: number; out: string; err: string; errLines: string[]; ms: number };

export type RunOptions = {
  user?: User;
  namespace?: string;
  input?: string;
  interactive?: boolean;
  /** What a person answers to every question; absent: nobody can. */
  answer?: string;
  /** In colour. */
  colour?: boolean;
  /** The standard output is a terminal. */
  watched?: boolean;
  /** Sends a signal after so many ms of the cluster's time. */
  signal?: { name: 'SIGINT' | 'SIGTERM'; afterMs: number };
  /** How long the command may take in the cluster's time, default 30 minutes. */
  maxMs?: number;
  /** How long each answer of the API server takes. Default: no time. */
  slowness?: Slowness;
  /** Let no virtual time pass: for commands that read real files and no cluster. */
  offline?: boolean;
  /** Default: empty. */
  environment?: Readonly<Record<string, string>>;
};

export type SimulatedTerminal = {
  simulated: SimulatedCluster;
  /** Runs a command line to its end while virtual time passes. */
  run(args: string[], options?: RunOptions): Promise<CommandResult>;
};

export function simulatedTerminal(simulationOptions: SimulationOptions = {}): SimulatedTerminal {
  const simulated = makeSimulatedCluster(simulationOptions);
  return { simulated, run: (args, options = {}) => runOn(simulated, args, options) };
}

async function runOn(simulated: SimulatedCluster, args: string[], options: RunOptions): Promise<CommandResult> {
  const { clock } = simulated;
  const started = clock.now();
  let [out, err] = ['', ''];
  let exitCode: number | undefined;
  const invocation: Invocation = {
    programName: 'bookend',
    out: (text) => {
      out += text;
    },
    drained: async () => {},
    err: (text) => {
      err += text;
    },
    interactive: options.interactive ?? false,
    colour: options.colour ?? false,
    colourOut: options.colour ?? false,
    watched: options.watched ?? false,
    size: () => ({ columns: 120, rows: 24 }),
    environment: options.environment ?? {},
    clock,
    readInput: async () => options.input ?? '',
    ...(options.answer !== undefined && { ask: async () => options.answer ?? '' }),
    connect: async ({ as }) => {
      const connection = simulated.connect(options.user);
      const { slowness } = options;
      const cluster = slowness ? slow(connection.cluster, connection.clock, slowness) : connection.cluster;
      return { cluster: as ? cluster.as({ user: as }) : cluster, namespace: options.namespace ?? 'default' };
    },
    onSignal: (then) => {
      const { signal } = options;
      return signal ? clock.after(started + signal.afterMs - clock.now(), () => then(signal.name)) : () => {};
    },
  };
  const ended = runCommandLine(args, invocation).then((code) => {
    exitCode = code;
  });
  if (!options.offline) await simulated.until(() => exitCode !== undefined, options.maxMs ?? 30 * 60_000);
  await ended;
  return { exitCode: exitCode ?? -1, out, err, errLines: err.trimEnd().split('\n'), ms: clock.now() - started };
}
