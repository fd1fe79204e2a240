/**
 * The token controller deletes a Secret of type `kubernetes.io/service-account-token` as soon as its account is gone.
 */
import { textOf } from '../../objects/fields.ts';
import { idOf, makeId } from '../../objects/identity.ts';
import type { Edge, EdgeRule } from '../edge.ts';

/** On a Secret: the ServiceAccount whose token it holds. */
export const tokenAccountAnnotation = 'kubernetes.io/service-account.name';

export const tokenSecret: EdgeRule = {
  name: 'token-secret',
  why: 'A token Secret is deleted together with its ServiceAccount.',
  find: (world) =>
    world.ofKind('', 'Secret').flatMap((secret): Edge[] => {
      const value = textOf(secret.metadata.annotations?.[tokenAccountAnnotation]);
      if (secret.type !== 'kubernetes.io/service-account-token' || value === undefined) return [];
      const from = idOf(secret);
      const evidence = [{ object: from, field: `metadata.annotations[${tokenAccountAnnotation}]`, value }];
      return [{ from, to: makeId('', 'ServiceAccount', secret.metadata.namespace, value), rule: 'token-secret', evidence }];
    }),
};
