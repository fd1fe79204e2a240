/**
 * Secrets that custom resources of the release name and that no manifest has: whoever serves the custom resource makes
 * them. cert-manager makes the Secret of a Certificate without an owner, unless it is told otherwise, so it stays.
 */
import { fieldAt, textOf } from '../../objects/fields.ts';
import { groupOf, makeId, type ObjectId } from '../../objects/identity.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import { look, named } from './remedy-steps.ts';
import type { Found } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, namesOf, sorted } from './words.ts';

const field = 'spec.secretName';

/** One note for all of them. A cluster that was looked at shows the Secrets themselves. */
export function namedSecrets(input: RuleInput): Found[] {
  if (input.live) return [];
  const cases = input.subject.objects.flatMap(({ object }) => {
    const by = input.world.idOf(object);
    const name = textOf(fieldAt(object, 'spec', 'secretName'));
    if (name === undefined || isBuiltInGroup(groupOf(object.apiVersion)) || !input.isDeleted(by)) return [];
    const id = makeId('', 'Secret', object.metadata.namespace ?? input.subject.namespace, name);
    return input.given.has(id) ? [] : [{ id, by, name }];
  });
  if (cases.length === 0) return [];
  const ids: ObjectId[] = sorted(cases.map(({ id }) => id));
  return [
    {
      severity: 'note',
      title: `${namesOf(ids)}, created for ${namesOf(sorted(cases.map(({ by }) => by)))}, may stay`,
      objects: ids,
      evidence: cases.slice(0, 6).map(({ by, name }) => input.evidence(by, 'names the Secret that is made for it', field, name)),
      consequence: `${agree(ids, 'It stays', 'They stay')} with ${agree(ids, 'its', 'their')} content, usually a private key: the controller of the custom resource creates ${agree(ids, 'it', 'them')}, and no manifest has ${agree(ids, 'it', 'them')}. It depends on whether an owner is set, which only a live cluster shows.`,
      remedies: [
        {
          says: `See after the uninstall whether ${agree(ids, 'it is', 'they are')} still there. Delete ${agree(ids, 'it', 'them')} when nobody else uses ${agree(ids, 'it', 'them')}.`,
          steps: ids.slice(0, 5).map((id) => look('after', 'kubectl', 'get', ...named([id], input))),
        },
      ],
      bookend: 'same',
    },
  ];
}
