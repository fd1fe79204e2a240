/** Aims with the measured values. Pure. */

export type Aim = { what: string; aim: string; measured: number; met: boolean };

export function atLeast(what: string, measured: number, limit: number): Aim {
  return { what, aim: `≥ ${limit}`, measured, met: measured >= limit };
}

export function atMost(what: string, measured: number, limit: number): Aim {
  return { what, aim: `≤ ${limit}`, measured, met: measured <= limit };
}
