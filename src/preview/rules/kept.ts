/** What the chart itself says is to stay. */
import { keepReason } from '../../objects/policies.ts';
import { deployment } from './examples.ts';
import { endOf, type Rule } from './rule.ts';
import { count, namesOf } from './words.ts';

export const kept: Rule = {
  id: 'kept',
  name: 'Kept by a policy',
  means:
    'Objects with `helm.sh/resource-policy: keep` are passed over by `helm uninstall`. They belong to no release any more, and an installation under another name cannot take them over without `--take-ownership`.',
  fails: {
    says: 'The ConfigMap stays.',
    yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop, annotations: {helm.sh/resource-policy: keep}}\n',
  },
  passes: { says: 'Nothing is kept.', yaml: deployment('web') },
  find(input, told) {
    const all = [...input.left.values()].filter(({ id, why }) => why === 'kept' && !told.has(endOf('left', id)));
    if (all.length === 0) return [];
    const ids = all.map(({ id }) => id);
    return [
      {
        severity: 'note',
        title: `${namesOf(ids)} ${ids.length === 1 ? 'is' : 'are'} kept`,
        objects: ids,
        evidence: all.slice(0, 8).map(({ id, because }) => {
          const object = input.given.get(id)?.object ?? input.world.byId(id);
          return input.evidence(id, because, 'metadata.annotations', object && keepReason(object));
        }),
        consequence: `${count(ids.length, 'object')} ${ids.length === 1 ? 'stays' : 'stay'}, as the chart wants it.`,
        remedy: 'Nothing, if that is wanted; otherwise delete them by hand after the uninstall.',
        bookend: 'same',
        tells: ids.map((id) => endOf('left', id)),
      },
    ];
  },
};
