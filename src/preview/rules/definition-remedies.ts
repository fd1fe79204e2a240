/**
 * What to do about definitions that stay: with them their custom resources do, and only a running operator lets those
 * go.
 */
import type { ObjectId } from '../../objects/identity.ts';
import { definedBy } from '../../objects/scopes.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { resourceName } from './delete-first.ts';
import { anyOf, resourcesByCrd } from './finalizer-servers.ts';
import { kubectlDelete, look, run } from './remedy-steps.ts';
import type { RuleInput } from './rule-input.ts';
import { agree } from './words.ts';

export function definitionRemedies(ids: readonly ObjectId[], input: RuleInput): ProposedRemedy[] {
  const crds = ids.flatMap((id) => input.world.byId(id) ?? []);
  const kinds = crds.map((crd) => resourceName(anyOf(crd), input)).sort();
  const isServed = crds.some((crd) => {
    const { group, kind } = definedBy(crd);
    return input.serving.controllersOf(group, kind).length > 0;
  });
  const list = look('before', 'kubectl', 'get', kinds.join(','), '--all-namespaces');
  const first = isServed ? [run('before', 'bookend', 'delete', kinds.join(','), '--all', '--all-namespaces')] : [];
  const others = crds
    .flatMap((crd) => resourcesByCrd(input).get(input.world.idOf(crd)) ?? [])
    .filter((object) => {
      const id = input.world.idOf(object);
      return input.isSeen(id) && !input.given.has(id);
    });
  const nothing = {
    says: `Nothing, if ${agree(ids, 'it', 'they')} should stay. This lists the custom resources.`,
    steps: [list],
  };
  // Nobody can say whether those of others may go.
  if (others.length > 0) return [nothing];
  return [
    nothing,
    {
      says: `If ${agree(ids, 'it', 'they')} should go, delete ${isServed ? 'the custom resources while their operator runs, then ' : ''}${agree(ids, 'the definition', 'the definitions')} after the uninstall.`,
      steps: [...first, ...kubectlDelete('after', ids, input)],
      loses: `every custom resource of ${agree(ids, 'this kind', 'these kinds')}, in every namespace`,
    },
  ];
}
