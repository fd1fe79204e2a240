/**
 * A binding grants what its role says, and nothing once the role is gone. An aggregated ClusterRole has no rules of its
 * own: what it grants stands in the ClusterRoles that its selectors match, so those are needed just as much.
 */
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import {
  aggregatingSelector,
  isAggregated,
  type PolicyRule,
  type RoleRef,
  rbacGroup,
  roleOf,
  rulesIn,
} from '../../objects/rbac.ts';
import type { EdgeRule, Evidence, World } from '../edge.ts';
import { bindingsOf } from './role-binding.ts';

export const role: EdgeRule = {
  name: 'role',
  why: 'A binding without its role grants nothing: API calls fail with 403.',
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
  why: 'An aggregated ClusterRole loses the rules of each ClusterRole that is deleted.',
  find: (world) =>
    [...contributorsByRole(world)].flatMap(([from, contributions]) =>
      // Roles that aggregate each other are legal; what a Pod needs is kept in order by its binding, so these may
      // yield.
      contributions.map(({ to, evidence }) => ({ from, to, rule: 'role-aggregation', evidence, certainty: 'inferred' as const })),
    ),
};

type Contribution = { to: ObjectId; evidence: Evidence[] };

/** For each aggregated ClusterRole the ClusterRoles that its selectors match. */
function contributorsByRole(world: World): Map<ObjectId, Contribution[]> {
  const roles = world.ofKind(rbacGroup, 'ClusterRole');
  const found = new Map<ObjectId, Contribution[]>();
  for (const aggregate of roles.filter(isAggregated)) {
    const from = world.idOf(aggregate);
    const matched = roles.flatMap((candidate) => {
      const index = aggregatingSelector(aggregate, candidate);
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
function contributionsTo(target: ObjectId, aggregated: Map<ObjectId, Contribution[]>): Contribution[] {
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

/** A rule that a binding grants, and the role in which it stands. */
export type Granted = { rule: PolicyRule; role: ObjectId; field: string };

/**
 * Every binding with its role and all rules that it grants, those that flow into an aggregated role too. Bindings to
 * roles that are not known grant nothing.
 */
export function grantedByBindings(world: World): { binding: KubernetesObject; role: RoleRef; granted: Granted[] }[] {
  const aggregated = contributorsByRole(world);
  return bindingsOf(world).flatMap((binding) => {
    const target = roleOf(binding);
    if (target === undefined) return [];
    const sources = [target.id, ...contributionsTo(target.id, aggregated).map(({ to }) => to)];
    const granted = isClusterAdmin(target, world)
      ? [{ rule: everything, role: target.id, field: 'rules' }]
      : sources.flatMap((id) => grantedBy(id, world));
    return [{ binding, role: target, granted }];
  });
}

function grantedBy(role: ObjectId, world: World): Granted[] {
  const object = world.byId(role);
  return object === undefined ? [] : rulesIn(object).map((rule, index) => ({ rule, role, field: `rules[${index}]` }));
}

/** The API server brings this role along; it stands in no manifest. */
export function isClusterAdmin({ name, id }: RoleRef, world: World): boolean {
  return name === 'cluster-admin' && !world.has(id);
}

const everything: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: ['*'] };
