/** One permission, as narrow as RBAC can express it, and its reason. */
import { type Attributes, covers, type PolicyRule } from '../objects/rbac.ts';
import type { Phase } from './asked.ts';

export type Right = {
  verb: string;
  /** `''` is the core group. */
  group: string;
  /** `pods`, or `pods/status` for a subresource. */
  resource: string;
  /** Only the object of this name; absent: all. */
  name?: string;
  /** Only in this namespace; absent: cluster-scoped kinds, or every namespace. */
  namespace?: string;
  why: Reason;
  /** When it was asked for in a rehearsal; empty for what no request shows. */
  phases: Phase[];
};

/** A right on a path of the API server that is no resource. */
export type UrlRight = { verb: string; url: string; why: Reason };

/** Why a right is needed. A reason is a constant; the words for it are in one place. */
export type Reason =
  | 'own'
  | 'own-unnamed'
  | 'pods-and-children'
  | 'children-of-custom-resources'
  | 'custom-resources'
  | 'failed-hooks'
  | 'forced'
  | 'granted'
  | 'aggregated'
  | 'bound'
  | 'parameters'
  | 'attested'
  | 'hook'
  | 'hook-impersonates'
  | 'team-writes'
  | 'team-impersonates';

/** The words, as they stand in comments: why somebody needs this. */
export const reasons: Record<Reason, string> = {
  own: 'reads, changes and deletes its objects, by name',
  'own-unnamed': 'creates and watches its objects; RBAC cannot limit create, list and watch to names',
  'pods-and-children':
    'waits until Pods, and the objects between them and their workload, are gone and no longer use a deleted object',
  'children-of-custom-resources':
    'searches for children of custom resources; a kind that is left out here is reported as not seen',
  'custom-resources':
    'deletes the custom resources of a CustomResourceDefinition in order, before it; their names are not known yet',
  'failed-hooks': 'reports failed preStop hooks; without it they are reported as not seen',
  forced: 'deletes Pods with grace period 0 and removes finalizers, because spec.teardown.onTimeout is Force',
  granted: 'a Role or ClusterRole among the objects grants this, and only who has a permission may grant it',
  aggregated: 'Kubernetes requires `escalate` for a ClusterRole with an aggregationRule',
  bound: 'a binding among the objects names this role, and only who has its permissions, or may `bind` it, may bind it',
  parameters: 'only who may read the parameters of an admission policy may write it',
  attested: 'only who may attest for the signer of a ClusterTrustBundle may write it',
  hook: 'the hook deletes this and waits until it is gone',
  'hook-impersonates': 'only who may act as its account may delete a ClusterOperator',
  'team-writes': 'writes the ClusterOperator',
  'team-impersonates': 'only who may act as its account may write a ClusterOperator',
};

/** The same right without those that another one gives as well, each once. */
export function leastOf(rights: readonly Right[]): Right[] {
  const byKey = new Map<string, Right>();
  for (const right of rights) {
    const key = keyOf(right);
    const before = byKey.get(key);
    byKey.set(key, before ? { ...before, phases: joined(before.phases, right.phases) } : right);
  }
  const unique = [...byKey.values()];
  return unique.filter((right) => !unique.some((other) => other !== right && includes(other, right)));
}

/**
 * Whether who has one right has the other too. Of two that include each other none is dropped for the other: they are
 * the same.
 */
function includes(one: Right, other: Right): boolean {
  if (one.namespace !== undefined && one.namespace !== other.namespace) return false;
  return covers(ruleOf(one), attributesOf(other)) && !(keyOf(one) === keyOf(other));
}

function ruleOf({ verb, group, resource, name }: Right): PolicyRule {
  return {
    verbs: [verb],
    apiGroups: [group],
    resources: [resource],
    resourceNames: name === undefined ? [] : [name],
    nonResourceURLs: [],
  };
}

function attributesOf({ verb, group, resource, name, namespace }: Right): Attributes {
  return { verb, group, resource, ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }) };
}

function keyOf({ verb, group, resource, name, namespace }: Right): string {
  return JSON.stringify([verb, group, resource, name ?? null, namespace ?? null]);
}

const order: readonly Phase[] = ['install', 'keep', 'teardown'];

export function joined(one: readonly Phase[], other: readonly Phase[]): Phase[] {
  return order.filter((phase) => one.includes(phase) || other.includes(phase));
}
