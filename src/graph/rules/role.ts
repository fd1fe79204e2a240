/**
 * A binding grants what its role says, and nothing once the role is gone. An aggregated ClusterRole has no rules of its own: what it grants
 * stands in the ClusterRoles that its selectors match, so those are needed just as much.
 */
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { makeId, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { selects } from '../../objects/selectors.ts';
import type { EdgeRule, Evidence, World } from '../edge.ts';
import { bindingsOf } from './role-binding.ts';

const rbac = 'rbac.authorization.k8s.io';

export const role: EdgeRule = {
  name: 'role',
  why: 'A binding without its role grants nothing: API calls are answered 403.',
  find(world) {
    const aggregated = contributorsByRole(world);
    return bindingsOf(world).flatMap((binding) => {
      const from = world.idOf(binding);
      const target = roleOf(binding);
      if (target === undefined) return [];
      const evidence = [{ object: from, field: 'roleRef.name', value: target.name }];
      const contributions = contributionsTo(target.id, aggregated);
      return [
        { from, to: target.id, rule: 'role', evidence },
        ...contributions.map(({ to, evidence: proof }) => ({ from, to, rule: 'role', evidence: [...evidence, ...proof] })),
      ];
    });
  },
};

export const roleAggregation: EdgeRule = {
  name: 'role-aggregation',
  why: 'An aggregated ClusterRole loses the rules of every ClusterRole that is deleted from under it.',
  find: (world) =>
    [...contributorsByRole(world)].flatMap(([from, contributions]) =>
      // Roles that aggregate each other are legal; what a Pod needs is kept in order by its binding, so these may yield.
      contributions.map(({ to, evidence }) => ({ from, to, rule: 'role-aggregation', evidence, certainty: 'inferred' as const })),
    ),
};

/** The role that a binding grants. */
export function roleOf(binding: KubernetesObject): { id: ObjectId; name: string } | undefined {
  const name = textOf(fieldAt(binding, 'roleRef', 'name'));
  if (name === undefined) return undefined;
  const cluster = fieldAt(binding, 'roleRef', 'kind') === 'ClusterRole';
  const id = cluster ? makeId(rbac, 'ClusterRole', undefined, name) : makeId(rbac, 'Role', binding.metadata.namespace, name);
  return { id, name };
}

export type Contribution = { to: ObjectId; evidence: Evidence[] };

/** For each aggregated ClusterRole the ClusterRoles that its selectors match. */
export function contributorsByRole(world: World): Map<ObjectId, Contribution[]> {
  const roles = world.ofKind(rbac, 'ClusterRole');
  const found = new Map<ObjectId, Contribution[]>();
  for (const aggregate of roles) {
    const selectors = listOf(fieldAt(aggregate, 'aggregationRule', 'clusterRoleSelectors'));
    if (selectors.length === 0) continue;
    const from = world.idOf(aggregate);
    const matched = roles.flatMap((candidate) => {
      const index = selectors.findIndex((selector) => selects(selector, candidate.metadata.labels ?? {}));
      if (index < 0 || candidate === aggregate) return [];
      const to = world.idOf(candidate);
      const field = `aggregationRule.clusterRoleSelectors[${index}]`;
      return [
        {
          to,
          evidence: [
            { object: from, field },
            { object: to, field: 'metadata.labels' },
          ],
        },
      ];
    });
    found.set(from, matched);
  }
  return found;
}

/** Everything that flows into a role, through other aggregated roles too. */
export function contributionsTo(target: ObjectId, aggregated: Map<ObjectId, Contribution[]>): Contribution[] {
  if (!aggregated.has(target)) return [];
  const found = new Map<ObjectId, Contribution>();
  const visit = (id: ObjectId) => {
    for (const contribution of aggregated.get(id) ?? []) {
      if (contribution.to === target || found.has(contribution.to)) continue;
      found.set(contribution.to, contribution);
      visit(contribution.to);
    }
  };
  visit(target);
  return [...found.values()];
}
