/**
 * Who may write a kind. To serve a finalizer an account must `update` or `patch` the object or its `finalizers`
 * subresource: only watching is what dashboards do, only creating what clients do. Controllers, and hardly anybody
 * else, are given `/status` and `/finalizers`.
 */

import { type Grant, reaching } from '../../graph/rules/grants.ts';
import { resourceOf } from '../../graph/rules/resource-of.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Clue } from './candidates.ts';
import type { ClueKind } from './clues.ts';
import type { ServingFacts } from './serving-facts.ts';

/**
 * @param object one without a name stands for its kind: then rights in any one namespace count too, and rights to
 * single names do not
 */
export function rightsClues(facts: ServingFacts, object: KubernetesObject): Clue[] {
  const { group, resource } = resourceOf(object, facts.world);
  const grants = facts.grants(group, resource);
  const isOne = object.metadata.name !== '';
  const reached = isOne
    ? reaching(grants, object)
    : [...grants.everywhere, ...[...grants.inNamespace.values()].flat()].filter(({ names }) => names === undefined);
  return reached.filter(mayWrite).map((grant) => ({
    workload: grant.workload,
    kind: kindOf(grant),
    evidence: grant.evidence.map((proof, index) =>
      facts.evidence(proof, index === 0 ? saysOf(grant, resource, group) : accountSays(index)),
    ),
  }));
}

function mayWrite({ verbs }: Grant): boolean {
  return verbs.some((verb) => verb === '*' || verb === 'update' || verb === 'patch');
}

function kindOf({ broad, subresource, evidence }: Grant): ClueKind {
  if (broad) return 'broad';
  return subresource === 'finalizers' || subresource === 'status' || evidence[0]?.value === '*' ? 'subresource' : 'write';
}

function saysOf({ verbs, subresource, broad }: Grant, resource: string, group: string): string {
  const verb = verbs.includes('*') ? 'do everything with' : verbs.includes('update') ? 'update' : 'patch';
  return `allows to ${verb} ${resource}${subresource ? `/${subresource}` : ''} of ${group}${broad ? ', as of every group' : ''}`;
}

function accountSays(index: number): string {
  return index === 1 ? 'binds the role to this account' : 'runs as this account';
}
