/** A namespace that stays Terminating for a reason that no other rule reports. */
import { parseId } from '../../objects/identity.ts';
import { bookendWhy } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { unexplained } from './unexplained.ts';
import { namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'namespace-hangs',
  name: 'A namespace stays Terminating',
  means:
    'A namespace goes only when it is empty: objects whose finalizers nobody removes, kinds that cannot be listed and webhooks that refuse keep it Terminating, and nobody can create anything in it until then.',
  severity: 'error',
  hiddenBy: ['finalizer-unserved'],
  fails: {
    says: 'The namespace waits for a ConfigMap of somebody else, whose finalizer nobody removes.',
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
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const all = unexplained(input, isExplained, 'stuck').filter(({ id }) => id.startsWith('Namespace/'));
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
      consequence: `It stays Terminating, and nobody can create anything in it.${within.length > 0 ? ` It waits for ${namesOf(within.map((each) => each.id))}.` : ''}${seen ? '' : ' It depends on whether such objects exist.'}`,
      remedies: [{ says: 'See what it waits for, and what helps.', steps: [bookendWhy('after', id, input)] }],
      explains: ends('left', [id, ...within.map((each) => each.id)]),
    };
  });
}
