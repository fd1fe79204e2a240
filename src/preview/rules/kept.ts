/** What stays because the chart says so. */
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { keepReason } from '../../objects/policies.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { definitionRemedies } from './definition-remedies.ts';
import { deployment } from './examples.ts';
import { kubectlDelete, look, named } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { unexplained } from './unexplained.ts';
import { agree, count, namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'kept',
  name: 'Kept by a policy',
  means:
    '`helm uninstall` skips objects with `helm.sh/resource-policy: keep`. They belong to no release any more, and an installation under another name cannot take them over without `--take-ownership`.',
  severity: 'note',
  hiddenBy: ['finalizer-unserved'],
  fails: {
    says: 'The ConfigMap stays.',
    yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop, annotations: {helm.sh/resource-policy: keep}}\n',
  },
  passes: { says: 'Nothing is kept.', yaml: deployment('web') },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const all = unexplained(input, isExplained, 'kept');
  if (all.length === 0) return [];
  const ids = all.map(({ id }) => id);
  return [
    {
      severity: 'note',
      title: `${namesOf(ids)} ${agree(ids, 'is', 'are')} kept`,
      objects: ids,
      evidence: all.slice(0, 8).map(({ id, because }) => {
        const object = input.given.get(id)?.object ?? input.world.byId(id);
        return input.evidence(id, because, 'metadata.annotations', object && keepReason(object));
      }),
      consequence: `${count(ids.length, 'object')} ${agree(ids, 'stays', 'stay')}, as the chart states.`,
      remedies: remediesFor(ids, input),
      bookend: 'same',
      explains: ends('left', ids),
    },
  ];
}

function remediesFor(ids: readonly ObjectId[], input: RuleInput): ProposedRemedy[] {
  const definitions = ids.filter((id) => parseId(id).kind === 'CustomResourceDefinition');
  if (definitions.length > 0) return definitionRemedies(definitions, input);
  return [
    {
      says: `Nothing, if ${agree(ids, 'it', 'they')} should stay.`,
      steps: ids.slice(0, 3).map((id) => look('after', 'kubectl', 'get', ...named([id], input))),
    },
    {
      says: `Otherwise delete ${agree(ids, 'it', 'them')} after the uninstall.`,
      steps: kubectlDelete('after', ids, input),
      loses: namesOf(ids),
    },
  ];
}
