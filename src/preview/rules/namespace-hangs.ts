/** A namespace that stays Terminating for a reason that no other rule tells. */
import { parseId } from '../../objects/identity.ts';
import { shellWord } from '../../objects/shell-quote.ts';
import { endOf, type Rule } from './rule.ts';
import { namesOf } from './words.ts';

export const namespaceHangs: Rule = {
  id: 'namespace-hangs',
  name: 'A namespace stays Terminating',
  means:
    'A namespace goes when nothing is in it any more, and no sooner: objects whose finalizers nobody removes, kinds that cannot be listed and webhooks that refuse keep it Terminating, and nothing can be made in it while it is.',
  fails: {
    says: 'The namespace waits for a ConfigMap of somebody else, and that for a finalizer that nobody removes.',
    yaml: `apiVersion: v1
kind: Namespace
metadata: {name: annex}
`,
    around: `apiVersion: v1
kind: ConfigMap
metadata: {name: lock, namespace: annex, finalizers: [example.com/lock]}
`,
  },
  passes: { says: 'Nothing holds what is in it.', yaml: 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n' },
  find(input, told) {
    const all = [...input.left.values()].filter(
      ({ id, why }) =>
        why === 'stuck' && parseId(id).kind === 'Namespace' && parseId(id).group === '' && !told.has(endOf('left', id)),
    );
    return all.map(({ id, because }) => {
      const within = [...input.left.values()].filter(
        (each) => parseId(each.id).namespace === parseId(id).name && each.why === 'stuck',
      );
      const seen = input.isSeen(id) && within.every((each) => input.isSeen(each.id));
      return {
        severity: seen ? ('error' as const) : ('warning' as const),
        title: `Namespace ${parseId(id).name} stays Terminating`,
        objects: [id, ...within.map((each) => each.id)],
        evidence: [input.evidence(id, because), ...within.slice(0, 5).map((each) => input.evidence(each.id, each.because))],
        consequence: `It never goes, and nothing can be made in it.${within.length > 0 ? ` It waits for ${namesOf(within.map((each) => each.id))}.` : ''}${seen ? '' : ' It depends on whether there are such objects.'}`,
        remedy: `\`bookend why ${shellWord(`namespace/${parseId(id).name}`)}\` shows the chain, with what would help.`,
        tells: [endOf('left', id), ...within.map((each) => endOf('left', each.id))],
      };
    });
  },
};
