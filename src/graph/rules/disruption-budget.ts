/**
 * A budget goes before the Pods that it limits. It binds eviction only, never deletion; but a node that is drained
 * during the teardown would wait for Pods that no budget can be met for any more.
 */
import { fieldAt } from '../../objects/fields.ts';
import type { EdgeRule } from '../edge.ts';
import { selectedBy } from './selected.ts';

export const disruptionBudget: EdgeRule = {
  name: 'disruption-budget',
  why: 'A PodDisruptionBudget for terminating Pods blocks every drain of their nodes.',
  find: (world) =>
    world.ofKind('policy', 'PodDisruptionBudget').flatMap((object) => {
      const from = world.idOf(object);
      return selectedBy(world, object.metadata.namespace ?? '', fieldAt(object, 'spec', 'selector')).map(({ id }) => {
        return {
          from,
          to: id,
          rule: 'disruption-budget',
          evidence: [{ object: from, field: 'spec.selector' }],
          orderOnly: true as const,
        };
      });
    }),
};
