/** Durations as people write them in Kubernetes: `90s`, `10m`, `1h30m`. */
import { BookendError } from '../errors.ts';

const pattern = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/**
 * @returns milliseconds
 * @throws BookendError `bad-input` for anything else
 */
export function parseDuration(text: string): number {
  const match = pattern.exec(text);
  if (!match || text === '') throw new BookendError('bad-input', `"${text}" is not a duration; use 90s, 10m or 1h30m`);
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
