/**
 * Accounts with rights that no workload of a chart runs as, beside an operator that may make workloads: they are there
 * for the Pods that the operator makes. A chart alone does not show those Pods; that their account goes with the
 * release, and not with them, it does.
 */

import { allows, changes, isHousekeeping, type Right } from '../../knowledge/rights.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { Found } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { namesOf, sorted } from './words.ts';

/**
 * One finding for all of them; none where a cluster was looked at, which shows the Pods themselves, nor of Bookend,
 * which waits for them.
 */
export function spareAccounts(rights: (account: string) => readonly Right[], input: RuleInput): Found[] {
  const makers = input.live || input.scenario.tool === 'bookend' ? [] : makersOf(rights, input);
  if (makers.length === 0) return [];
  const spare = input.world.ofKind('', 'ServiceAccount').flatMap((account) => {
    const { name, namespace = '' } = account.metadata;
    const id = input.world.idOf(account);
    if (!input.isDeleted(id) || input.world.workloadsOfAccount(namespace, name).length > 0) return [];
    const granted = rights(`${namespace}/${name}`).filter(
      (right) => changes(right) && !isHousekeeping(right) && input.isDeleted(right.binding),
    );
    return granted.length === 0 ? [] : [{ id, granted }];
  });
  if (spare.length === 0) return [];
  const ids = spare.map(({ id }) => id);
  const roles = sorted(spare.flatMap(({ granted }) => granted.flatMap(({ role, binding }) => [role, binding])));
  const them = ids.length === 1 ? 'it' : 'them';
  return [
    {
      severity: 'warning',
      title: `${namesOf(ids)} ${ids.length === 1 ? 'goes' : 'go'} before the Pods that ${namesOf(makers)} makes with ${them}`,
      objects: [...ids, ...makers, ...roles],
      evidence: [
        ...spare
          .slice(0, 5)
          .map(({ id }) =>
            input.evidence(id, 'has rights to change objects, and no workload of the chart runs as it', 'metadata.name'),
          ),
        ...spare
          .slice(0, 5)
          .flatMap(({ granted: [right] }) =>
            right ? [input.evidence(right.role, 'what the account may change', right.field, right.resources.join(', '))] : [],
          ),
        ...makers.slice(0, 2).map((id) => input.evidence(id, 'may make workloads')),
      ],
      consequence: `Account and rights are deleted with the release, while such Pods still stop: calls of their preStop hooks or SIGTERM handlers are refused, and what they should clean up stays. It depends on whether the operator makes Pods with ${them}, and whether those call the API when they stop.`,
      remedy:
        'Let the custom resources and the Pods that were made for them go before the release: a pre-delete hook that deletes them and waits, such as the library chart bookend-hook, or `bookend delete` before `helm uninstall`.',
    },
  ];
}

/** Workloads of ours that may make others. */
function makersOf(rights: (account: string) => readonly Right[], input: RuleInput): ObjectId[] {
  const ours = input.world.workloads.filter(({ id }) => input.isDeleted(id));
  return ours.flatMap(({ id, namespace, serviceAccount }) => {
    const granted = rights(`${namespace}/${serviceAccount}`).filter(({ apiGroups }) => !apiGroups.includes('*'));
    const may = ['daemonsets', 'deployments', 'statefulsets'].some((resource) =>
      allows(granted, { verb: 'create', group: 'apps', resource, namespace }),
    );
    return may ? [id] : [];
  });
}
