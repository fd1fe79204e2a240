/** The sentences that the rules about custom resources without an operator have in common. */
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { look } from './remedy-steps.ts';

/** What it means for custom resources that their operator is gone, whether they have finalizers or not. */
export const unserved =
  'Nobody acts on the existing custom resources any more: what the operator created for them runs on, and what it would clean up, inside or outside of the cluster, stays.';

/** @param resources as kubectl calls them: `widgets.example.com` */
export function lookFirst(resources: readonly string[]): ProposedRemedy {
  return {
    says: 'List them before the uninstall, and delete those that should go while their operator runs.',
    steps: [look('before', 'kubectl', 'get', resources.join(','), '--all-namespaces')],
  };
}
