/**
 * Nobody may hand out rights that he does not have (`pkg/registry/rbac`): writing a role asks for all of its rules, or
 * `escalate` on it; writing a binding asks for all rules of the role behind it, or `bind` on that role.
 */
import { fieldAt } from '../../../objects/fields.ts';
import { covers, isAggregated, type PolicyRule, rulesIn } from '../../../objects/rbac.ts';
import { same } from '../json.ts';
import { apiError, refused } from './api-errors.ts';
import type { Kind } from './kind.ts';
import { type Authorizer, bindingKeys, roleKeys } from './rbac.ts';
import type { Stored } from './store.ts';
import type { User } from './user.ts';

type Write = { authorizer: Authorizer; user: User; kind: Kind; object: Stored; old: Stored | undefined };

/** Throws `forbidden` when storing the role or binding would give away more than the user has. Other kinds pass. */
export function refuseEscalation(authorizer: Authorizer, user: User, kind: Kind, object: Stored, old: Stored | undefined): void {
  if (user.groups.includes('system:masters')) return;
  const write = { authorizer, user, kind, object, old };
  if (kind.key === roleKeys.Role || kind.key === roleKeys.ClusterRole) refuseRole(write);
  else if (kind.key === bindingKeys.RoleBinding || kind.key === bindingKeys.ClusterRoleBinding) refuseBinding(write);
}

function refuseRole({ authorizer, user, kind, object, old }: Write): void {
  const { name, namespace } = object.metadata;
  const aggregates = kind.key === roleKeys.ClusterRole && (isAggregated(object) || (old !== undefined && isAggregated(old)));
  if (old && !aggregates && same(old.rules, object.rules)) return;
  const { group, resource } = kind;
  if (authorizer.allows(user, { verb: 'escalate', group, resource, name, ...placeOf(object) })) return;
  refuseUnless(authorizer, user, kind, object, rulesIn(object));
  // What flows into it later is nobody's to know (`hasAggregationRule` in `clusterrole/policybased/storage.go`).
  if (aggregates && !holdsEverything(authorizer.rulesOf(user)))
    throw refused(kind, name, namespace, 'must have cluster-admin privileges to use the aggregationRule');
}

function refuseBinding({ authorizer, user, kind, object, old }: Write): void {
  if (old && same(old.subjects, object.subjects)) return;
  const name = String(fieldAt(object, 'roleRef', 'name'));
  const resource = fieldAt(object, 'roleRef', 'kind') === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (authorizer.allows(user, { verb: 'bind', group: kind.group, resource, name, ...placeOf(object) })) return;
  const rules = authorizer.rulesBehind(object);
  if (rules === undefined) {
    throw apiError('not-found', `${resource}.${kind.group} "${name}" not found`, { status: 404, reason: 'NotFound' });
  }
  refuseUnless(authorizer, user, kind, object, rules);
}

function placeOf({ metadata: { namespace } }: Stored): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

function refuseUnless(authorizer: Authorizer, user: User, kind: Kind, object: Stored, wanted: PolicyRule[]): void {
  const { name, namespace } = object.metadata;
  const held = authorizer.rulesOf(user, namespace);
  const lacking = wanted.flatMap(single).filter((rule) => !held.some((own) => holds(own, rule)));
  if (lacking.length === 0) return;
  const list = lacking.map(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) => {
    const parts = {
      APIGroups: apiGroups,
      Resources: resources,
      ResourceNames: resourceNames,
      NonResourceURLs: nonResourceURLs,
      Verbs: verbs,
    };
    return `{${Object.entries(parts)
      .filter(([, values]) => values.length > 0)
      .map(([field, values]) => `${field}:${JSON.stringify(values)}`)
      .join(', ')}}`;
  });
  const groups = JSON.stringify(user.groups);
  const why = `user "${user.name}" (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${list.join('\n')}`;
  throw refused(kind, name, namespace, why);
}

function holdsEverything(held: readonly PolicyRule[]): boolean {
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] };
  const everyUrl = { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] };
  return [everything, everyUrl].every((rule) => held.some((own) => holds(own, rule)));
}

/** A rule taken apart into rules of one verb on one resource. */
function single(rule: PolicyRule): PolicyRule[] {
  const names = rule.resourceNames.length > 0 ? rule.resourceNames.map((name) => [name]) : [[]];
  const onResources = rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      names.flatMap((resourceNames) =>
        rule.verbs.map((verb) => ({
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          resourceNames,
          nonResourceURLs: [],
        })),
      ),
    ),
  );
  const onUrls = rule.nonResourceURLs.flatMap((url) =>
    rule.verbs.map((verb) => ({ verbs: [verb], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [url] })),
  );
  return [...onResources, ...onUrls];
}

function holds(own: PolicyRule, wanted: PolicyRule): boolean {
  const [verb = ''] = wanted.verbs;
  const [url] = wanted.nonResourceURLs;
  if (url !== undefined) {
    const matches = (pattern: string) =>
      pattern === url || pattern === '*' || (pattern.endsWith('*') && url.startsWith(pattern.slice(0, -1)));
    return (own.verbs.includes('*') || own.verbs.includes(verb)) && own.nonResourceURLs.some(matches);
  }
  const [group = ''] = wanted.apiGroups;
  const [resource = ''] = wanted.resources;
  const [name] = wanted.resourceNames;
  return covers(own, { verb, group, resource, ...(name !== undefined && { name }) });
}
