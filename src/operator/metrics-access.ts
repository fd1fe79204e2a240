/**
 * Who may read the metrics: whoever may `get` the non-resource URL /metrics, as the API server decides (TokenReview
 * and SubjectAccessReview, as controller-runtime does it). Answers are remembered for a minute, and few questions are
 * asked at once: strangers with made-up tokens must not make us ask without end.
 */
import { createHash } from 'node:crypto';
import type { Clock, Instant } from '../cluster/clock.ts';
import { fieldAt, mapOf, textOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';

/** unknown: the API server could not be asked. busy: too many are asking at once. */
export type Access = 'granted' | 'unauthenticated' | 'forbidden' | 'unknown' | 'busy';

/** Creates a review and gives it back with its status. */
export type Review = (review: KubernetesObject) => Promise<KubernetesObject>;

const rememberMs = 60_000;
const mostRemembered = 200;
const mostAtOnce = 4;
/** Tokens of ServiceAccounts have about 1,000 characters. */
const longestToken = 8_192;

/** @returns whether the bearer of a token may read the metrics */
export function metricsAccess(review: Review, clock: Clock): (token: string | undefined) => Promise<Access> {
  /** By digest: tokens are not kept. */
  const answers = new Map<string, { access: Access; until: Instant }>();
  let asking = 0;
  return async (token) => {
    if (!token || token.length > longestToken) return 'unauthenticated';
    const digest = createHash('sha256').update(token).digest('hex');
    const known = answers.get(digest);
    if (known && known.until > clock.now()) return known.access;
    if (asking >= mostAtOnce) return 'busy';
    asking += 1;
    try {
      const access = await ask(review, token);
      remember(answers, digest, { access, until: clock.now() + rememberMs });
      return access;
    } catch {
      return 'unknown';
    } finally {
      asking -= 1;
    }
  };
}

async function ask(review: Review, token: string): Promise<Access> {
  const { status } = await review({
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: { name: '' } },
    spec: { token },
  });
  if (fieldAt(status, 'authenticated') !== true) return 'unauthenticated';
  const { username, uid, groups, extra } = mapOf(fieldAt(status, 'user'));
  const answer = await review({
    ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: { name: '' } },
    spec: { user: textOf(username), uid, groups, extra, nonResourceAttributes: { path: '/metrics', verb: 'get' } },
  });
  return fieldAt(answer.status, 'allowed') === true ? 'granted' : 'forbidden';
}

/** The oldest are forgotten first. */
function remember<T>(answers: Map<string, T>, digest: string, answer: T): void {
  answers.delete(digest);
  answers.set(digest, answer);
  for (const oldest of answers.keys()) {
    if (answers.size <= mostRemembered) return;
    answers.delete(oldest);
  }
}
