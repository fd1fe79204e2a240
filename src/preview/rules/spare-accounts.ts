/**
 * Accounts with rights that no workload of a chart runs as, beside an operator that may make workloads: they are there
 * for the Pods that the operator makes. A chart alone does not show those Pods; that their account goes with the
 * release, and not with them, it does.
 */

import { allows, changes, isHousekeeping, type Right } from '../../knowledge/rights.ts';
import type { ObjectId } from '../../objects/identity.ts';
import { previewLive } from './remedy-steps.ts';
import type { Found } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, namesOf, sorted } from './words.ts';

/**
 * One finding for all of them; none where a cluster was looked at, which shows the Pods themselves, nor of Bookend,
 * which waits for them.
 */
export function spareAccounts(input: RuleInput): Found[] {
  const makers = input.live || input.scenario.tool === 'bookend' ? [] : makersOf(input);
  if (makers.length === 0) return [];
  const spare = unusedAccounts(input);
  if (spare.length === 0) return [];
  const ids = spare.map(({ id }) => id);
  const roles = sorted(spare.flatMap(({ granted }) => granted.flatMap(({ role, binding }) => [role, binding])));
  const them = agree(ids, 'it', 'them');
  return [
    {
      severity: 'warning',
      title: `${namesOf(ids)} ${agree(ids, 'goes', 'go')} before the Pods that ${namesOf(makers)} creates with ${them}`,
      objects: [...ids, ...makers, ...roles],
      evidence: [
        ...spare
          .slice(0, 5)
          .map(({ id }) => input.evidence(id, 'may change objects, and no workload of the chart runs as it', 'metadata.name')),
        ...spare
          .slice(0, 5)
          .flatMap(({ granted: [right] }) =>
            right ? [input.evidence(right.role, 'what the account may change', right.field, right.resources.join(', '))] : [],
          ),
        ...makers.slice(0, 2).map((id) => input.evidence(id, 'may create workloads')),
      ],
      consequence: `What such Pods clean up when they stop stays: account and permissions are deleted with the release, and the API server refuses the calls of their preStop hooks and SIGTERM handlers. It depends on whether the operator creates Pods with ${them}, and whether those call the API when they stop.`,
      remedies: [previewLive(input, 'shows these Pods, and what to delete before them')],
    },
  ];
}

/** Accounts that go with the release, with rights to change something, and without a workload. */
export function unusedAccounts(input: RuleInput): { id: ObjectId; granted: Right[] }[] {
  return input.world.ofKind('', 'ServiceAccount').flatMap((account) => {
    const { name, namespace = '' } = account.metadata;
    const id = input.world.idOf(account);
    if (!input.isDeleted(id) || input.world.workloadsOfAccount(namespace, name).length > 0) return [];
    const granted = input
      .rightsOf(`${namespace}/${name}`)
      .filter((right) => changes(right) && !isHousekeeping(right) && input.isDeleted(right.binding));
    return granted.length === 0 ? [] : [{ id, granted }];
  });
}

/** Workloads of ours that may make others. */
function makersOf(input: RuleInput): ObjectId[] {
  const ours = input.world.workloads.filter(({ id }) => input.isDeleted(id));
  return ours.flatMap(({ id, namespace, serviceAccount }) => {
    const granted = input.rightsOf(`${namespace}/${serviceAccount}`).filter(({ apiGroups }) => !apiGroups.includes('*'));
    const may = ['daemonsets', 'deployments', 'statefulsets'].some((resource) =>
      allows(granted, { verb: 'create', group: 'apps', resource, namespace }),
    );
    return may ? [id] : [];
  });
}
