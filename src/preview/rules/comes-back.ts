/** What is deleted and made again, because whoever makes it still runs. */
import { parseId } from '../../objects/identity.ts';
import { deployment } from './examples.ts';
import { endOf, type Rule } from './rule.ts';
import { namesOf } from './words.ts';

export const comesBack: Rule = {
  id: 'comes-back',
  name: 'Deleted objects come back',
  means: [
    'A controller that still runs makes anew what is deleted under it: an operator its children while its custom resource lives, a Deployment its ReplicaSet. When the uninstall deletes the child and not, or only later, what asks for it,',
    'the child is there again when all is over.',
  ].join(' '),
  fails: {
    says: 'Kubernetes makes the account `default` anew in every namespace.',
    yaml: `${deployment('web')}---
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: shop}
`,
  },
  passes: { says: 'The whole goes.', yaml: deployment('web') },
  find(input, told) {
    const all = [...input.left.values()].filter(({ id, why }) => why === 'recreated' && !told.has(endOf('left', id)));
    if (all.length === 0) return [];
    const ids = all.map(({ id }) => id);
    const seen = ids.some((id) => input.isSeen(id));
    return [
      {
        severity: seen ? 'error' : 'warning',
        title: `${namesOf(ids)} ${ids.length === 1 ? 'comes' : 'come'} back after ${ids.length === 1 ? 'its' : 'their'} deletion`,
        objects: ids,
        evidence: all.slice(0, 6).map(({ id, because }) => input.evidence(id, because)),
        consequence: `The uninstall reports success, and ${namesOf(ids)} ${ids.length === 1 ? 'is' : 'are'} there again.${seen ? '' : ' It depends on whether its controller runs.'}`,
        remedy: `Delete first what asks for ${ids.length === 1 ? 'it' : 'them'}, and wait until it is gone: its custom resource or its controller; then ${[...new Set(ids.map((id) => parseId(id).kind))].join(', ')}.`,
        tells: ids.map((id) => endOf('left', id)),
      },
    ];
  },
};
