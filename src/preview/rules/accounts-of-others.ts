/**
 * Accounts of the release with rights that no workload of it runs as: they are there for Pods of others. What users
 * make with them loses its rights at the uninstall. Where an operator of the release makes workloads,
 * `permissions-before-pods` tells of the accounts.
 */
import { look } from './remedy-steps.ts';
import type { Found } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { spareAccounts, unusedAccounts } from './spare-accounts.ts';
import { agree, namesOf } from './words.ts';

export function accountsOfOthers(input: RuleInput): Found[] {
  const unused = unusedAccounts(input);
  if (input.live || unused.length === 0 || spareAccounts(input).length > 0) return [];
  const ids = unused.map(({ id }) => id);
  const them = agree(ids, 'it', 'them');
  return [
    {
      severity: 'note',
      title: `${namesOf(ids)} ${agree(ids, 'goes', 'go')}, also if Pods of others run as ${them}`,
      objects: [...ids, ...unused.flatMap(({ granted }) => granted.flatMap(({ role, binding }) => [role, binding]))],
      evidence: unused
        .slice(0, 6)
        .map(({ id }) => input.evidence(id, 'has rights, and no workload of the release runs as it', 'metadata.name')),
      consequence: `The API server refuses Pods of others that run as ${them}, and new ones cannot start. It depends on whether such Pods exist, which only a live cluster shows.`,
      remedies: [
        {
          says: `Look for Pods with ${agree(ids, 'this account', 'these accounts')} before the uninstall.`,
          steps: [
            look(
              'before',
              ...(['kubectl', 'get', 'pods', '--all-namespaces', '-o'] as const),
              'custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,ACCOUNT:.spec.serviceAccountName',
            ),
          ],
        },
      ],
      bookend: 'same',
    },
  ];
}
