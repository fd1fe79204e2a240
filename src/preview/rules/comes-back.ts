/** What is deleted and made again, because whoever makes it still runs. */
import type { Left } from '../play/outcome.ts';
import { deployment } from './examples.ts';
import { madeAgain } from './made-again.ts';
import { bookendWhy, keepAll } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { unexplained } from './unexplained.ts';
import { agree, namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'comes-back',
  name: 'Deleted objects come back',
  means: [
    'A controller that still runs creates again what is deleted under it: an operator its children while its custom resource exists, a Deployment its ReplicaSet. When the uninstall deletes the child but not its owner, or the owner only later,',
    'the child exists again at the end.',
    'A pre-delete hook that deletes what the program of its chart makes does so while that program runs: a warning where the program wrote the object, a note where only its permissions allow it.',
  ].join(' '),
  severity: 'error',
  hiddenBy: ['finalizer-unserved'],
  fails: {
    says: 'Kubernetes creates the account `default` again in every namespace.',
    yaml: `${deployment('web')}---
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: shop}
`,
  },
  passes: { says: 'Everything is deleted.', yaml: deployment('web') },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const all = unexplained(input, isExplained, 'recreated');
  return [...(all.length > 0 ? [ofRecreated(all, input)] : []), ...madeAgain(input)];
}

function ofRecreated(all: readonly Left[], input: RuleInput): Found {
  const ids = all.map(({ id }) => id);
  const seen = ids.some((id) => input.isSeen(id));
  return {
    severity: seen ? 'error' : 'warning',
    title: `${namesOf(ids)} ${agree(ids, 'comes', 'come')} back after ${agree(ids, 'its', 'their')} deletion`,
    objects: ids,
    evidence: all.slice(0, 6).map(({ id, because }) => input.evidence(id, because)),
    consequence: `${namesOf(ids)} ${agree(ids, 'exists', 'exist')} again after the uninstall, which reports success.${seen ? '' : ' It depends on whether its controller runs.'}`,
    remedies: [
      ...(input.helm && ids.every((id) => input.given.has(id))
        ? [
            {
              says: `Leave ${agree(ids, 'it', 'them')} out of the uninstall: another controller manages ${agree(ids, 'it', 'them')}.`,
              steps: keepAll(ids),
            },
          ]
        : []),
      {
        says: `See who creates ${agree(ids, 'it', 'them')} again. That must go first.`,
        steps: ids.slice(0, 3).map((id) => bookendWhy('after', id, input)),
      },
    ],
    explains: ends('left', ids),
  };
}
