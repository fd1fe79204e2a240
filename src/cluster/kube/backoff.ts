/** How long to wait before trying again: growing, and jittered so that many clients do not come back in step. */

/**
 * @param failures How many attempts have failed in a row, from 1.
 * @param random A number in [0, 1).
 * @returns milliseconds, between half of and the whole of `first · 2^(failures-1)`, at most `most`.
 */
export function backoff(failures: number, random: number, { first = 100, most = 2_000 } = {}): number {
  const whole = Math.min(most, first * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole * (0.5 + random / 2));
}

/**
 * `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110 section 10.2.3). Undefined when absent or senseless.
 *
 * @param now The present, in ms since 1970, that a date is compared with.
 */
export function retryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
