/**
 * A Pod talks to the API server as its ServiceAccount; about a minute after the account's deletion its tokens are
 * refused (`pkg/serviceaccount/claims.go`), in the middle of a preStop hook if need be.
 *
 * `automountServiceAccountToken: false` changes nothing: tokens are also mounted by hand, and the Pod may override the
 * account.
 */
import { makeId } from '../../objects/identity.ts';
import type { EdgeRule } from '../edge.ts';

export const serviceAccount: EdgeRule = {
  name: 'service-account',
  why: 'Without its ServiceAccount a Pod can no longer call the API, and no new Pod can start.',
  find: ({ workloads }) =>
    workloads.map(({ id, namespace, serviceAccount: account, serviceAccountPath }) => ({
      from: id,
      to: makeId('', 'ServiceAccount', namespace, account),
      rule: 'service-account',
      evidence: [{ object: id, field: serviceAccountPath, value: account }],
    })),
};
