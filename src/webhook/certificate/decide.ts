/**
 * Decides when to create, trust and serve which certificate. Pure: the same input always gives the same step.
 *
 * A renewal must not reject a single Pod. So the API server trusts the new authority before the webhook serves its
 * certificate, and the old one until no replica can serve it: prepare → trust both → serve the new → (the old one
 * expires) → trust only the new.
 */
import type { Instant } from '../../cluster/clock.ts';
import type { Stored } from './stored.ts';

/** How the webhook's trust stands at present. */
export type TrustState = {
  stored: Stored;
  /** The authorities in the caBundle (PEM); undefined when there is no webhook configuration. */
  trusted: ReadonlySet<string> | undefined;
  /** Since when the caBundle was seen to have the authority of `stored.next`, without a break. */
  nextTrustedSince: Instant | undefined;
};

export type Step =
  /** Make credentials and serve them at once: there are none that could be used. */
  | { do: 'issue' }
  /** Make those that come next, and serve the present ones on. */
  | { do: 'prepare' }
  /** Have the API server trust these authorities, and no others. */
  | { do: 'trust'; authorities: string[] }
  /** Serve the next ones from now on. */
  | { do: 'promote' }
  | { do: 'wait'; until: Instant };

const day = 24 * 60 * 60_000;

/** Long enough that nobody notices, short enough that a stolen key is soon worth nothing. */
export const validityMs = 90 * day;

/** Renewed at two thirds: an operator that was away for a month is still in time. */
const renewAfter = 2 / 3;

/**
 * How long a caBundle may take to reach every API server. They watch it; this is for one that has lost its
 * connection.
 */
const settleMs = 10 * 60_000;

export function decide({ stored, trusted, nextTrustedSince }: TrustState, now: Instant): Step {
  const { current, next } = stored;
  if (!current) return { do: next ? 'promote' : 'issue' };
  const authorities = authoritiesOf(stored);
  if (trusted && !isSame(trusted, authorities)) return { do: 'trust', authorities };
  if (next) {
    if (nextTrustedSince === undefined) return { do: 'wait', until: current.until };
    // What expires soon cannot wait so long, whatever has kept it from being renewed in time.
    const settled = nextTrustedSince + Math.min(settleMs, Math.max(0, current.until - nextTrustedSince) / 2);
    return now >= settled ? { do: 'promote' } : { do: 'wait', until: settled };
  }
  const renewal = current.from + (current.until - current.from) * renewAfter;
  return now >= renewal ? { do: 'prepare' } : { do: 'wait', until: renewal };
}

/** Whatever a replica may serve now or next. */
function authoritiesOf({ current, next, previous }: Stored): string[] {
  return [current?.authority, next?.authority, previous].filter((authority) => authority !== undefined);
}

function isSame(trusted: ReadonlySet<string>, authorities: readonly string[]): boolean {
  return trusted.size === authorities.length && authorities.every((authority) => trusted.has(authority));
}
