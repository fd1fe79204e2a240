/** The machine that a figure was measured on, and how busy it was. */
import { cpus, loadavg, totalmem } from 'node:os';

export type Load = { start: number; end: number };

/** @param kubernetes version of the API server; absent where none took part */
export function machine(kubernetes: string | undefined) {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    ...(kubernetes !== undefined && { kubernetes }),
  };
}

/** Runs `work`. @returns what it gives, with the load average of the minute before it and of its last minute */
export async function withLoad<T extends object>(work: () => Promise<T>): Promise<T & { loadAverage: Load }> {
  const start = loadNow();
  const result = await work();
  return { ...result, loadAverage: { start, end: loadNow() } };
}

function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}
