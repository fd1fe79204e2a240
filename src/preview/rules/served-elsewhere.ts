/**
 * Kinds that a program of the release serves and that another release defines: its role names the status or the
 * finalizers of the kind, and no definition of it is among the manifests. Their custom resources stay without it.
 */
import { changes, type Right } from '../../knowledge/rights.ts';
import { makeId, type ObjectId } from '../../objects/identity.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import { resourceName } from './delete-first.ts';
import type { Explained, Found } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { lookFirst, unserved } from './unserved-words.ts';
import { agree, listed, namesOf, sorted } from './words.ts';

type Served = { resource: string; holds: boolean; right: Right; workload: ObjectId };

/** One note for all programs of the release. */
export function servedElsewhere(input: RuleInput, isExplained: Explained): Found[] {
  // Of those that the release has itself, and that stay, another rule tells.
  const given = [...input.given.keys()].filter((id) => isExplained('left', id));
  const told = new Set(given.map((id) => resourceName(id, input)));
  const served = input.world.workloads
    .filter(({ id }) => input.isDeleted(id))
    .flatMap(({ id, namespace, serviceAccount }) =>
      input
        .rightsOf(`${namespace}/${serviceAccount}`)
        .filter(changes)
        .flatMap((right) => servedBy(right, input).map((each): Served => ({ ...each, right, workload: id }))),
    )
    .filter(({ resource }) => !told.has(resource));
  if (served.length === 0) return [];
  const operators = sorted(served.map(({ workload }) => workload));
  const resources = [...new Set(served.map(({ resource }) => resource))].sort();
  const roles = new Map(served.map((each) => [`${each.right.role} ${each.right.field}`, each]));
  return [
    {
      severity: 'note',
      title: `${namesOf(operators)} ${agree(operators, 'serves', 'serve')} ${agree(resources, 'a kind', `${resources.length} kinds`)} whose definition is elsewhere`,
      objects: operators,
      evidence: [...roles.values()]
        .slice(0, 6)
        .map(({ right, resource }) => input.evidence(right.role, `serves ${resource}`, right.field, right.resources.join(', '))),
      consequence: `Custom resources of ${listed(resources, 20)} outlive ${agree(operators, 'it', 'them')}. ${unserved} ${holdingOf(served)}It depends on whether custom resources exist then, which only a live cluster shows.`,
      remedies: [lookFirst(resources)],
      bookend: 'same',
    },
  ];
}

function holdingOf(served: readonly Served[]): string {
  const held = [...new Set(served.filter(({ holds }) => holds).map(({ resource }) => resource))].sort();
  if (held.length === 0) return '';
  return `Nobody can delete those of ${listed(held, 20)} that have a finalizer of the operator, nor their namespaces. `;
}

/** Whoever serves a kind writes its status or its finalizers; a right to all kinds of a group says nothing of one. */
function servedBy({ apiGroups, resources }: Right, { world }: RuleInput): Pick<Served, 'resource' | 'holds'>[] {
  return apiGroups
    .filter((group) => group.includes('.') && !isBuiltInGroup(group))
    .flatMap((group) =>
      resources.flatMap((resource) => {
        const [plural = '', part] = resource.split('/');
        if (plural === '*' || (part !== 'status' && part !== 'finalizers')) return [];
        const name = `${plural}.${group}`;
        if (world.byId(makeId('apiextensions.k8s.io', 'CustomResourceDefinition', undefined, name))) return [];
        return [{ resource: name, holds: part === 'finalizers' }];
      }),
    );
}
