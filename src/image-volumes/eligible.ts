/**
 * The nodes that a Pod could be scheduled to, now or after what passes by itself. What the scheduler looks at beyond that (resources, volumes, other Pods,
 * spreading) only makes fewer of them, so that no node is missed.
 */
import { textOf } from '../objects/fields.ts';
import { isWanted, missingLabel } from '../objects/scheduling.ts';
import type { NodeFacts } from './node.ts';
import { isOpenTo } from './toleration.ts';

/** @param spec of the Pod or the Pod template */
export function eligibleNodes(nodes: readonly NodeFacts[], spec: Readonly<Record<string, unknown>>): NodeFacts[] {
  const nodeName = textOf(spec.nodeName);
  if (nodeName !== undefined) return nodes.filter(({ name }) => name === nodeName);
  return nodes.filter(
    (node) =>
      // A Pod with shares is for Linux: elsewhere it could not run in any mode.
      (node.os === 'linux' || node.os === '') &&
      missingLabel(node.labels, spec) === undefined &&
      isWanted(node, spec) &&
      isOpenTo(node.taints, spec.tolerations),
  );
}
