/** Times as objects carry them (`metav1.Time`): RFC 3339, whole seconds, UTC. */
import type { Instant } from '../clock.ts';

let lastSecond = Number.NaN;
let lastText = '';

/** `2026-11-22T23:02:00Z`. Remembers the last second: thousands of objects are written in the same one. */
export function timestamp(at: Instant): string {
  const second = Math.floor(at / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  }
  return lastText;
}
