/** Structured logs: one JSON line each on standard output. The type is what is used of pino, so that tests can listen. */
import { pino } from 'pino';
import { visible } from '../objects/visible-text.ts';

export type Log = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
};

/** @param level one of pino's: `debug`, `info`, `warn`, `error` */
export function makeLog(level: string): Log {
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
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silentLog };
