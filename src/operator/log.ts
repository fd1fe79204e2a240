/** Structured logs: one JSON line each on standard output. */
import { pino } from 'pino';
import type { Log } from '../log.ts';
import { visible } from '../objects/visible-text.ts';

/** A log that hands on fields to all lines of another. */
export type OperatorLog = Log & { child(fields: object): OperatorLog };

/** @param level one of pino's: `debug`, `info`, `warn`, `error` */
export function makeLog(level: string): OperatorLog {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // JSON leaves some characters as they are that a terminal acts on, and `kubectl logs` hands on whatever it reads.
  return pino(options, { write: (line) => void process.stdout.write(visible(line)) });
}

const nothing = () => {};

/** Says nothing. */
export const silentLog: OperatorLog = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silentLog };
