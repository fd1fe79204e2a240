/** How to give the account of a hook the permissions that it lacks. */
import type { Right } from '../../knowledge/rights.ts';
import { fieldAt, listOf } from '../../objects/fields.ts';
import type { Attributes } from '../../objects/rbac.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { change } from './remedy-steps.ts';
import type { RuleInput } from './rule-input.ts';

/** The missing rules, in a role of the chart that the account has already and that reaches where they are needed. */
export function grantingRules(needs: readonly Attributes[], rights: readonly Right[], input: RuleInput): ProposedRemedy[] {
  const isEverywhere = needs.some(({ namespace }) => namespace === undefined);
  const fitting = rights.find(({ role, namespace }) => input.given.has(role) && (!isEverywhere || namespace === undefined));
  if (fitting === undefined) return [];
  const rules = [...Map.groupBy(needs, ({ group, resource }) => `${group}/${resource}`).values()].flatMap(([first, ...more]) =>
    first === undefined
      ? []
      : [
          {
            apiGroups: [first.group],
            resources: [first.resource],
            verbs: [...new Set([first, ...more].map(({ verb }) => verb))],
          },
        ],
  );
  const known = listOf(fieldAt(input.given.get(fitting.role)?.object, 'rules')).length;
  const set = rules.map((value, index) => ({ path: ['rules', known + index], value }));
  return [{ says: 'Give the account of the hook the missing permissions.', steps: [change(fitting.role, ...set)] }];
}
