/** The workloads that a LabelSelector means, found through the index for its exact labels and then one by one. */
import { fieldAt, textMapOf } from '../../objects/fields.ts';
import { selects } from '../../objects/selectors.ts';
import type { Workload, World } from '../edge.ts';

/**
 * Workloads of the namespace whose Pods the selector matches; an empty selector means all of them, an absent one none.
 */
export function selectedBy(world: World, namespace: string, selector: unknown): Workload[] {
  const exact = textMapOf(fieldAt(selector, 'matchLabels'));
  return world.workloadsWithLabels(namespace, exact).filter(({ podLabels }) => selects(selector, podLabels));
}
