/**
 * Policies add up: a Pod that one policy isolates may reach the API server only because another one allows it. When the
 * allowing policy goes first the preStop hook runs into a time-out; so all policies that select a Pod outlive it.
 */
import { fieldAt } from '../../objects/fields.ts';
import type { EdgeRule } from '../edge.ts';
import { selectedBy } from './selected.ts';

export const networkPolicy: EdgeRule = {
  name: 'network-policy',
  why: 'Without its NetworkPolicies an isolated Pod loses its allowed traffic, or is open to everybody.',
  find: (world) =>
    world.ofKind('networking.k8s.io', 'NetworkPolicy').flatMap((object) => {
      const to = world.idOf(object);
      const selector = fieldAt(object, 'spec', 'podSelector') ?? {};
      return selectedBy(world, object.metadata.namespace ?? '', selector).map(({ id }) => {
        return { from: id, to, rule: 'network-policy', evidence: [{ object: to, field: 'spec.podSelector' }] };
      });
    }),
};
